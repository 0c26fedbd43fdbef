"""Rows of JSON: what is read, and how a row that cannot be read is named."""

import io

import pytest
from reasontree.core.errors import UsageError
from reasontree.core.json_rows import json_rows

MARK = b"\xef\xbb\xbf"


def rows(data):
    return list(json_rows(io.BytesIO(data), "x.jsonl", "an object"))


def test_blank_lines_and_a_mark_of_the_byte_order_are_no_rows():
    found = rows(MARK + b'{"a": 1}\r\n\n  \n{"a": "b"}')
    assert [(row.place, row.text(["a"])) for row in found] == [
        ("x.jsonl, line 1", "1"),
        ("x.jsonl, line 4", "b"),
    ]


@pytest.mark.parametrize("digits", [3, 4000, 5000, 100_000])
def test_a_number_of_any_length_is_read_as_it_is_written(digits):
    (row,) = rows(b'{"a": -' + b"9" * digits + b"}")
    assert row.text(["a"]) == "-" + "9" * digits


def test_the_first_key_that_says_something_is_taken():
    (row,) = rows(b'{"a": null, "b": 0, "c": 1}')
    assert row.text(["a", "b", "c"]) == "0"
    assert row.text(["a", "d"]) is None


@pytest.mark.parametrize(
    "value", ["[]", "{}", "true", "false", "NaN", "Infinity", "-Infinity", '""', '" \\t"']
)
def test_what_is_neither_text_nor_number_is_refused_by_its_line(value):
    (row,) = rows(b'\n{"a": %s}' % value.encode())
    with pytest.raises(UsageError, match=r"x\.jsonl, line 2: 'a'"):
        row.text(["a"])


@pytest.mark.parametrize(
    "line", [b"{", b"1", b"[1]", b'"a"', b"\xff", b"[" * 100_000, b"null", MARK + b"{}" + MARK]
)
def test_what_is_no_object_is_refused_by_its_line(line):
    with pytest.raises(UsageError, match=r"x\.jsonl, line 3: an object was wanted, and"):
        rows(b"{}\n{}\n" + line)
