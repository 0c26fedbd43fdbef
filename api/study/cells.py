"""One way of solving a data set, with what it came to and what it took, problem by problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.statistics import Interval, accuracy_interval

Floats = NDArray[np.float64]
Problems = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Cell:
    """One way of solving a data set. Arrays have one value for each problem, shape (problems,).

    Attributes:
        plugin: The strategy's name alone; `strategy` has its options too.
        scorer: Whose scores lead it or weigh its votes; empty where none counts.
        n: Solutions that it looks for.
        is_implied: Whether it was taken from searches that were made for something larger.
        problems: What they are called.
        chance: Probability that the answer is right, in [0, 1].
        covers: Probability that any solution is right (pass@n), in [0, 1]: what an oracle would come to.
        random: Probability that a solution taken at random is right, in [0, 1].
        tokens: Generated tokens.
        policy, scorer_flops, paper: FLOPs of the policy, of scorers with models of their own, and as Wu et
            al. 2024 count.
        answers: Distinct answers among the solutions.
        beginnings: Distinct first steps that the solutions go back to.
        seconds: Wall-clock seconds on the machine that recorded it, as many searches going on together as
            did then.
        n_searches: Recorded searches that it rests on.
        settings: Fields of the run's specification, for whoever wants to search in this way.
    """

    dataset: str
    model: str
    plugin: str
    strategy: str
    scorer: str
    vote: str
    n: int
    is_implied: bool
    problems: Problems
    chance: Floats
    covers: Floats
    random: Floats
    tokens: Floats
    policy: Floats
    scorer_flops: Floats
    paper: Floats
    answers: Floats
    beginnings: Floats
    seconds: Floats
    n_searches: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called before a person."""
        scorer = f" ({self.scorer})" if self.scorer else ""
        return f"{self.model} {self.strategy}{scorer} n={self.n}"

    @property
    def series(self) -> tuple[str, str, str, str]:
        """What all cells share that differ in the number of samples alone."""
        return self.dataset, self.model, self.strategy, self.scorer

    @cached_property
    def accuracy(self) -> Interval:
        """The share of problems whose answer is right, with its 95 % interval."""
        return accuracy_interval(self.chance)

    @cached_property
    def flops(self) -> float:
        """Mean FLOPs of policy and scorers for a problem."""
        return float((self.policy + self.scorer_flops).mean())

    @cached_property
    def paper_flops(self) -> float:
        """Mean FLOPs for a problem as Wu et al. 2024 count."""
        return float(self.paper.mean())

    @cached_property
    def mean_seconds(self) -> float:
        """Mean seconds for a problem."""
        return float(self.seconds.mean())

    @property
    def tokens_per_s(self) -> float:
        """Generated tokens a second, of all searches that went on together."""
        seconds = float(self.seconds.sum())
        return float(self.tokens.sum()) / seconds if seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return its figures as one flat row of a table."""
        low, accuracy, high = self.accuracy
        return {
            "dataset": self.dataset,
            "model": self.model,
            "strategy": self.strategy,
            "scorer": self.scorer,
            "vote": self.vote,
            "n": self.n,
            "implied": self.is_implied,
            "problems": len(self.problems),
            "searches": self.n_searches,
            "accuracy": accuracy,
            "accuracy_low": low,
            "accuracy_high": high,
            "pass_at_n": float(self.covers.mean()),
            "random_choice": float(self.random.mean()),
            "tokens": float(self.tokens.mean()),
            "flops_policy": float(self.policy.mean()),
            "flops_scorer": float(self.scorer_flops.mean()),
            "flops_paper": self.paper_flops,
            "seconds": self.mean_seconds,
            "tokens_per_s": self.tokens_per_s,
            "distinct_answers": float(self.answers.mean()),
            "distinct_beginnings": float(self.beginnings.mean()),
        }


@dataclass(frozen=True, slots=True)
class Limit:
    """What a vote comes to with endless samples, estimated from `n_chains` of each problem."""

    dataset: str
    model: str
    strategy: str
    scorer: str
    n_chains: int
    accuracy: Interval
