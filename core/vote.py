"""From finished solutions to one answer: aggregate step scores, merge equal answers, weigh the classes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .kinds import Grader, Vote
from .records import Answer, Solution, Tally, Verdict
from .tree import Tree

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
WeighSubsets = Callable[[Sequence[Solution], Bools], Floats]

AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "last": lambda scores: scores[-1],
    "min": min,
    "prod": math.prod,
    "mean": lambda scores: math.fsum(scores) / len(scores),
}


@runtime_checkable
class WeighsSubsets(Protocol):
    """What a vote may have besides: `weigh` for many subsets of one class at once, where that is faster."""

    def weigh_subsets(self, solutions: Sequence[Solution], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return what `weigh` returns for each subset of the solutions; any number for one that is empty.

        Args:
            chosen: Which solutions each subset holds, shape (solutions, subsets).

        Returns:
            Shape (subsets,).
        """


def solutions_of(tree: Tree, aggregation: str = "last") -> list[Solution]:
    """Return the finished solutions, oldest first, each with the aggregate of its steps' scores.

    A solution whose steps have no score gets 0.
    """
    aggregate = AGGREGATIONS[aggregation]
    found = []
    for node in tree.solutions:
        path = tree.path(node.id)[1:]
        own = path[-node.n_steps :]  # a reply is a solution of its own
        scores = tree.path_scores(node.id)
        found.append(
            Solution(
                node=node.id,
                answer=node.answer,
                score=aggregate(scores) if scores else 0.0,
                text="".join(each.step.text for each in own),
                n_tokens=node.n_tokens,
                path=tuple(each.id for each in path),
                step_scores=tuple(scores),
            )
        )
    return found


def classes_of(solutions: Sequence[Solution], grader: Grader) -> list[list[Solution]]:
    """Group solutions by answer, in order of appearance; those without an answer are left out.

    Equal canonical forms are one class. Equivalence in pairs is not transitive, so a further answer joins
    the first class whose representative, its oldest answer, it is equivalent to.
    """
    by_canonical: dict[str, list[Solution]] = {}
    representatives: list[tuple[Answer, list[Solution]]] = []
    for solution in solutions:
        if solution.answer is None:
            continue
        members = by_canonical.get(solution.answer.canonical)
        if members is None:
            members = _equivalent_class(solution.answer, representatives, grader)
            by_canonical[solution.answer.canonical] = members
        members.append(solution)
    return [members for _, members in representatives]


def conclude(solutions: Sequence[Solution], vote: Vote, grader: Grader) -> Verdict:
    """Let the heaviest class win; ties go to the higher sum of scores, then to the earlier class."""
    classes = [with_shares(members, _kin(vote)) for members in classes_of(solutions, grader)]
    weights = vote.weigh_all(classes)
    tallies = [Tally(_name(m), len(m), float(w)) for m, w in zip(classes, weights, strict=True)]
    sums = [math.fsum(member.score for member in members) for members in classes]
    order = sorted(range(len(classes)), key=lambda i: (-tallies[i].weight, -sums[i], i))
    ranked = tuple(tallies[i] for i in order)
    return Verdict(ranked[0].answer if ranked else None, ranked)


def with_shares(solutions: Sequence[Solution], kin: float) -> Sequence[Solution]:
    """Return the solutions of a class, each with its share of a vote.

    A solution's share is 1 / (1 + kin · Σ s), s being the part of its steps that it has in common with each
    of the others: 1 for one that shares nothing, 1 / n for n twins with `kin` at 1. The shares sum to the
    effective number of votes.
    """
    if not kin:
        return solutions
    through = Counter(node for solution in solutions for node in solution.path)
    return [
        each._replace(share=1 / (1 + kin * sum(through[node] - 1 for node in each.path) / len(each.path)))
        if each.path
        else each
        for each in solutions
    ]


def _kin(vote: Vote) -> float:
    return float(getattr(getattr(vote, "options", None), "kin", 0.0))


def winner(solutions: Sequence[Solution], answer: str | None) -> int | None:
    """Return the node of the best solution with the winning answer; None where no solution has it."""
    agreeing = [each for each in solutions if each.answer and each.answer.text == answer]
    return max(agreeing, key=lambda solution: solution.score).node if agreeing else None


def best_of(solutions: Sequence[Solution], answer: str | None) -> int | None:
    """Return the node of the solution to show: the best one with the winning answer, or the best of all."""
    best = winner(solutions, answer)
    if best is None and solutions:
        best = max(solutions, key=lambda solution: solution.score).node
    return best


def weigher_of_subsets(vote: Vote) -> WeighSubsets:
    """Return how a vote weighs many subsets of one class: in its own way, or else one after the other.

    A vote without `weigh_subsets` is asked once for each subset that is not like another one.
    """
    if isinstance(vote, WeighsSubsets) and not _kin(vote):  # whose shares differ from subset to subset
        return vote.weigh_subsets
    return partial(_weigh_each, vote)


def _weigh_each(vote: Vote, solutions: Sequence[Solution], chosen: Bools) -> Floats:
    first, place = _distinct(chosen)
    subsets = (np.flatnonzero(each).tolist() for each in chosen[:, first].T)
    weights = [
        vote.weigh(with_shares([solutions[i] for i in members], _kin(vote))) if members else 0.0
        for members in subsets
    ]
    return np.array(weights, dtype=np.float64)[place]


def _distinct(columns: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each distinct column stands first, and for every column which of those it is."""
    packed = np.ascontiguousarray(np.packbits(columns, axis=0).T)
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()  # far faster to sort than rows of bytes
    _, first, place = np.unique(whole, return_index=True, return_inverse=True)
    return first, place


def _equivalent_class(
    answer: Answer, representatives: list[tuple[Answer, list[Solution]]], grader: Grader
) -> list[Solution]:
    for representative, members in representatives:
        if grader.equivalent(representative, answer):
            return members
    members = []
    representatives.append((answer, members))
    return members


def _name(members: Sequence[Solution]) -> str:
    answer = members[0].answer
    assert answer is not None, "classes_of leaves out solutions without an answer"
    return answer.text
