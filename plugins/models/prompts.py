"""Prompts for models without a chat template.

The worked examples are ours. Each solution is one step a line and ends, on the line of its answer, with a
mark that stops the branch: a base model would otherwise go on with the next question, and the step that
begins it would be scored as the solution's last.
"""

from __future__ import annotations

from ...core.models import PromptFormat

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


def few_shot(*, before: str = "Question: ", between: str = "\nAnswer:") -> PromptFormat:
    """Return the format for a base model: four worked examples, then the question.

    Args:
        before: What introduces a question.
        between: What stands between a question and its solution.
    """
    shown = [f"{before}{question}{between} {_solution(steps)}" for question, *steps in _EXAMPLES]
    template = "\n\n".join([*shown, f"{before}{{question}}{between}"])
    return PromptFormat(template=template, delimiter="\n", stops=(END, "Question:", "Problem:"))


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
