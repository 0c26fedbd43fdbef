"""What a plugin is, by kind.

A plugin author implements one of these and registers the class with a hook of `hookspecs`. Every class has
a `name` and a model of its `Options`; it is made by calling it with those options first, so that a stored
name and its options rebuild it:

    Strategy(options, rng)  Policy(options, model)  Scorer(options, policy)  Grader(options)  Vote(options)

`model` is a `models.ModelFile`; `policy` is the run's policy, for scorers that share its engine. A scorer
with a model of its own has `takes_model = True` and an option `model`, a name of the catalog or a path; it is
made by `Scorer(options, policy, model)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from .options import Options
from .records import (
    Answer,
    Expansion,
    ModelInfo,
    Problem,
    Prompt,
    Proposal,
    ProposeRequest,
    ScoreRequest,
    Scores,
    Solution,
)
from .tree import Tree


class Strategy(ABC):
    """Decides which nodes to expand. Sans-IO and seeded: it never calls a model.

    One object serves one search. `select` is asked whenever a round has been scored, and, while fewer than
    `max_rounds_in_flight` rounds are under way, before that too. No expansions mean "nothing now", which
    stands until a round has ended; with nothing under way, it ends the search. The tree never holds nodes
    that still wait for their scores; one without a score has none to come.

    Attributes:
        name: How users call it.
        vote: The vote that its paper uses; users may choose another.
        temperature: The sampling temperature that it cannot do without; None leaves it to the model.
        max_rounds_in_flight: How many rounds may be under way at once.
    """

    name: ClassVar[str]
    vote: ClassVar[str] = "majority"
    temperature: ClassVar[float | None] = None
    max_rounds_in_flight: ClassVar[int] = 1
    Options: ClassVar[type[Options]] = Options

    def __init__(self, options: Any, rng: np.random.Generator) -> None:
        self.options = options
        self.rng = rng

    @abstractmethod
    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Choose the nodes to expand next, and how wide."""


class Policy(Protocol):
    """Proposes steps. It works on many requests of many searches at once."""

    name: str
    info: ModelInfo

    def render(self, problem: Problem) -> Prompt:
        """Show a problem as the model shall see it.

        Raises:
            ContextError: If it leaves no room for an answer.
        """

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Take new requests, work for one moment (one decode), and return what has been finished."""

    def release(self, search: int) -> None:
        """Forget a search that has ended."""

    def close(self) -> None:
        """Free the model."""


class Scorer(Protocol):
    """Scores steps in [0, 1].

    Methods that are marked with `hookimpl` hear of the search as an observer's do: `search_finished` is
    the place to free what belongs to a search. Four things are optional: with `wants_hidden = True` every
    new step comes with the policy's hidden state (those before it may not, in a search that was resumed);
    with `takes_model = True` the scorer is made with a second `ModelFile`, that of its option `model`; a
    class method `suits(policy)` that returns True makes it the default scorer of that policy; `options`,
    as the scorer resolved them, go to the trace.
    """

    name: str

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Take new requests, work for one moment, and return what has been finished."""

    def close(self) -> None:
        """Free what it holds."""


class Grader(Protocol):
    """Reads answers and compares them."""

    name: str

    def extract(self, text: str) -> Answer | None:
        """Read the answer out of a solution; None where there is none."""

    def reference(self, text: str) -> Answer | None:
        """Read a text that is an answer and nothing else, or a reference solution."""

    def equivalent(self, one: Answer, other: Answer) -> bool:
        """Decide whether two answers mean the same."""

    def close(self) -> None:
        """Free what it holds."""


class Vote(Protocol):
    """Makes one answer of many solutions: the heaviest class of equivalent answers wins.

    One thing is optional: with `weigh_subsets` (`vote.WeighsSubsets`) its curves take less time; without it
    `weigh` is asked for one subset of solutions after the other.
    """

    name: str

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the weight of one class of equivalent solutions."""
