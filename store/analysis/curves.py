"""How often a vote over n samples is right, from more samples than n: the mean over their subsets.

A run with m chains of a problem holds C(m, n) runs with n chains. The mean over all of them, or over many
random ones, is an unbiased estimate of what a run with n chains would give, with far less variance than one
such run: it is a U-statistic (Hoeffding 1948, Ann. Math. Stat. 19:293-325), as pass@k is (Chen et al. 2021,
arXiv 2107.03374, section 2.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ...core.attribution import attributing, plain_name
from ...core.kinds import Vote
from ...core.records import Solution
from ...core.statistics import Interval, mean_interval
from ...core.vote import weigher_of_subsets

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_ROUND_OFF = 1e-9  # sums of the same scores in another order are equal


@dataclass(frozen=True, slots=True)
class ProblemChains:
    """The m chains that were sampled of one problem, oldest first.

    Attributes:
        solutions: What a vote sees of each chain; None for one that brought no solution.
        classes: The class of equivalent answers that each chain's answer belongs to, from 0; -1 for a chain
            without an answer. Shape (m,).
        right: Whether the answer of each class is right, shape (number of classes,).
        n_tokens: Mean number of tokens of a chain.
    """

    solutions: tuple[Solution | None, ...]
    classes: NDArray[np.int64]
    right: Bools
    n_tokens: float = 0.0

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def scores(self) -> Floats:
        """The solutions' scores in [0, 1], shape (m,); 0 where there is none."""
        return np.array([0.0 if each is None else each.score for each in self.solutions], dtype=np.float64)

    def solutions_at(self, chains: NDArray[np.int64]) -> list[Solution]:
        """Return the solutions of some chains that have one."""
        return [each for each in (self.solutions[chain] for chain in chains) if each is not None]


@dataclass(frozen=True, slots=True)
class Point:
    """Accuracy over all problems with n chains each, by vote; `pass` is right if any of the n chains is.

    Attributes:
        tokens: Mean number of tokens of n chains.
    """

    n: int
    accuracy: Mapping[str, Interval]
    tokens: float


def curve(
    problems: Sequence[ProblemChains], votes: Mapping[str, Vote], *, n_subsets: int, seed: int
) -> Iterator[Point]:
    """Yield a point for every n up to the fewest chains of a problem.

    Args:
        problems: At least one.
        votes: By name.
        n_subsets: How many random subsets are drawn of each problem's chains where there are more.

    Raises:
        ReasonError: If a vote raises, naming it.
    """
    n_tokens = math.fsum(chains.n_tokens for chains in problems) / len(problems)
    for n in range(1, min(map(len, problems)) + 1):
        rng = np.random.default_rng([seed, n])
        chosen = (subsets(len(chains), n, n_subsets, rng) for chains in problems)
        chances = [chances_of(*each, votes) for each in zip(problems, chosen, strict=True)]
        n_disjoint = sum(len(chains) / n for chains in problems)
        accuracy = {
            vote: mean_interval([each[vote] for each in chances], n_disjoint) for vote in (*votes, "pass")
        }
        yield Point(n, accuracy, n * n_tokens)


def chances_of(chains: ProblemChains, chosen: Bools, votes: Mapping[str, Vote]) -> dict[str, float]:
    """Return for each vote the probability that it is right over n of the chains, in [0, 1].

    Args:
        chosen: Subsets of n chains, shape (m, subsets).
    """
    n = int(chosen[:, 0].sum())
    right = np.append(chains.right, False)  # the class -1 is never right
    found = {vote: float(right[won].mean()) for vote, won in winners(chains, chosen, votes).items()}
    n_wrong = len(chains) - int(right[chains.classes].sum())
    return found | {"pass": 1 - math.comb(n_wrong, n) / math.comb(len(chains), n)}


def subsets(m: int, n: int, n_most: int, rng: np.random.Generator) -> Bools:
    """Return all subsets of n of m things, or `n_most` random ones where there are more.

    Returns:
        Which things each subset holds, shape (m, number of subsets).
    """
    if math.comb(m, n) <= n_most:
        return _all_subsets(m, n)
    return _holding(m, rng.random((m, n_most)).argsort(axis=0)[:n])


@lru_cache(maxsize=64)
def _all_subsets(m: int, n: int) -> Bools:
    return _holding(m, np.array(list(combinations(range(m), n)), dtype=np.int64).T)


def _holding(m: int, members: NDArray[np.int64]) -> Bools:
    chosen = np.zeros((m, members.shape[1]), dtype=np.bool_)
    np.put_along_axis(chosen, members, True, axis=0)
    return chosen


def winners(chains: ProblemChains, chosen: Bools, votes: Mapping[str, Vote]) -> dict[str, NDArray[np.int64]]:
    """Return for each vote which class wins it over each subset; -1 where no chain has an answer.

    Ties go to the higher sum of scores, then to the earlier class, as in `vote.conclude`; sums that differ by
    round-off alone are tied.

    Args:
        chosen: Shape (m, subsets).

    Raises:
        ReasonError: If a vote raises, naming it.
    """
    of_class = np.arange(len(chains.right))[:, None] == chains.classes  # (classes, m)
    ones = chosen.astype(np.float64)
    counts = of_class.astype(np.float64) @ ones  # (classes, subsets), as all that follow
    sums = (of_class * chains.scores) @ ones
    members = {number: np.flatnonzero(each) for number, each in enumerate(of_class) if each.any()}
    classes = [(number, chains.solutions_at(each), chosen[each]) for number, each in members.items()]
    found = {}
    for name, vote in votes.items():
        weigh, weights = weigher_of_subsets(vote), np.zeros_like(counts)
        with attributing(plain_name("vote", name)):
            for number, solutions, within in classes:
                weights[number] = weigh(solutions, within)
        found[name] = _earliest(chains, chosen, _highest(sums, _highest(weights, counts > 0)))
    return found


def _highest(weights: Floats, among: Bools) -> Bools:
    """Return which classes have the highest weight among some, in each subset."""
    found = np.where(among, weights, -np.inf)
    top = found.max(axis=0, initial=-np.inf)
    highest: Bools = among & (found >= top - _ROUND_OFF)
    return highest


def _earliest(chains: ProblemChains, chosen: Bools, tied: Bools) -> NDArray[np.int64]:
    """Return the class of the oldest chain in each subset whose class is among those that are tied."""
    may_win = np.vstack([tied, np.zeros((1, tied.shape[1]), dtype=np.bool_)])  # the last one is class -1
    voters = chosen & may_win[chains.classes]
    return np.where(voters.any(axis=0), chains.classes[voters.argmax(axis=0)], -1)
