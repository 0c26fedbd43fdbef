"""What a person would call equal, a table of it; where an answer stands; then hostile input."""

import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reasontree.plugins.graders.math import MathGrader

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
    ("It costs $5 and $6, in total $11.", "11"),
    ("The answer is $18 and not $20.", "18"),
    ("The answer is **$70,000**.", "70000"),
    ("The answer is  **18**  eggs.", "18"),
    ("The answer is approximately 12.5 meters.", "12.5"),
    ("Answer: 5 (since 2+3=5)", "5"),
    ("The answer is:\n- 18", "18"),
    ("The answer is:\n\\[\n\\frac{3}{4}\n\\]", "3/4"),
    ("## Answer\n\n12 eggs of 20", "12"),
    ("The answer to the question is 5.", "5"),
    ("\\boxed{4}, and so \\boxed{5", "4"),
    ("\\boxed 5", "5"),
    ("\\boxed{5!}", "120"),
    ("#### Step 2: add\nWe get 5.\n\nThe answer is 7.", "7"),
    ("#### Final Answer\nShe has 18 apples.", "18"),
    ("#### Conclusion\nShe has 18 apples.", "18"),
    ("So the length equals $\\sqrt{2}$.", "\\sqrt{2}"),
    ("Therefore, \\(\\frac{\\sqrt{3}}{2}\\)", "\\frac{\\sqrt{3}}{2}"),
    ("Hence x = \\frac{\\sqrt{3}}{2}", "\\frac{\\sqrt{3}}{2}"),
    ("We get\n\\begin{align*}\nz &= 3 + i - 2i\\\\\n&= 3 - i.\n\\end{align*}", "3-i"),
    ("She leaves at 10:30.", "10:30"),
    ("The answer is 10:30 AM.", "10:30 a.m."),
    ("The ratio is 3:4.", "6:8"),
    ("The answers are $3$ and $5$.", "5, 3"),
    ("The answer is 5 or 6.", "5, 6"),
    ("The answer is (B).", "\\text{B}"),
    ("The answer is 4 hours and 30 minutes.", "4 hours 30 minutes"),
    ("3 + 4 = 7", "7"),
    ("\\boxed{\\frac{\\pi}{2} \\text{ radians}}", "\\pi/2"),
    ("2√3", "2\\sqrt{3}"),
    ("x ∈ (0, 1)", "(0,1)"),
    ("The answer is five.", "5"),
    ("$3$", "The answer is $3$."),
    ("\\boxed{(-\\infty, 3)\\cup(5,\\infty)}", "(-\\infty,3) \\cup (5,\\infty)"),
    ("\\boxed{\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}"),
]
PROSE = "The answer is: The sky is blue because air scatters blue light. It is 3560 times more."
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
    ("\\boxed{1000001}", "1000000"),
    ("\\boxed{1 2}", "12"),
    ("\\boxed{10:30}", "10:45"),
    ("\\boxed{10:30 am}", "10:30 pm"),
    ("The answer is 5 feet 3 inches.", "5"),
    ("\\boxed{3 \\sin x}", "3"),
    ("\\boxed{(-\\infty, 3)}", "(-\\infty, 3]"),
    ("\\boxed{\\{1,2\\}}", "\\{1,3\\}"),
    ("\\boxed{\\begin{pmatrix}1\\\\2\\end{pmatrix}}", "\\begin{pmatrix}1\\\\3\\end{pmatrix}"),
    ("\\boxed{x=5}", "x=6"),
    ("\\boxed{\\text{no}}", "yes"),
]


@pytest.mark.parametrize(("solution", "gold"), RIGHT)
def test_a_person_would_call_these_equal(math, solution, gold, is_correct):
    assert is_correct(math, solution, gold)


@pytest.mark.parametrize(("solution", "gold"), WRONG)
def test_a_person_would_call_these_different(math, solution, gold, is_correct):
    assert not is_correct(math, solution, gold)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "no idea",
        "I cannot solve this, sorry.",
        "The answer is: N",
        "Find $x$ first.",
        "\\boxed{}",
        PROSE,
    ],
)
def test_a_text_without_an_answer_has_none(math, text):
    assert math.extract(text) is None


