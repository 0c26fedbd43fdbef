"""Step boundaries, found in text that spans tokens."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.plugins.policies.llama_cpp.boundary import StepReader


def read(pieces, delimiter="\n", stops=(), before=""):
    """Feed pieces; return the steps, what is left, and whether a stop came."""
    reader, steps = StepReader(delimiter, stops, before), []
    for piece in pieces:
        reader.feed(piece)
        if reader.at_stop:
            return steps, reader.take(), True
        if reader.at_boundary:
            steps.append(reader.take())
    return steps, reader.take(), False


def test_a_delimiter_may_end_inside_a_token_and_the_token_stays_whole():
    assert read([b"one", b".\n\nTw", b"o"], "\n\n") == (["one.\n\nTw"], "o", False)


def test_a_delimiter_may_span_tokens():
    assert read([b"one", b"\n", b"\n", b"two"], "\n\n") == (["one\n\n"], "two", False)


def test_white_space_alone_is_no_step():
    assert read([b"\n", b"\n", b"one", b"\n", b"\n", b"two"]) == (["\n\none\n"], "\ntwo", False)


def test_a_character_that_is_split_over_tokens_is_never_broken():
    snowman = "☃".encode()
    assert read([b"a\n" + snowman[:1], snowman[1:], b"b"]) == (["a\n☃"], "b", False)


def test_a_word_may_be_a_delimiter():
    steps, rest, _ = read([b"Step 1: x ", b"St", b"ep 2: y"], "Step ")
    assert "".join(steps) + rest == "Step 1: x Step 2: y"


def test_a_stop_ends_the_text_before_it():
    assert read([b"42", b"\nQues", b"tion: next"], "\n\n", ("\nQuestion:",)) == ([], "42", True)


def test_a_stop_may_begin_in_the_step_before():
    steps, rest, stopped = read([b"one\n", b"\nQuestion:"], "\n", ("\n\nQuestion:",))
    assert (steps, rest, stopped) == (["one\n"], "", True)
    assert read([b"\nQuestion:"], "\n", ("\n\nQuestion:",), before="one\n")[1:] == ("", True)


@given(st.text(max_size=60), st.data())
def test_no_cut_of_the_bytes_changes_the_text(text, data):
    encoded = text.encode("utf-8", "replace")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=20)))
    bounds = [0, *cuts, len(encoded)]
    pieces = [encoded[a:b] for a, b in itertools.pairwise(bounds)]
    steps, rest, _ = read(pieces)
    assert "".join(steps) + rest == encoded.decode()


@pytest.mark.parametrize("delimiter", ["\n", "\n\n", "Step"])
def test_bytes_that_are_no_text_are_replaced(delimiter):
    assert "�" in read([b"\xff\xfe", b"ok"], delimiter)[1]


def test_nothing_ends_within_a_text_that_was_given():
    given = "Let me see.\nQuestion: which?\n"
    reader = StepReader("\n", ("Question:",), given=given)
    for piece in (b"T", b"wo"):
        reader.feed(piece)
        assert not reader.at_boundary
        assert not reader.at_stop
    reader.feed(b"\n")
    assert reader.at_boundary
    assert reader.take() == f"{given}Two\n"
    reader.feed(b"3")
    assert not reader.at_boundary
    assert reader.take() == "3"


def test_a_delimiter_or_a_stop_may_begin_in_a_text_that_was_given():
    reader = StepReader("\n\n", given="Well:\n")
    reader.feed(b"\nso")
    assert reader.at_boundary
    assert reader.take() == "Well:\n\nso"
    reader = StepReader("\n\n", ("Question:",), given="12\nQues")
    reader.feed(b"tion: next")
    assert reader.at_stop
    assert reader.take() == "12\nQues"


def test_white_space_that_was_given_is_no_step_either():
    reader = StepReader("\n", given="\n")
    reader.feed(b"\n")
    assert not reader.at_boundary
    reader.feed(b"x\n")
    assert reader.at_boundary


def test_a_stop_that_the_solution_before_had_in_a_given_text_ends_nothing():
    reader = StepReader("\n\n", ("Q:", "a longer stop"), before="Q: was given")
    reader.feed(b"x")
    assert not reader.at_stop
    assert reader.take() == "x"
