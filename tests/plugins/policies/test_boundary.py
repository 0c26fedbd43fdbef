"""Step boundaries, found in text that spans tokens."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.step_content import has_content, label_pattern
from reasontree.plugins.models.prompts import few_shot
from reasontree.plugins.policies.llama_cpp.boundary import StepReader, StepRules


def read(pieces, delimiter="\n", stops=(), before=""):
    """Feed pieces; return the steps, what is left, and whether a stop came."""
    reader, steps = StepReader(StepRules(delimiter, stops), before), []
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
    reader = StepReader(StepRules("\n", ("Question:",)), given=given)
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
    reader = StepReader(StepRules("\n\n"), given="Well:\n")
    reader.feed(b"\nso")
    assert reader.at_boundary
    assert reader.take() == "Well:\n\nso"
    reader = StepReader(StepRules("\n\n", ("Question:",)), given="12\nQues")
    reader.feed(b"tion: next")
    assert reader.at_stop
    assert reader.take() == "12\nQues"


def test_white_space_that_was_given_is_no_step_either():
    reader = StepReader(StepRules("\n"), given="\n")
    reader.feed(b"\n")
    assert not reader.at_boundary
    reader.feed(b"x\n")
    assert reader.at_boundary


def test_a_stop_that_the_solution_before_had_in_a_given_text_ends_nothing():
    reader = StepReader(StepRules("\n\n", ("Q:", "a longer stop")), before="Q: was given")
    reader.feed(b"x")
    assert not reader.at_stop
    assert reader.take() == "x"


LABELLED = StepRules("", step_start="Step {n}:")
FULL = StepRules("\n", step_start="Step {n}:", needs_content=True)
BITS = ("Step 1:", "Step ", "2", ":", "\n", "\n\n", " ", "3 * 4 = 12", "Let us see", "**", "# Plan", "☃", ".")
RULES = st.builds(
    StepRules,
    st.sampled_from(["", "\n", "\n\n", "."]),
    st.sampled_from([(), ("2:",)]),
    st.sampled_from(["", "Step {n}:", "{n}."]),
    st.booleans(),
)


def steps_of(rules, *pieces, given=""):
    """Feed texts as tokens; return the steps, what is left being the last one."""
    reader, steps = StepReader(rules, given=given), []
    for piece in pieces:
        reader.feed(piece.encode())
        if reader.at_boundary:
            steps.append(reader.take())
    return [*steps, reader.take()]


def ends_here(rules, text, given=""):
    """Whether a step may end behind this text, by the rules' own words: any delimiter, any label."""
    n_blank = len(text) - len(text.lstrip())
    above = []
    if rules.delimiter:
        places = [n for n in range(n_blank, len(text)) if text.startswith(rules.delimiter, n)]
        above += [text[:n] for n in places if n + len(rules.delimiter) > len(given)]
    if label := label_pattern(rules.step_start):
        found = [each for each in label.finditer(text) if each.end() > len(given)]
        above += [text[: each.start()] for each in found if text[: each.start()].strip()]
    return any(not rules.needs_content or has_content(each, rules.step_start) for each in above)


def test_a_step_ends_with_the_token_that_completes_the_next_label():
    pieces = ("Step", " 1", ":", " It", " is 4.\n", "Step", " 2", ":", " So", " 8.")
    assert steps_of(LABELLED, *pieces) == ["Step 1: It is 4.\nStep 2:", " So 8."]


def test_a_label_within_a_line_ends_nothing():
    assert len(steps_of(LABELLED, "As in Step 1:", " 4", ",", " Step 2:", " 8")) == 1


def test_behind_a_delimiter_the_label_begins_its_own_step():
    rules = StepRules("\n\n", step_start="Step {n}:")
    assert steps_of(rules, "Step 1:", " 4\n\n", "Step 2:", " 8\n", "Step 3:", " 9") == [
        "Step 1: 4\n\n",
        "Step 2: 8\nStep 3:",
        " 9",
    ]


def test_a_step_without_content_goes_on():
    pieces = ("To solve this,", " we do this:\n", "\n", "### Step 1:", " Add\n", "3 + 4 = 7\n", "So 7.")
    assert steps_of(FULL, *pieces) == ["To solve this, we do this:\n\n### Step 1: Add\n3 + 4 = 7\n", "So 7."]


def test_content_behind_a_delimiter_ends_no_step_before_the_next_one():
    rules = StepRules("\n", needs_content=True)
    assert steps_of(rules, "So:\n", "it is 4", " and", " 5\n", "x") == ["So:\nit is 4 and 5\n", "x"]


def test_no_label_ends_a_step_within_what_was_given():
    given = "It is 4.\nStep 2: It is 5.\nStep"
    assert steps_of(LABELLED, " so", " on", given=given) == [f"{given} so on"]
    assert steps_of(LABELLED, " 3", ":", " x", given=given) == [f"{given} 3:", " x"]


@st.composite
def cut_texts(draw):
    """A text of what matters, as tokens that cut it anywhere, also within a character."""
    data = "".join(draw(st.lists(st.sampled_from(BITS), max_size=24))).encode()
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=24)))
    return [data[a:b] for a, b in itertools.pairwise([0, *cuts, len(data)])]


@given(RULES, cut_texts(), st.lists(st.sampled_from(BITS), max_size=4).map("".join))
def test_steps_are_cut_as_the_rules_say_and_join_to_the_text(rules, pieces, given):
    rules = StepRules(rules.delimiter, (), rules.step_start, rules.needs_content)
    reader, fed, steps = StepReader(rules, given=given), b"", []
    begins = given
    for piece in pieces:
        reader.feed(piece)
        fed += piece
        text = begins + fed.decode(errors="ignore")
        is_broken = fed.decode(errors="replace").endswith("\N{REPLACEMENT CHARACTER}")
        assert reader.at_boundary == (not is_broken and ends_here(rules, text, begins))
        if reader.at_boundary:
            steps.append(reader.take())
            assert steps[-1] == text
            assert not begins or len(steps[-1]) > len(begins)
            begins, fed = "", b""
    assert "".join([*steps, reader.take()]) == given + b"".join(pieces).decode()


@given(RULES, cut_texts())
def test_a_chain_is_cut_where_its_steps_one_at_a_time_end(rules, pieces):
    chain, so_far, single = StepReader(rules), "", StepReader(rules)
    for piece in pieces:
        chain.feed(piece)
        single.feed(piece)
        assert (chain.at_stop, chain.at_boundary) == (single.at_stop, single.at_boundary)
        if chain.at_stop:
            break
        if chain.at_boundary:
            text = chain.take()
            assert text == single.take()
            so_far += text
            single = StepReader(rules, so_far)
    assert chain.take() == single.take()


@pytest.mark.parametrize("mark", ["Question:", "Problem:"])
def test_a_base_models_next_question_ends_a_solution_and_the_word_in_prose_does_not(mark):
    stops = few_shot().stops
    prose = f"The {mark} how many? ".encode()
    assert read([prose, b"Five.\n", b"So 5"], stops=stops) == ([prose.decode() + "Five.\n"], "So 5", False)
    assert read([b"So 5.\n", mark.encode(), b" What?"], stops=stops) == (["So 5.\n"], "", True)
    assert read([b"So 5.\n\n" + mark.encode()], stops=stops)[2]
