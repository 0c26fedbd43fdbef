"""What a person would call equal, a table of it; then hostile input, time limits and threads."""

import threading
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.plugins.graders.math import MathGrader
from reasontree.plugins.graders.numbers import plain_number, same_number

RIGHT = [
    ("The answer is: 18", "18"),
    ("The answer is: $18.", "18"),
    ("The answer is 18 eggs per day", "18"),
    ("**Answer:** 1,234", "1234"),
    ("Answer: $\\$32,348$", "32,348"),
    ("Total: $1,000.00", "1000"),
    ("She has 5 apples left.", "5"),
    ("First 3, then 4, so\n#### 1,200", "1200"),
    ("3 + 4 = 7\n#### 7", "We add: 3 + 4 = 7\n#### 7"),
    ("The answer is: 60 + 12 = 72.", "72"),
    ("The final answer is $\\boxed{72}$.", "72"),
    ("First \\boxed{3}, no: \\boxed{4}", "4"),
    ("The answer is: 5. No, the answer is: 6.", "6"),
    ("The answer is:\n\n42", "42"),
    ("50%", "50"),
    ("The answer is 50%.", "0.5"),
    ("The answer is: 3/4", "0.75"),
    ("The answer is: \\frac{3}{4}", "0.75"),
    ("\\boxed{\\dfrac{1}{2}}", "\\frac12"),
    ("The answer is: 1/3", "0.333333"),
    ("The answer is: 3 1/2", "3.5"),
    ("\\boxed{1\\frac{1}{2}}", "3/2"),
    ("The answer is: -0", "0"),
    ("The answer is: 1e3", "1000"),
    ("The answer is: 3 \\times 10^4", "30000"),
    ("The answer is: 2 million dollars", "2000000"),
    ("The answer is: 4.0 meters", "4"),
    ("\\boxed{10\\text{ cm}^2}", "10"),
    ("\\boxed{90^\\circ}", "90"),
    ("\\boxed{11,\\! 111}", "11111"),
    ("The answer is: \\(\\frac{7}{2}\\) hours", "3.5"),
    ("So x = 5", "5"),
    ("\\boxed{x=5}", "5"),
    ("\\boxed{5}", "x=5"),
    ("\\boxed{\\text{Evelyn}}", "Evelyn"),
    ("\\boxed{Evelyn}", "\\text{evelyn}"),
    ("\\boxed{x^2+2x+1}", "(x+1)^2"),
    ("The answer is: 2\\sqrt{3}", "\\sqrt{12}"),
    ("\\boxed{2\\pi}", "2 \\pi"),
    ("\\boxed{[1,2)}", "[1, 2)"),
    ("\\boxed{(3,\\frac{\\pi}{2})}", "\\left( 3, \\frac{\\pi}{2} \\right)"),
    ("\\boxed{\\{1,2,3\\}}", "\\{3,2,1\\}"),
    ("\\boxed{\\begin{pmatrix}1\\\\2\\end{pmatrix}}", "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"),
    ("\\boxed{3, 5, 7}", "3,5,7"),
    ("\\boxed{6 - 5i}", "6-5i"),
    ("\\boxed{p - q}", "p - q"),
    ("p - q", "p - q"),
    ("72", "72"),
    ("The answer is: 18\n\nLet me check this again with 7", "18"),
]
WRONG = [
    ("The answer is: 18", "19"),
    ("The answer is: 1,800", "18"),
    ("The answer is: 0.5", "5"),
    ("The answer is: 2x", "2"),
    ("\\boxed{2 \\pi}", "2"),
    ("The answer is: 5 or 6", "5"),
    ("The answer is: N", "5"),
    ("\\boxed{x+1}", "x-1"),
    ("\\boxed{[1,2)}", "(1,2]"),
    ("\\boxed{(1,2)}", "(2,1)"),
    ("\\boxed{\\sqrt{2}}", "\\sqrt{3}"),
    ("\\boxed{\\text{Evelyn}}", "Carla"),
    ("The answer is: -5", "5"),
    ("The answer is: 1/0", "0"),
]


@pytest.fixture(scope="module")
def math():
    grader = MathGrader(MathGrader.Options(limit_s=20))
    yield grader
    grader.close()


def is_correct(grader, solution, gold):
    answer, wanted = grader.extract(solution), grader.reference(gold)
    return answer is not None and wanted is not None and grader.equivalent(answer, wanted)


@pytest.mark.parametrize(("solution", "gold"), RIGHT)
def test_a_person_would_call_these_equal(math, solution, gold):
    assert is_correct(math, solution, gold)


@pytest.mark.parametrize(("solution", "gold"), WRONG)
def test_a_person_would_call_these_different(math, solution, gold):
    assert not is_correct(math, solution, gold)


@pytest.mark.parametrize(
    "text", ["", "   ", "no idea", "I cannot solve this problem, sorry.", "The answer is: N"]
)
def test_a_text_without_an_answer_has_none(math, text):
    assert math.extract(text) is None


@given(st.decimals(-(10**9), 10**9, places=2))
def test_writing_a_number_with_separators_and_currency_changes_nothing(number):
    for written in (f"{number:,}", f"${abs(number):,}", f"{number} dollars", f" {number:,} "):
        expected = abs(number) if "$" in written else number
        assert plain_number(written).value == Fraction(expected)


@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000), st.booleans())
def test_sameness_is_reflexive_and_symmetric(one, other, is_percent):
    a, b = plain_number(str(one)), plain_number(f"{other}%" if is_percent else str(other))
    assert same_number(a, a)
    assert same_number(b, b)
    if one == other:
        assert same_number(a, b)
    if abs(one - other) > abs(other) / 1000 and not is_percent:
        assert not same_number(a, b)
        assert not same_number(b, a)


@pytest.mark.parametrize(
    "text",
    [
        "\x00\ud800 5",
        "9" * 100_000,
        "\\boxed{" * 5000,
        "{" * 10_000,
        "\x1b[31mred\x1b[0m",
        "1e999999999",
        "$" * 9999,
        "the answer is " * 20_000,
        "answer:" + " *" * 50_000,
        "\\boxed{" + "(" * 300 + "}",
    ],
)
def test_hostile_text_is_read_quickly_and_raises_nothing(math, text):
    started = time.monotonic()
    answer = math.extract(text)
    if answer is not None:
        math.equivalent(answer, math.reference("5"))
    assert time.monotonic() - started < 15


def test_a_comparison_without_end_is_cut_off_and_the_next_one_works():
    grader = MathGrader(MathGrader.Options(limit_s=3))
    try:
        assert not is_correct(grader, "\\boxed{9^{9^{9^{9}}}}", "5")
        assert is_correct(grader, "\\boxed{x(x+1)}", "x^2+x")
    finally:
        grader.close()


def test_a_worker_that_was_killed_is_started_again(math):
    assert is_correct(math, "\\boxed{a(b+1)}", "ab+a")
    math._symbolic._worker.kill()
    math._symbolic._worker.wait()
    assert is_correct(math, "\\boxed{a(b+2)}", "ab+2a")


def test_any_thread_may_ask(math):
    found = []
    thread = threading.Thread(target=lambda: found.append(is_correct(math, "\\boxed{b(b+3)}", "b^2+3b")))
    thread.start()
    thread.join()
    assert found == [True]


def test_plain_numbers_need_no_worker():
    grader = MathGrader(MathGrader.Options())
    assert is_correct(grader, "The answer is: $1,000", "1000.0")
    assert not is_correct(grader, "The answer is: 7", "8")
    assert grader._symbolic._worker is None
