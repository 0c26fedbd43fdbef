"""Independent chains out of recorded searches, for curves over the number of samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ...core.errors import ReplayError
from ...core.kinds import Grader
from ...core.records import BROKEN, Expansion, Solution
from ...core.trace import Trace
from ...core.tree import ROOT
from ...core.vote import classes_of, solutions_of
from .curves import ProblemChains


def chains_of(*traces: Trace, grader: Grader, aggregation: str = "last", scorer: str = "") -> ProblemChains:
    """Return the chains of one problem, with the classes of their answers.

    Runs with one seed draw the same chains first, however many they draw: a chain that several traces have
    counts once. One that reached a limit has no answer; one that was cut off is left out.

    Args:
        traces: Of one problem; at least one.
        scorer: Whose scores make a solution's; the leading scorer's if empty.

    Raises:
        ReplayError: If a trace has no gold answer, or its solutions are not independent chains.
    """
    problem = traces[0].problem
    gold = None if problem.gold is None else grader.reference(problem.gold)
    if gold is None:
        raise ReplayError(f"Trace {traces[0].id} has no right answer to compare with.")
    chains: dict[int, _Chain] = {}
    for trace in traces:
        for seed, chain in _chains(trace, aggregation, scorer):
            chains.setdefault(seed, chain)
    solutions = _told_apart(chains.values())
    classes = classes_of([each for each in solutions if each is not None], grader)
    class_of = {solution.node: number for number, members in enumerate(classes) for solution in members}
    references = (grader.reference(members[0].answer.text) for members in classes if members[0].answer)
    right = [each is not None and grader.equivalent(gold, each) for each in references]
    return ProblemChains(
        solutions=solutions,
        classes=np.array([class_of.get(each.node, -1) if each else -1 for each in solutions], dtype=np.int64),
        right=np.array(right, dtype=np.bool_),
        n_tokens=sum(chain.n_tokens for chain in chains.values()) / max(1, len(chains)),
    )


class _Chain(NamedTuple):
    """A chain that ended; `solution` is None for one that brought none."""

    n_tokens: int
    solution: Solution | None


def _chains(trace: Trace, aggregation: str, scorer: str) -> Iterator[tuple[int, _Chain]]:
    """Yield the chains of a trace with the seeds that they were drawn with."""
    if not _are_independent(trace):
        raise ReplayError(
            f"Trace {trace.id} is of the strategy '{trace.record.spec.strategy}': its solutions are not "
            "independent samples.",
            hint="A curve needs chains that were asked for at once: majority or best-of-n.",
        )
    tree = trace.tree
    tree.scorer = scorer or tree.scorer
    solutions = {solution.node: solution for solution in solutions_of(tree, aggregation)}
    for node in tree.ended:
        if node.end not in BROKEN:
            first = tree.path(node.id)[1]
            yield first.seed, _Chain(node.n_tokens, solutions.get(node.id))


def _told_apart(chains: Iterable[_Chain]) -> tuple[Solution | None, ...]:
    """Number the nodes of all trees through, so that no two solutions have the same."""
    found: list[Solution | None] = []
    first = 0
    for chain in chains:
        solution = chain.solution
        if solution is not None:
            path = tuple(range(first + 1, first + 1 + max(1, len(solution.path))))
            solution = solution._replace(node=path[-1], path=path)
            first = path[-1]
        found.append(solution)
    return tuple(found)


def _are_independent(trace: Trace) -> bool:
    """Whether all chains come from the prompt in one way, and none because of what others said."""
    asked = [each for round in trace.rounds for each in round.expansions]
    return len(trace.rounds) <= 1 and all(each == Expansion(ROOT, each.width, "end") for each in asked)