@settings(max_examples=300)
@given(st.text(st.sampled_from("5 x$\\\\{}()[]#*:=.,%-^_/\n\x00\ud800½é") | st.characters(), max_size=60))
def test_any_text_is_read_without_an_error(math, text):
    for marked in (text, f"\\boxed{{{text}", f"the answer is {text}", f"#### {text}", f"${text}$"):
        answer, gold = math.extract(marked), math.reference(marked)
        assert answer is None or math.equivalent(answer, answer)
        assert gold is None or math.equivalent(gold, gold)


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
        "The answer is: " + "\\(" * 90_000,
        "The answer is: " + "$$" * 90_000,
        "answer: in all " + "1,111" * 40_000,
        "answer " * 30_000,
        "####" * 50_000,
        "\\frac{1}" * 20_000,
        "word " * 400_000,
        "1234567890" * 200_000,
    ],
)
def test_hostile_text_is_read_quickly_and_raises_nothing(math, text):
    started = time.monotonic()
    answer = math.extract(text)
    assert time.monotonic() - started < 2
    if answer is not None:
        math.equivalent(answer, math.reference("5"))


def test_any_thread_may_ask(math, is_correct):
    found = []
    thread = threading.Thread(target=lambda: found.append(is_correct(math, "\\boxed{b(b+3)}", "b^2+3b")))
    thread.start()
    thread.join()
    assert found == [True]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("It comes to $\\frac{3}{4}$.", "3/4"),
        ("It comes to 17 apples.", "17"),
        ("Hence $y = 2x$.", "y=2x"),
        ("We never find $x$.", None),
        ("We never find it.", None),
    ],
)
def test_where_our_own_rules_find_nothing_math_verify_reads(math, said, answer):
    """What stands far before the end, with nothing but words behind it."""
    found = math.extract(said + " And so it is, beyond all doubt." * 100)
    assert (found is None) == (answer is None)
    assert answer is None or math.equivalent(found, math.reference(answer))


def test_plain_numbers_need_no_worker(is_correct):
    grader = MathGrader(MathGrader.Options())
    assert is_correct(grader, "The answer is: $1,000", "1000.0")
    assert not is_correct(grader, "The answer is: 7", "8")
    assert not is_correct(grader, "The answer is: Evelyn", "Carla")
    assert grader._worker.pid is None


def test_math_verify_and_sympy_are_not_imported_with_the_grader():
    code = (
        "import sys, reasontree.plugins.graders.math, reasontree.cli.commands.grade; "
        "sys.exit(any(name in sys.modules for name in ('math_verify', 'sympy', 'latex2sympy2_extended')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_hundred_plain_rows_take_less_than_a_second(is_correct):
    grader = MathGrader(MathGrader.Options())
    started = time.monotonic()
    for i in range(200):
        assert is_correct(grader, f"She has {i} apples and gets one.\nThe answer is: ${i:,}.", str(i))
    assert time.monotonic() - started < 1


PROGRAM = '```python\ndef f(n):\n    return n\nprint("The answer is:", f(10))\n```'


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (PROGRAM, PROGRAM[len("```python\n") : -len("\n```")]),
        (f"Here:\n{PROGRAM}\n\nThis is fast.", PROGRAM[len("```python\n") : -len("\n```")]),
        (f"{PROGRAM}\nWe call it with n = 10.\n\nIt is fast.", PROGRAM[len("```python\n") : -len("\n```")]),
        (f"{PROGRAM}\nIt prints 10.", "10"),
        (f"{PROGRAM}\nThe answer is 7. It is fast.", "7"),
        (f"\\boxed{{3}} as in\n{PROGRAM}", "3"),
        ("```\n42\n```", "42"),
        ('```json\n{"answer": 5}\n```', "5"),
    ],
)
def test_a_block_of_code_is_an_answer_as_it_stands_and_no_number_in_it(math, text, answer):
    assert math.extract(text).text == answer


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\\text{Monday}", "Monday"),
        ("\\textbf{(D)}", "(D)"),
        ("\\$1{,}200", "$1{,}200"),
        ("75\\%", "75%"),
        ("6\\text{ cm}", "6 cm"),
        ("\\mathrm{blue}", "blue"),
        ("\\frac{5}{8}", "\\frac{5}{8}"),
        ("\\sqrt{3}\\text{ m}", "\\sqrt{3}\\text{ m}"),
    ],
)
def test_an_answer_is_shown_as_a_person_writes_it_where_that_says_all(math, written, shown):
    assert math.extract(f"\\boxed{{{written}}}").text == shown


@pytest.mark.parametrize("label", "ACE")
def test_a_choice_is_one_class_of_answers_however_it_is_written(math, label):
    written = (
        label,
        f"({label})",
        f"{label})",
        f"{label}) Saturn",
        f"\\textbf{{({label})}} Saturn",
        f"option {label}",
    )
    answers = [math.extract(f"The answer is {each}") for each in written]
    assert {answer.canonical for answer in answers} == {label.lower()}
