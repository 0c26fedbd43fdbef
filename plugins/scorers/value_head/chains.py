"""Sampled chains as arrays: what a head is trained on and measured with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....core import Answer, End, Grader, Node, Problem, Solution, Tree
from ....core.vote import classes_of
from .head import Reads

NO_ANSWER = -1
_UNKNOWN_OUTCOME = (End.CUT, End.FAILED)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledChains:
    """Independent chains of several problems. Steps stand in the order of their chains, oldest first.

    Attributes:
        states: (steps, width), hidden states at the steps' ends; steps without one are left out.
        scores: (steps,) by scorer, what other scorers said of the same steps; NaN where they said nothing.
        chain: (steps,), the chain that each step belongs to.
        problem: (chains,), the problem that each chain belongs to.
        right: (chains,), whether its answer is equivalent to the gold one; a chain without one is wrong.
        answer: (chains,), its class of equivalent answers within its problem, by age; -1 without one.
        questions: (problems,), their texts.
    """

    states: NDArray[np.float32]
    scores: Mapping[str, NDArray[np.float64]]
    chain: NDArray[np.int64]
    problem: NDArray[np.int64]
    right: NDArray[np.bool_]
    answer: NDArray[np.int64]
    questions: tuple[str, ...]

    @property
    def n_steps(self) -> int:
        """How many steps have a hidden state."""
        return len(self.chain)

    @property
    def step_problem(self) -> NDArray[np.int64]:
        """(steps,), the problem that each step belongs to."""
        return self.problem[self.chain]

    @property
    def step_right(self) -> NDArray[np.bool_]:
        """(steps,), whether the step's chain ends right."""
        return self.right[self.chain]

    @property
    def weights(self) -> NDArray[np.float64]:
        """(steps,): problems weigh 1 each, divided evenly by their chains, and those by their steps."""
        steps = np.bincount(self.chain, minlength=len(self.problem))
        chains = np.bincount(self.problem[steps > 0], minlength=len(self.questions))
        result: NDArray[np.float64] = 1.0 / (steps[self.chain] * chains[self.step_problem])
        return result

    @property
    def place(self) -> NDArray[np.float64]:
        """(steps,), where in its chain each step ends, in (0, 1]; the last one at 1."""
        steps = np.bincount(self.chain, minlength=len(self.problem))
        result: NDArray[np.float64] = (self.depth + 1) / steps[self.chain]
        return result

    @property
    def depth(self) -> NDArray[np.int64]:
        """(steps,), how many steps of its chain come before each."""
        steps = np.bincount(self.chain, minlength=len(self.problem))
        first = np.cumsum(steps) - steps
        result: NDArray[np.int64] = np.arange(self.n_steps) - first[self.chain]
        return result

    def of_problems(self, problems: NDArray[np.int64]) -> LabelledChains:
        """Return the chains of some problems alone, given by their places in rising order."""
        kept = np.isin(self.problem, problems)
        steps = kept[self.chain]
        return LabelledChains(
            states=self.states[steps],
            scores={name: scores[steps] for name, scores in self.scores.items()},
            chain=(np.cumsum(kept) - 1)[self.chain[steps]],
            problem=np.searchsorted(problems, self.problem[kept]),
            right=self.right[kept],
            answer=self.answer[kept],
            questions=tuple(self.questions[place] for place in problems),
        )


def read(states: NDArray[np.float32], chain: NDArray[np.int64], reads: Reads) -> NDArray[np.float32]:
    """Return what a head reads at each step's end.

    Args:
        states: (steps, width), in the order of their chains.
        chain: (steps,), the chain of each.
        reads: `step` takes the states as they are, `path` the mean of a chain's states up to each step.
    """
    if reads == "step":
        return states
    first = np.flatnonzero(np.append(True, np.diff(chain) != 0))
    n_steps = np.diff(np.append(first, len(chain)))
    place = np.arange(len(chain)) - np.repeat(first, n_steps)
    sums = np.cumsum(states, axis=0, dtype=np.float64)
    before = np.repeat(sums[first] - states[first], n_steps, axis=0)
    means: NDArray[np.float32] = ((sums - before) / (place + 1)[:, None]).astype(np.float32)
    return means


