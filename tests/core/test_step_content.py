"""What a step says apart from its label, and whether that is anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.step_content import (
    LEAST_WORDS,
    bare_text,
    has_content,
    has_number,
    label_pattern,
    with_own_labels,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "To solve the problem, we need to follow these steps:",
        "We need 48 / 2 clips:",
        "**Solution:**",
        "Step 1:",
        "**Step 1:**",
        "1. ",
        "### Step 1: Find the 3 numbers",
        "# Solution\n\n**Step 12.**\n",
        "Let's break down the problem step by step.",
        "Step 2: Find out how many clips she sold.",
        "1. Find the clips.\n2. Add them up.",
        "\\[",
        "so " * (LEAST_WORDS - 1),
        "\u3053\u3093\u306b\u3061\u306f\uff1a",
    ],
)
def test_what_only_says_that_something_comes_has_no_content(text):
    assert not has_content(text)


@pytest.mark.parametrize(
    "text",
    [
        "She sold 24 clips.",
        "Step 1: 48 / 2 = 24",
        "### Step 1: Find it\nShe sold 24.",
        "1. She sold 48 clips.",
        "12.5 dollars are left.",
        "Hence $x = y$.",
        "so " * LEAST_WORDS,
    ],
)
def test_a_digit_an_equation_or_many_words_are_content(text):
    assert has_content(text)


def test_a_labels_number_is_not_the_steps_number():
    assert not has_number("Step 3: Add them.\n2. Go on.")
    assert has_number("Step 3: Add 4.")
    assert not has_number("Schritt 3: Dazu.", "Schritt {n}:")
    assert has_number("Schritt 3: Dazu.")


def test_the_label_of_the_next_step_does_not_count():
    assert bare_text("She sold many.\nStep 2:") == "She sold many."


def test_a_label_is_found_at_the_beginning_of_a_line_behind_marks():
    find = label_pattern("Step {n}:").search
    assert find("Step 1:")
    assert find("so\n  ### **Step 12:** x").group() == "  ### **Step 12:"
    assert not find("In Step 1: x")
    assert not find("Step 1")
    assert not find("step 1:")
    assert label_pattern("") is None
    assert label_pattern("##").search("a\n## b")


@pytest.mark.parametrize("wrong", [" ", "a\nb", "Step {n}", "Step {n}0", "{n}: {n}:"])
def test_a_label_that_cannot_be_told_is_refused(wrong):
    with pytest.raises(ValueError, match="step_start takes"):
        label_pattern(wrong)


def test_a_label_goes_to_the_step_that_it_names():
    steps = ["It costs 4.\nStep 2:", " It costs 8.\n**Step 3:**", " So 12.\nStep 4:"]
    assert with_own_labels(steps) == ["It costs 4.\n", "Step 2: It costs 8.\n", "**Step 3:** So 12.\n"]
    assert with_own_labels(["Step 1: a\n\n", "Step 2:"]) == ["Step 1: a\n\n", "Step 2:"]


@given(st.text("a1:=\n#*. Step"), st.sampled_from(["", "Step {n}:", "{n}."]))
def test_a_text_in_front_of_what_has_content_keeps_none_from_it(text, start):
    assert has_content(f"{text}\nso it is 4", start)
    assert not has_content(f"{text}\nso it is:", start)
