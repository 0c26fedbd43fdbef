"""Right and wrong answers that people reported of graders, kind by kind, and others of the same kinds."""

import json
from pathlib import Path

import pytest

TABLE = Path(__file__).parent / "cases.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
# What we think is wrong in the table itself (docs/grading.md): a length that is named is a value, as in its
# P(A) = 0.25; and a difference in a box is one, as in its \boxed{5-10}.
DISPUTED = {("\\boxed{\\|v\\| = 3}", "3"), ("\\boxed{10-15}", "-5")}

EQUAL = {
    "repeating decimals": [
        (r"\boxed{0.\overline{142857}}", "1/7"),
        (r"\boxed{0.1(6)}", "1/6"),
        (r"\boxed{0.\dot{1}\dot{8}}", "2/11"),
        (r"\boxed{1.\overline{09}}", r"\frac{12}{11}"),
        ("The answer is 0.666...", "2/3"),
    ],
    "equations and names": [
        (r"\boxed{5=x}", "5"),
        (r"\boxed{x=2, y=-1}", "(2,-1)"),
        (r"\boxed{(x, y) = (2, -1)}", "(2,-1)"),
        (r"\boxed{y = 2x - 1}", "2x - y = 1"),
        (r"\boxed{x^2 + y^2 = 4}", "y^2 + x^2 - 4 = 0"),
        (r"\boxed{x \ge 2}", r"[2,\infty)"),
        (r"\boxed{2 \le x}", r"x \geq 2"),
        (r"\boxed{-1 < t < 4}", "(-1,4)"),
    ],
    "several answers": [
        (r"$\boxed{2}$ or $\boxed{7}$", "7, 2"),
        (r"\boxed{2}, \boxed{4} and \boxed{6}", "2,4,6"),
        (r"\boxed{(2,3) \text{ and } (4,5)}", "(4,5),(2,3)"),
        ("The points are (1, 2) and (3, 4).", "(3,4),(1,2)"),
        (r"\boxed{\{a, b\}}", r"\{b,a\}"),
        ("So x = 2 or x = -5.", "-5, 2"),
    ],
    "boxes without braces": [
        (r"\boxed 17", "17"),
        (r"so \boxed 1/2.", "0.5"),
        (r"$\boxed\frac{1}{2}$", "0.5"),
    ],
    "numbers in words": [
        ("The answer is minus three.", "-3"),
        ("The answer is twenty-five.", "25"),
        ("The answer is one hundred and twenty apples.", "120"),
        ("The answer is two thousand five hundred.", "2500"),
        ("The answer is two and a half.", "2.5"),
        ("The answer is negative 12 degrees.", "-12"),
        ("The answer is three quarters.", "0.75"),
        ("The answer is 1 and a half hours.", "1.5"),
        ("So there are 2.5 million people.", "2500000"),
        ("The mass is 4.2e-3 kg.", "0.0042"),
    ],
    "formulas in running text": [
        ("The area is 16π.", r"16\pi"),
        ("So the interval is (-1, 3].", "(-1,3]"),
        ("So the domain is x ≥ 7.", r"[7,\infty)"),
    ],
    "choices": [
        ("The correct option is (D).", "D"),
        ("Answer: (D) 45", "45"),
        ("C. 45", "C"),
        ("Option D is the right answer", "D"),
        (r"\boxed{\text{D. } 45}", "D"),
        (r"Thus the answer is \textbf{(C)}.", "C"),
        ("The answer is choice (D) because it fits.", "D"),
        (r"\boxed{\text{(A) } x^2}", "x^2"),
        ("B) Jupiter", "B"),
        ("I would choose option D.", "D"),
        ("Choice: B", "B"),
    ],
    "languages": [
        ("因此，答案是 3/4。", "3/4"),
        ("答えは24です。", "24"),
        ("答：42", "42"),
        ("所以选 B。", "B"),
        ("Η απάντηση είναι 42.", "42"),
        ("정답은 36입니다.", "36"),
        ("الإجابة هي ١٢", "12"),
        ("उत्तर: 42", "42"),
        ("Odpowiedź: 42", "42"),
        ("A resposta é 42.", "42"),
        ("Đáp án là 42.", "42"),
        ("Das Ergebnis ist 12,5 Euro.", "12.5"),
        ("La respuesta es 7,25 euros y nada más.", "7.25"),
        ("Ответ: 3,5", "3.5"),
        ("Das sind insgesamt 1.234,50 Euro und mehr nicht.", "1234.5"),
    ],
    "powers and fractions in Unicode and ASCII": [
        (r"\boxed{3⁴}", "81"),
        (r"\boxed{x**3 - 1}", "x^3-1"),
        (r"\boxed{7⅜}", "7.375"),
        (r"\boxed{5⁄8}", "0.625"),
        (r"\boxed{4.5×10⁻³}", "0.0045"),
        ("The answer is x² + 3x.", "x^2+3x"),
    ],
    "run-on text": [
        ("#### 42 Let me double-check: 6*7 = 42.", "42"),
        ("#### 42\n\nQuestion: What is 2+2?\n#### 4", "42"),
        ("The answer is 42.\n\nProblem: find 3+3.\nThe answer is 6.", "42"),
        ("#### 18\nQ: Next one\nA: 5", "18"),
    ],
    "words before numbers": [
        ("The answer is no, because 15 is divisible by 3.", "no"),
        ("The answer is Bob since he has 12 coins.", "Bob"),
        ("The answer is true, as 3 < 5.", "true"),
        ("The answer is the total, which is $50.", "50"),
        ("The answer is the number of apples that are left, which is 7.", "7"),
    ],
    "formulas": [
        (r"\boxed{2^{64}-1}", "18446744073709551615"),
        (r"\boxed{1+\frac1{\mathrm e}}", "1+e^{-1}"),
        (r"\boxed{\frac{x-1}{x+1}}", r"1-\frac{2}{x+1}"),
        (r"\boxed{3 \sqrt[3]{2}}", r"\sqrt[3]{54}"),
        (r"\boxed{\frac{1}{2}\ln 3}", r"\ln\sqrt{3}"),
        (r"\boxed{\binom{10}{3}}", "120"),
        (r"\boxed{2+3\mathrm{i}}", "3i+2"),
    ],
}
DIFFERENT = {
    "repeating decimals": [
        (r"\boxed{0.\overline{12}}", r"0.\overline{21}"),
        (r"\boxed{0.\overline{9}}", "0.9"),
        (r"\boxed{2.\dot{4}}", "2"),
        (r"\boxed{0.12...}", "0.12"),
        (r"\boxed{(.5, 2)}", "(5, 2)"),
    ],
    "bases and indices": [(r"\boxed{12_7}", "12_8"), (r"\boxed{a_5}", "a_6"), (r"\boxed{x'}", "x")],
    "equations and names": [
        (r"\boxed{x=5}", "y=5"),
        (r"\boxed{x - y = 2}", "2"),
        (r"\boxed{3x=9}", "9"),
        (r"\boxed{x=1,y=2}", "(2,1)"),
        (r"\boxed{x=1,y=2}", "x=2,y=1"),
        (r"\boxed{x<3}", r"x\le 3"),
    ],
    "order and brackets": [
        (r"\boxed{4, 7}", "(7,4)"),
        (r"\boxed{\{1,2\}}", "(1,2)"),
        (r"\boxed{(1,2]}", "[1,2)"),
        (r"\boxed{2, 500}", "2500"),
    ],
    "tiny and huge values": [
        (r"\boxed{\frac{1}{30!}}", r"\frac{1}{31!}"),
        (r"\boxed{10^{-20}}", "0"),
        (r"\boxed{10^{25}+1}", "10^{25}"),
        (r"\boxed{\frac{\pi}{10^{18}}}", r"\frac{e}{10^{18}}"),
    ],
    "what a parser would drop": [
        (r"\boxed{1+\frac{1}{\mathrm e}}", r"1-\frac{1}{\mathrm e}"),
        (r"\boxed{3\sqrt(5)}", "3"),
        (r"\boxed{1,2,4,\ldots}", r"1,2,3,\ldots"),
        (r"\boxed{7 \pmod{12}}", "7"),
        (r"\boxed{\int_0^1 x^2 dx}", r"\int_0^2 x^2 dx"),
        (r"\boxed{A \cup B}", r"A \cap B"),
        (r"\boxed{3 \text{ ft } 4 \text{ in}}", "3"),
    ],
    "several answers": [
        (r"$\boxed3$ and $\boxed5$", "5"),
        (r"\boxed{\pm 5}", "5"),
        (r"\boxed{3\text{ or }4}", "3"),
        ("So x = 3 or x = 4.", "4"),
    ],
    "read too narrowly": [
        (r"\boxed 56", "5"),
        ("The answer is negative 8.", "8"),
        ("The answer is 3 million.", "3"),
        ("The answer is 2.5e3.", "2.5"),
        ("The area is 9π.", "9"),
        ("The point is (3, 4).", "4"),
        ("The answer is yes, because 9 > 4.", "9"),
        ("The answer is 1 hour 15 minutes.", "1"),
        ("Das sind 3,75 Euro und nicht mehr.", "75"),
        ("The answer is 5-10.", "-5"),
        (r"\boxed{12\text{ or more}}", "12"),
        ("It takes 2 hours 30 minutes.", "30"),
        ("The answer is two three.", "5"),
    ],
    "choices": [(r"\boxed{(B) 12}", "C"), (r"\boxed{(B) 12}", "13"), ("The answer is option A.", "B")],
    "close values": [(r"\boxed{\sqrt{2}}", "1.414214"), (r"\boxed{3.14159}", r"\pi"), ("0.33", "1/3")],
}


