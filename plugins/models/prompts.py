"""Prompts with worked examples, for base models and for small chat models.

The base models' examples are ours. Each solution is one step a line and ends, on the line of its answer, with
a mark that stops the branch: a base model would otherwise go on with the next question, and the step that
begins it would be scored as the solution's last. The chat models' questions are rows 7000 to 7057 of GSM8K's
train split (MIT licence), solved anew; a chat model ends its turn by itself.
"""

from __future__ import annotations

from ...core.models import Example, PromptFormat

END = "[END]"

_EXAMPLES = (
    (
        "A farmer has 14 hens. Each hen lays 5 eggs a week. He keeps 10 eggs and sells the rest for $0.30 "
        "each. How many dollars does he earn in a week?",
        "The hens lay 14 * 5 = 70 eggs a week.",
        "He sells 70 - 10 = 60 eggs.",
        "He earns 60 * 0.30 = 18 dollars.",
        "The answer is: 18",
    ),
    (
        "Mia reads 24 pages on Monday and twice as many on Tuesday. Her book has 120 pages. How many pages "
        "are left?",
        "On Tuesday Mia reads 24 * 2 = 48 pages.",
        "On both days she reads 24 + 48 = 72 pages.",
        "There are 120 - 72 = 48 pages left.",
        "The answer is: 48",
    ),
    (
        "What is the value of $x$ if $3x + 7 = 31$?",
        "Subtract 7 from both sides: $3x = 24$.",
        "Divide both sides by 3: $x = 8$.",
        "The answer is: 8",
    ),
    (
        "A fair coin is tossed three times. What is the probability of exactly two heads?",
        "There are $2^3 = 8$ outcomes, all equally likely.",
        "Exactly two heads come up in $\\binom{3}{2} = 3$ of them.",
        "The probability is $3/8$.",
        "The answer is: $\\frac{3}{8}$",
    ),
)

_WORKED_STEPS = (
    Example(
        "Jen buys and sells candy bars. She buys candy bars for 80 cents each and sells them for a dollar"
        " each. If she buys 50 candy bars and sells 48 of them, how much profit does she make in cents?",
        "Step 1: The 50 candy bars cost 50 * 80 = 4000 cents.\n"
        "Step 2: She sells 48 of them for 48 * 100 = 4800 cents.\n"
        "Step 3: Her profit is 4800 - 4000 = 800 cents.\n"
        "The answer is: 800",
    ),
    Example(
        "Jake earns thrice what Jacob does. If Jacob earns $6 per hour, how much does Jake earn in 5 days"
        " working 8 hours a day?",
        "Step 1: Jake earns 6 * 3 = 18 dollars per hour.\n"
        "Step 2: In 8 hours he earns 18 * 8 = 144 dollars.\n"
        "Step 3: In 5 days he earns 144 * 5 = 720 dollars.\n"
        "The answer is: 720",
    ),
    Example(
        "There are 20 dolphins in the aqua park. One-fourth of the dolphins are fully trained. Two-third "
        "of the remaining dolphins are currently in training and the rest will be trained next month. How"
        " many dolphins will be trained next month?",
        "Step 1: The fully trained dolphins are 20 / 4 = 5.\n"
        "Step 2: The remaining dolphins are 20 - 5 = 15.\n"
        "Step 3: Of these, 15 * 2 / 3 = 10 are in training.\n"
        "Step 4: Next month 15 - 10 = 5 dolphins will be trained.\n"
        "The answer is: 5",
    ),
    Example(
        "In a school garden, there are flowers in different colors. In total there are 96 flowers of four"
        " colors: green, red, blue, and yellow. There are 9 green flowers and three times more red "
        "flowers. Blue flowers make up to 50% of the total flower count. How many yellow flowers are "
        "there?",
        "Step 1: There are 3 * 9 = 27 red flowers.\n"
        "Step 2: The blue flowers are 50% of 96, so 96 / 2 = 48.\n"
        "Step 3: Green, red and blue flowers together are 9 + 27 + 48 = 84.\n"
        "Step 4: The yellow flowers are 96 - 84 = 12.\n"
        "The answer is: 12",
    ),
)


def few_shot(*, before: str = "Question: ", between: str = "\nAnswer:") -> PromptFormat:
    """Return the format for a base model: four worked examples, then the question.

    Args:
        before: What introduces a question.
        between: What stands between a question and its solution.
    """
    shown = [f"{before}{question}{between} {_solution(steps)}" for question, *steps in _EXAMPLES]
    template = "\n\n".join([*shown, f"{before}{{question}}{between}"])
    return PromptFormat(template=template, delimiter="\n", stops=(END, "\nQuestion:", "\nProblem:"))


def worked_steps() -> PromptFormat:
    """Return the format for small chat models: four examples as earlier turns, a short calculation a step.

    The model's turn begins with `Step 1:`. Beside an instruction the 1.5B took half of the tokens, its first
    steps had numbers to score, and no fewer answers were right (docs/log, 26 November 2026).
    """
    return PromptFormat(instruction="", delimiter="\n", lead="Step 1:", examples=_WORKED_STEPS)


def problem_solution() -> PromptFormat:
    """Return the format for Llemma, whose authors ask it so (arXiv 2310.10631); the examples are ours."""
    return few_shot(before="Problem:\n", between="\n\nSolution:")


def metamath_shepherd() -> PromptFormat:
    """Return the format of the REBASE authors' fine-tunes.

    They were trained on the bare problem, then a line break and "Step 1: …", one step a line, to "The answer
    is: …" and the end token (thu-wyz/inference_scaling, data_utils_sft.py). The authors cut a step where
    "Step k" begins; a line break cuts at the same place, without generating the next step's name first.
    """
    return PromptFormat(template="{question}\n", delimiter="\n")


def bare() -> PromptFormat:
    """Return the format of a process reward model, which reads questions and never answers one."""
    return PromptFormat(template="{question}\n", delimiter="\n")


def _solution(steps: list[str]) -> str:
    return "\n".join(steps) + f" {END}"


NAMED = {"worked-steps": worked_steps}
"""Formats that `--prompt` knows by name."""