class Solved(NamedTuple):
    """A problem with its gold answer, and a tree that was searched for it."""

    problem: Problem
    tree: Tree


def is_usable(solved: Solved, *, needs_states: bool = True) -> bool:
    """Whether a tree is one of independent chains with hidden states, and its outcomes can be known.

    Args:
        needs_states: Whether hidden states are wanted at all.
    """
    tree = solved.tree
    return (
        solved.problem.gold is not None
        and all(tree.n_children(node.id) <= 1 and not node.step.n_given for node in tree if node.id)
        and (not needs_states or any(node.step.hidden is not None for node in tree))
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """One chain as it was found.

    Attributes:
        states: (steps, width).
        scores: What other scorers said, by step.
    """

    problem: int
    states: NDArray[np.float32]
    scores: Sequence[Mapping[str, float]]
    answer: Answer | None


def gather(solved: Iterable[Solved], grader: Grader) -> LabelledChains:
    """Turn usable trees into arrays; trees of one question are one problem.

    Chains that were cut or failed are left out, since nobody knows how they would have ended.

    Args:
        grader: Decides which chains are right, and which answers are equivalent.

    Raises:
        ValueError: If there is none.
    """
    problems: dict[str, Problem] = {}
    numbers: dict[str, int] = {}
    found: list[_Chain] = []
    for problem, tree in solved:
        problems.setdefault(problem.text, problem)
        number = numbers.setdefault(problem.text, len(numbers))
        leaves = [leaf for leaf in tree.ended if leaf.end not in _UNKNOWN_OUTCOME]
        found += [_chain(number, tree.path(leaf.id)[1:]) for leaf in leaves]
    return _arrays(sorted(found, key=lambda chain: chain.problem), list(problems.values()), grader)


def _chain(problem: int, path: Sequence[Node]) -> _Chain:
    known = [(node.step.hidden, node.scores) for node in path if node.step.hidden is not None]
    states = np.array([hidden for hidden, _ in known], dtype=np.float32)
    return _Chain(problem, states, [scores for _, scores in known], path[-1].answer)


def _arrays(found: Sequence[_Chain], problems: Sequence[Problem], grader: Grader) -> LabelledChains:
    if not any(len(chain.states) for chain in found):
        raise ValueError("there is no chain with a hidden state and a known outcome")
    classes, right = _grade(found, problems, grader)
    steps = [scores for chain in found for scores in chain.scores]
    scorers = sorted({scorer for scores in steps for scorer in scores})
    return LabelledChains(
        states=np.concatenate([chain.states for chain in found if len(chain.states)]),
        scores={name: np.array([scores.get(name, np.nan) for scores in steps]) for name in scorers},
        chain=np.repeat(np.arange(len(found)), [len(chain.states) for chain in found]),
        problem=np.array([chain.problem for chain in found]),
        right=right,
        answer=classes,
        questions=tuple(problem.text for problem in problems),
    )


def _grade(
    found: Sequence[_Chain], problems: Sequence[Problem], grader: Grader
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return each chain's class of equivalent answers, and whether its class is right, as a vote sees it."""
    classes = np.full(len(found), NO_ANSWER)
    right = np.zeros(len(found), dtype=bool)
    for number, problem in enumerate(problems):
        members = [i for i, chain in enumerate(found) if chain.problem == number]
        gold = grader.reference(problem.gold or "")
        solutions = [Solution(i, found[i].answer, 0.0) for i in members]
        for place, group in enumerate(classes_of(solutions, grader)):
            answer, nodes = group[0].answer, [solution.node for solution in group]
            classes[nodes] = place
            right[nodes] = gold is not None and answer is not None and grader.equivalent(gold, answer)
    return classes, right
