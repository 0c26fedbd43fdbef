"""Measures step scores against what the chains came to: ranking, calibration, votes.

All intervals are 95 %. Where problems are averaged or compared, the interval is a bootstrap over problems,
which are what is drawn at random; chains of one problem are not independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....core.statistics import Interval, bootstrap_interval, wilson
from ....core.vote import AGGREGATIONS
from .chains import LabelledChains
from .head import Floats
from .vote_rules import MAJORITY, VOTE_RULES, VoteRule, chain_scores, count

_N_RESAMPLES = 2000
_N_BINS = 10
_N_QUARTERS = 4
_FEWEST_PROBLEMS = 20


class Bin(NamedTuple):
    """Steps whose scores lie in [low, high): the mean score beside how many of their chains end right."""

    low: float
    high: float
    n_steps: int
    predicted: float
    observed: float


class VoteFigure(NamedTuple):
    """What a rule would have found.

    Attributes:
        accuracy: Share of problems.
        gain: Over plain majority, in share of problems, on the same chains.
    """

    rule: VoteRule
    accuracy: Interval
    gain: Interval


class Ranking(NamedTuple):
    """How well scores tell steps of right chains from those of wrong ones, as areas under the ROC curve.

    Attributes:
        all_steps: Every step against every other one; each problem weighs the same.
        final_step: Last steps alone, of all problems.
        quarters: By where in its chain a step ends, the first quarter first; None where all end alike.
        depths: Steps against steps of the same problem at the same depth, averaged over the problems that
        have
            both; the first steps first, as deep as there are 20 such problems.
        within: By aggregation: chains against chains of their own problem, averaged over the problems that
            have both; `last` is the final step within a problem.
    """

    all_steps: float | None
    final_step: float | None
    quarters: tuple[float | None, ...]
    depths: tuple[float, ...]
    within: Mapping[str, Interval | None]


class Calibration(NamedTuple):
    """Whether scores are probabilities.

    Attributes:
        error: Expected calibration error: the mean distance of the bins' two columns, weighed by steps.
        brier: The mean squared distance of a step's score from its chain's outcome (0 or 1).
        brier_of_base_rate: The same for a scorer that always says the share of right chains.
    """

    error: float
    brier: float
    brier_of_base_rate: float
    bins: tuple[Bin, ...]


class Figures(NamedTuple):
    """What a scorer does on recorded chains.

    Attributes:
        pass_at_1: Share of right chains, each problem counting the same.
        pass_at_n: Share of problems with a right chain: no vote can find more.
        majority: Share of problems that plain majority gets right, which sees no scores even in a tie.
    """

    n_problems: int
    n_chains: int
    n_steps: int
    pass_at_1: float
    pass_at_n: Interval
    majority: Interval
    ranking: Ranking
    calibration: Calibration
    votes: tuple[VoteFigure, ...]


def measure(chains: LabelledChains, scores: Floats, *, seed: int = 0) -> Figures:
    """Measure step scores.

    Args:
        scores: (steps,) in [0, 1]; NaN where a step has none.
        seed: Of the bootstrap.
    """
    n_right = np.bincount(chains.problem, weights=chains.right)
    n_chains = np.bincount(chains.problem)
    majority = count(chains, np.full(chains.n_steps, np.nan), MAJORITY)  # ties go by age, not by these scores
    return Figures(
        n_problems=len(chains.questions),
        n_chains=len(chains.problem),
        n_steps=chains.n_steps,
        pass_at_1=float(np.mean(n_right / n_chains)),
        pass_at_n=_share(n_right > 0),
        majority=_share(majority),
        ranking=_ranking(chains, scores, seed),
        calibration=_calibration(chains, scores),
        votes=tuple(_votes(chains, scores, majority, seed)),
    )


def _votes(
    chains: LabelledChains, scores: Floats, majority: NDArray[np.bool_], seed: int
) -> Iterator[VoteFigure]:
    for rule in VOTE_RULES:
        right = count(chains, scores, rule)
        gain = right.astype(float) - majority
        yield VoteFigure(rule, _share(right), _bootstrap(gain, seed))


def _ranking(chains: LabelledChains, scores: Floats, seed: int) -> Ranking:
    known = ~np.isnan(scores)
    is_last = np.append(np.diff(chains.chain) > 0, True)
    quarter = np.ceil(chains.place * _N_QUARTERS) - 1
    step_right, weights = chains.step_right, chains.weights

    def auc(rows: NDArray[np.bool_]) -> float | None:
        return area(step_right[rows & known], scores[rows & known], weights[rows & known])

    return Ranking(
        all_steps=auc(np.ones_like(known)),
        final_step=auc(is_last),
        quarters=tuple(auc(quarter == number) for number in range(_N_QUARTERS)),
        depths=tuple(_by_depth(chains, scores)),
        within={name: _within(chains, chain_scores(chains, scores, name), seed) for name in AGGREGATIONS},
    )


def _by_depth(chains: LabelledChains, scores: Floats) -> Iterator[float]:
    known = ~np.isnan(scores)
    for depth in range(int(chains.depth.max()) + 1):
        rows = known & (chains.depth == depth)
        areas = _areas_within(chains.step_problem[rows], chains.step_right[rows], scores[rows])
        if len(areas) < _FEWEST_PROBLEMS:
            return
        yield float(areas.mean())


def _within(chains: LabelledChains, scores: Floats, seed: int) -> Interval | None:
    areas = _areas_within(chains.problem, chains.right, scores)
    return _bootstrap(areas, seed) if len(areas) else None


def _areas_within(problem: NDArray[np.int64], is_right: NDArray[np.bool_], scores: Floats) -> Floats:
    """Return the area under the ROC curve of each problem that has both right and wrong ones."""
    areas = []
    for number in np.unique(problem):
        of_problem = problem == number
        right, wrong = scores[of_problem & is_right], scores[of_problem & ~is_right]
        if len(right) and len(wrong):
            areas.append(0.5 + 0.5 * np.mean(np.sign(right[:, None] - wrong[None, :])))
    return np.array(areas)


def area(right: NDArray[np.bool_], scores: Floats, weights: Floats | None = None) -> float | None:
    """Return the area under the ROC curve, or None where all outcomes are alike."""
    from sklearn.metrics import roc_auc_score

    if len(np.unique(right)) < 2:
        return None
    return float(roc_auc_score(right, scores, sample_weight=weights))


def _calibration(chains: LabelledChains, scores: Floats) -> Calibration:
    known = ~np.isnan(scores)
    scores, right, weights = scores[known], chains.step_right[known], chains.weights[known]
    bins = tuple(_bins(scores, right))
    gaps = [each.n_steps * abs(each.predicted - each.observed) for each in bins]
    base_rate = np.average(right, weights=weights)
    return Calibration(
        error=sum(gaps) / len(scores),
        brier=float(np.average((scores - right) ** 2, weights=weights)),
        brier_of_base_rate=float(base_rate * (1 - base_rate)),
        bins=bins,
    )


def _bins(scores: Floats, right: NDArray[np.bool_]) -> Iterator[Bin]:
    place = np.minimum((scores * _N_BINS).astype(int), _N_BINS - 1)
    for number in np.unique(place).tolist():
        rows = place == number
        yield Bin(
            number / _N_BINS,
            (number + 1) / _N_BINS,
            int(rows.sum()),
            float(scores[rows].mean()),
            float(right[rows].mean()),
        )


def _share(hits: NDArray[np.bool_]) -> Interval:
    return wilson(int(hits.sum()), len(hits))


def _bootstrap(values: Floats, seed: int) -> Interval:
    return bootstrap_interval(values, seed=seed, n_resamples=_N_RESAMPLES)


def plain(figures: Any) -> Any:
    """Return figures as JSON knows them."""
    if hasattr(figures, "_asdict"):
        return {name: plain(value) for name, value in figures._asdict().items()}
    if isinstance(figures, Mapping):
        return {name: plain(value) for name, value in figures.items()}
    if isinstance(figures, Sequence) and not isinstance(figures, str):
        return [plain(value) for value in figures]
    return round(figures, 4) if isinstance(figures, float) else figures
