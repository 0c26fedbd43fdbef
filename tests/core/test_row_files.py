"""Files of rows: every format gives the same rows, and a row that cannot be read is named by its place."""

import datetime
import sys
from decimal import Decimal

import pyarrow
import pytest
from pyarrow import parquet
from reasontree.core.errors import UsageError
from reasontree.core.row_files import FORMATS, read_rows

MARK = "\ufeff"


@pytest.fixture
def rows(tmp_path):
    """Write a file and read its rows."""

    def read(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(read_rows(path, "an object", name=name))

    return read


@pytest.fixture
def table(tmp_path):
    """Write a Parquet file and return its bytes."""

    def write(rows):
        parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "table")
        return (tmp_path / "table").read_bytes()

    return write


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("x.jsonl", MARK + '{"a": "1", "b": "é, \\"x\\""}\n\n{"a": "2", "b": null}', "line 3"),
        ("x.rows", '{"a": "1", "b": "é, \\"x\\""}\n\n{"a": "2", "b": null}', "line 3"),
        ("x.json", MARK + '[{"a": "1", "b": "é, \\"x\\""},\n {"a": "2", "b": null}]', "row 2"),
        ("x.json", '{"a": "1", "b": "é, \\"x\\""}\n{"a": "2", "b": null}', "line 2"),
        ("x.csv", MARK + 'a, b\r\n1,"é, ""x"""\r\n\r\n2,\r\n', "line 4"),
        ("x.CSV", 'a,b\n1,"é, ""x"""\n2,\n', "line 3"),
        ("x.tsv", 'a\tb\n1\t"é, ""x"""\n2\t\n', "line 3"),
    ],
)
def test_each_format_gives_the_same_rows_with_their_places(rows, name, content, place):
    first, second = rows(name, content)
    assert first.values == {"a": "1", "b": 'é, "x"'}
    assert (second.values, second.place) == ({"a": "2", "b": None}, f"{name}, {place}")


def test_parquet_gives_numbers_and_texts_as_they_stand(rows, table):
    day = datetime.date(2026, 1, 31)
    given = [{"a": 1, "b": "é", "c": Decimal("1.50"), "d": [1.5]}, {"a": None, "b": None, "c": None, "d": []}]
    first, second = rows("x.parquet", table([{**row, "e": {"on": day}} for row in given]))
    assert first.values == {"a": 1, "b": "é", "c": "1.50", "d": [1.5], "e": {"on": "2026-01-31"}}
    assert second.values == {"a": None, "b": None, "c": None, "d": [], "e": {"on": "2026-01-31"}}
    assert second.place == "x.parquet, row 2"


def test_a_line_break_within_quotes_moves_the_places_behind_it(rows):
    found = rows("x.csv", 'a,b\n"one\ntwo",1\n3,4\n')
    assert [(row.place, row.values["a"]) for row in found] == [
        ("x.csv, line 2", "one\ntwo"),
        ("x.csv, line 4", "3"),
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x.tsv"])
def test_an_empty_file_has_no_rows(rows, name):
    assert rows(name, "") == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", "[1]", "x.json, row 1: an object was wanted, and 1 came"),
        ("x.json", '[{"a": 1}, ["b"]]', 'x.json, row 2: an object was wanted, and ["b"] came'),
        ("x.json", '[{"a": 1},', "x.json: a list of objects was wanted, and this is not JSON"),
        ("x.json", "[" * 100_000, "nested too deeply"),
        (
            "x.csv",
            "a,b\n1,2\n1,2,3\n",
            "x.csv, line 3: an object was wanted, and 3 values came below 2 names",
        ),
        ("x.csv", "a,b\n1\n", "x.csv, line 2"),
        ("x.csv", "a,b,a\n1,2,3\n", "x.csv, line 1: the header has the field 'a' twice"),
        (
            "x.csv",
            'a,b\n1,2\n3,"4\n',
            "x.csv, line 3: a row of a table was wanted, and unexpected end of data",
        ),
        ("x.csv", b"a,b\n1,\xff\n", "x.csv, line 2: a row of a table was wanted"),
        ("x.parquet", b"PAR1", "x.parquet is not a Parquet file that can be read"),
        ("x.parquet", b"", "x.parquet is not a Parquet file that can be read"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(rows, name, content, words):
    with pytest.raises(UsageError) as caught:
        rows(name, content)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parquet_without_pyarrow_says_what_to_install(rows, table, monkeypatch):
    content = table([{"a": 1}])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UsageError, match=r"x\.parquet is a Parquet file.*pip install pyarrow"):
        rows("x.parquet", content)


def test_the_formats_are_those_that_the_guide_names():
    assert list(FORMATS) == [".jsonl", ".json", ".csv", ".tsv", ".parquet"]
