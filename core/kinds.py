"""The kinds of plugin, as base classes whose attributes say what a plugin needs and what it can do.

A plugin derives from one of these and registers its class with a hook of `hookspecs`. Every class has a
`name` and a model of its `Options`; it is made by calling it with those options first, so that a stored name
and its options rebuild it:

    Strategy(options, rng)   Policy(options[, model])   Scorer(options, policy[, model])
    Grader(options)          Vote(options)

What stands in brackets is given to a class that says so: `takes_model` (a `models.ModelFile`, found and
fetched before) or, for a policy, `takes_address` (the text of `--model` as it was given).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .options import Field, Options
from .records import Answer, Expansion, ModelInfo, Problem, Prompt, Solution
from .requests import Booking, Proposal, ProposeRequest, ScoreRequest, Scores
from .tree import Tree


class Left(NamedTuple):
    """What was left of a search's budget when its last round was settled; None is no limit.

    Seconds are not among them: a strategy that looked at a clock could not be replayed.
    """

    samples: int | None = None
    tokens: int | None = None
    flops: float | None = None


class Strategy(ABC):
    """Decides which nodes to expand. Sans-IO and seeded: it never calls a model.

    One object serves one search, so it may keep what it likes between two calls of `select`; all of it must
    follow from the tree and from `rng`, or its traces cannot be replayed. `select` is asked whenever a round
    is settled, and, while fewer than `max_rounds_in_flight` rounds are under way, before that too. No
    expansions mean "nothing now", which stands until a round is settled; with nothing under way, it ends the
    search. The tree never holds nodes that still wait for their scores; one without a score has none to come.
    An `Expansion` may carry its own sampling, what the user says next, and what the children begin with.
    Options with a field `reliability` are told that of the scorer that leads, where the user gives none.

    Attributes:
        name: How users call it.
        vote: The vote that its paper uses; users may choose another.
        temperature: The sampling temperature that it cannot do without; None leaves it to the model.
        max_rounds_in_flight: How many rounds may be under way at once.
        is_independent: Whether its solutions are chains that are asked for at once and know nothing of each
            other: then a run with fewer of them is a part of one with more.
        is_done: Set by `select` to end the search at once: what is under way is cut.
        rng: Its random numbers, from the run's seed and the problem.
        left: What is left of the budget; set before each call of `select`.
    """

    name: str
    vote: ClassVar[str] = "majority"
    temperature: ClassVar[float | None] = None
    max_rounds_in_flight: int = 1
    is_independent: ClassVar[bool] = False
    is_done: bool = False
    Options: ClassVar[type[Options]] = Options
    left: Left = Left()

    def __init__(self, options: Any, rng: np.random.Generator) -> None:
        self.options = options
        self.rng = rng

    @classmethod
    def sized(cls, n_samples: int) -> Mapping[str, Any] | None:
        """Return the options by which it looks for about so many solutions; None if it cannot."""
        return {"width": n_samples} if "width" in cls.Options.model_fields else None

    @abstractmethod
    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Choose the nodes to expand next, and how wide."""


class Policy(ABC):
    """Proposes steps. It works on many requests of many searches at once.

    Attributes:
        name: How users call it.
        info: What the books and the store keep of its model.
        takes_model: Made with a second argument, the `ModelFile` that `--model` names.
        takes_address: Made with a second argument, the text of `--model`: a server's name for a model, a URL.
            Empty where none was given. A policy that takes neither refuses `--model`.
        takes_turns: Lets the user speak again: it answers requests that have `says`.
        takes_beginnings: Lets a step begin with a given text: it answers requests that have `begins`.
    """

    name: str
    info: ModelInfo
    Options: ClassVar[type[Options]] = Options
    takes_model: ClassVar[bool] = False
    takes_address: ClassVar[bool] = False
    takes_turns: bool = False
    takes_beginnings: bool = False

    @property
    def counters(self) -> Any:
        """What its engine has done so far, for those who measure; None where nobody counts."""
        return None

    @abstractmethod
    def render(self, problem: Problem) -> Prompt:
        """Show a problem as the model shall see it.

        Raises:
            ContextError: If it leaves no room for an answer.
        """

    @abstractmethod
    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking]:
        """Take new requests, work for one tick (one decode), and return what has been finished.

        What was spent is told with each proposal, or by a `Booking` as soon as it is known; a `Meter` keeps
        these books and the allowance.
        """

    def cut(self, search: int) -> None:  # noqa: B027 - one that answers at once has nothing under way
        """Generate nothing more for a search: its children come back with the steps that they have."""

    def release(self, search: int) -> None:  # noqa: B027
        """Forget a search that has finished."""

    def close(self) -> None:  # noqa: B027
        """Free the model."""


