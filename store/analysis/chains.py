"""Independent chains out of recorded searches, for curves over the number of samples."""

from __future__ import annotations

import numpy as np

from ...core.errors import ReplayError
from ...core.kinds import Grader
from ...core.records import BROKEN, Expansion
from ...core.trace import Trace
from ...core.tree import ROOT
from ...core.vote import classes_of, solutions_of
from .curves import ProblemChains


def chains_of(trace: Trace, grader: Grader, *, aggregation: str = "last", scorer: str = "") -> ProblemChains:
    """Return a trace's chains, with the classes of their answers.

    A chain that reached a limit has no answer; one that was cut off is left out.

    Args:
        scorer: Whose scores make a solution's; the leading scorer's if empty.

    Raises:
        ReplayError: If the trace has no gold answer, or its solutions are not independent chains.
    """
    gold = None if trace.problem.gold is None else grader.reference(trace.problem.gold)
    if gold is None:
        raise ReplayError(f"Trace {trace.id} has no right answer to compare with.")
    if not _are_independent(trace):
        raise ReplayError(
            f"Trace {trace.id} is of the strategy '{trace.record.spec.strategy}': its solutions are not "
            "independent samples.",
            hint="A curve needs chains that were asked for at once: majority or best-of-n.",
        )
    tree = trace.tree
    tree.scorer = scorer or tree.scorer
    ends = [node for node in tree.ended if node.end not in BROKEN]
    solutions = {solution.node: solution for solution in solutions_of(tree, aggregation)}
    classes = classes_of(list(solutions.values()), grader)
    class_of = {solution.node: number for number, members in enumerate(classes) for solution in members}
    references = (grader.reference(members[0].answer.text) for members in classes if members[0].answer)
    right = [each is not None and grader.equivalent(gold, each) for each in references]
    return ProblemChains(
        solutions=tuple(solutions.get(node.id) for node in ends),
        classes=np.array([class_of.get(node.id, -1) for node in ends], dtype=np.int64),
        right=np.array(right, dtype=np.bool_),
        n_tokens=sum(node.n_tokens for node in ends) / max(1, len(ends)),
    )


def _are_independent(trace: Trace) -> bool:
    """Whether all chains come from the prompt in one way, and none because of what others said."""
    asked = [each for round in trace.rounds for each in round.expansions]
    return len(trace.rounds) <= 1 and all(each == Expansion(ROOT, each.width, "end") for each in asked)
