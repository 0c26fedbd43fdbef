"""What a model wrote is harmless on one line; amounts, costs and votes read the same wherever they stand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.records import Flops, Tally, Tokens
from reasontree.core.text import (
    count,
    flops_text,
    json_text,
    printable,
    rate_text,
    size,
    tallies_text,
    tokens_text,
)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_comes_back_from_json(text):
    line = json_text({"answer": text})
    assert json.loads(line.encode()) == {"answer": text}


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_a_line_holds_no_control_character(text):
    assert all(char.isprintable() for char in printable(text))


def test_a_line_is_cut_to_its_width():
    assert printable("one\ntwo \x1b[31mthree", width=8) == "one two…"
    assert printable("short", width=5) == "short"


def test_one_of_something_is_not_several():
    assert [count(n, "trace") for n in (0, 1, 1234)] == ["0 traces", "1 trace", "1,234 traces"]


@pytest.mark.parametrize(
    ("n_bytes", "shown"),
    [(None, "unknown size"), (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (491_400_032, "491.4 MB")],
)
def test_a_size_has_the_unit_of_disks(n_bytes, shown):
    assert size(n_bytes) == shown


def test_tallies_name_the_heaviest_and_count_the_others():
    tallies = [Tally("202", 6, 2.3456), Tally("a\x1b[2Jlong answer", 2, 0.95), Tally("7", 1, 0.5)]
    assert tallies_text(tallies, most=2, width=8) == "202 ×6 (weight 2.35), a [2Jlo… ×2 (0.95), and 1 more"
    assert tallies_text(tallies[:1], most=2) == "202 ×6 (weight 2.35)"
    assert tallies_text([], most=2) == ""


def test_what_a_scorer_did_is_named_only_where_it_did_something():
    assert tokens_text(Tokens(98, 3174, 0, 14025)) == "3,174 generated, 98 of prompt, 14,025 reused"
    assert tokens_text(Tokens(scored=5)) == "0 generated, 0 of prompt, 5 scored, 0 reused"
    assert flops_text(Flops(3.26e12, 0, 3.14e12)) == "3.26e+12 in all, 3.14e+12 as the paper counts"
    assert flops_text(Flops(1e9, 1e9, 5e8)) == "2e+09 in all (1e+09 by scorers), 5e+08 as the paper counts"


def test_a_rate_of_no_time_is_none():
    assert rate_text(Tokens(generated=3000), 2.0) == "1,500 tokens/s"
    assert rate_text(Tokens(generated=3000), 0.0) == "0 tokens/s"