class Scorer(ABC):
    """Scores steps in [0, 1].

    Methods that are marked with `hookimpl` hear of the search as an observer's do: `search_finished` is
    the place to free what belongs to a search.

    Attributes:
        name: How users call it.
        options: As the scorer resolved them; they go to the trace.
        takes_model: Made with a third argument, the `ModelFile` of its option `model`.
        wants_hidden: Every new step comes with the policy's hidden state (those before it may not, in a
            search that was resumed).
        reliability: How well it tells steps that end right from those that end wrong, among steps of one
            problem at one depth: areas under the ROC curve in [0, 1], those of first steps first; the last
            one holds for all deeper steps. Empty where nobody measured it.
    """

    name: str
    options: Any
    reliability: Sequence[float] = ()
    Options: ClassVar[type[Options]] = Options
    takes_model: ClassVar[bool] = False
    wants_hidden: ClassVar[bool] = False

    @classmethod
    def suits(cls, policy: Policy) -> bool:
        """Whether it is the better default for this policy; asked where the user names no scorer."""
        return False

    @abstractmethod
    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        """Take new requests, work for one tick, and return what has been finished."""

    def cut(self, search: int) -> None:  # noqa: B027 - one that answers at once has nothing under way
        """Compute nothing more for a search: what waits is answered with the scores that there are."""

    def close(self) -> None:  # noqa: B027
        """Free what it holds."""


class Grader(ABC):
    """Reads answers and compares them."""

    name: str
    Options: ClassVar[type[Options]] = Options

    @abstractmethod
    def extract(self, text: str) -> Answer | None:
        """Read the answer out of a solution; None where there is none."""

    @abstractmethod
    def reference(self, text: str) -> Answer | None:
        """Read a text that is an answer and nothing else, or a reference solution."""

    @abstractmethod
    def equivalent(self, one: Answer, other: Answer) -> bool:
        """Decide whether two answers mean the same."""

    def close(self) -> None:  # noqa: B027
        """Free what it holds."""


class VoteOptions(Options):
    """What every vote can do."""

    kin: float = Field(
        0.0,
        ge=0,
        le=1,
        description="How far solutions with the same answer and a common beginning are discounted: 0 not at "
        "all, 1 so that twins count as one.",
    )


class Vote(ABC):
    """Makes one answer of many solutions: the heaviest class of equivalent answers wins.

    Each solution has a `share` of a vote, which is 1 unless kin are discounted.

    Attributes:
        name: How users call it.
        weighs_below_0: Whether a class may weigh less than nothing, as log-odds do.
    """

    name: str
    Options: ClassVar[type[Options]] = VoteOptions
    weighs_below_0: ClassVar[bool] = False

    def __init__(self, options: Any = None) -> None:
        self.options = options or self.Options()

    @abstractmethod
    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the weight of one class of equivalent solutions."""

    def weigh_all(self, classes: Sequence[Sequence[Solution]]) -> Sequence[float]:
        """Return the weight of each class, for a vote that sets them against each other."""
        return [self.weigh(solutions) for solutions in classes]