def rows_of(table):
    return [
        pytest.param(*pair, id=f"{kind}-{i}") for kind, pairs in table.items() for i, pair in enumerate(pairs)
    ]


@pytest.mark.parametrize("i", range(len(CASES)))
def test_every_row_of_the_table_holds_but_for_those_that_we_dispute(math, i, is_correct):
    solution, gold = CASES[i]["solution"], CASES[i]["gold"]
    expected = CASES[i]["correct"] != ((solution, gold) in DISPUTED)
    assert is_correct(math, solution, gold) == expected


@pytest.mark.parametrize(("solution", "gold"), rows_of(EQUAL))
def test_answers_that_a_reader_takes_for_the_same_are_equal(math, solution, gold, is_correct):
    assert is_correct(math, solution, gold)


@pytest.mark.parametrize(("solution", "gold"), rows_of(DIFFERENT))
def test_answers_of_which_a_part_would_have_to_be_dropped_are_not_equal(math, solution, gold, is_correct):
    assert not is_correct(math, solution, gold)


@pytest.mark.parametrize("pairs", [EQUAL, DIFFERENT])
def test_the_order_of_two_answers_makes_no_difference(math, pairs):
    for rows in pairs.values():
        for solution, gold in rows:
            answer, wanted = math.extract(solution), math.reference(gold)
            assert math.equivalent(answer, wanted) == math.equivalent(wanted, answer)
