"""Plays searches with scripted doubles, and watches what the strategy does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..kinds import Policy, Scorer, Strategy
from ..records import Budget, Expansion, Limits, Outcome, Problem, Sampling
from ..run import Run
from ..search import Search
from ..tree import Tree
from .doubles import CountingVote, PlainGrader, Reasoner, StepScorer
from .expecting import ContractError

LIMITS = Limits(max_tokens=60, max_step_tokens=8, max_depth=8)
_WIDEST = 100_000


class Watched(Strategy):
    """Passes everything on to a strategy, and notes its selections and whether it changed the tree."""

    def __init__(self, strategy: Strategy, setting: Setting) -> None:
        self._strategy = strategy
        self._setting = setting
        self.name = strategy.name
        self.max_rounds_in_flight = strategy.max_rounds_in_flight
        self.selections: list[tuple[Expansion, ...]] = []
        self.complaints: list[str] = []
        self.changes: list[str] = []
        self.n_ended: list[int] = []

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Ask the strategy."""
        before = _fingerprint(tree) if self._setting.compares_trees else []
        self.n_ended.append(tree.n_ended)
        selected = tuple(self._strategy.select(tree) or ())
        self.is_done = self._strategy.is_done
        self.complaints += [said for each in selected if (said := complaint(tree, each))]
        if self._setting.compares_trees and _fingerprint(tree) != before:
            self.changes.append(f"round {len(self.selections) + 1}")
        if selected:
            self.selections.append(selected)
        self._stop_runaways(selected)
        return selected

    def _stop_runaways(self, selected: Sequence[Expansion]) -> None:
        if len(self.selections) > self._setting.max_rounds:
            raise ContractError(
                f"strategy '{self.name}' goes on after {self._setting.max_rounds} rounds; if it is meant to "
                "run until its budget is spent, give its contract a budget"
            )
        if sum(each.width for each in selected) > _WIDEST:
            raise ContractError(f"strategy '{self.name}' asked for more than {_WIDEST} children in one round")


def complaint(tree: Tree, expansion: Any) -> str:
    """Say what is wrong with an expansion; empty if nothing is."""
    if not isinstance(expansion, Expansion):
        return f"an Expansion is wanted, and {expansion!r} came"
    node, width, until = expansion[:3]
    if type(node) is not int or node not in tree:
        return f"{expansion} names a node that is not in the tree"
    if not isinstance(expansion.says, str) or not isinstance(expansion.begins, str):
        return f"{expansion} needs text in 'says' and 'begins'"
    if not tree[node].takes(expansion.says):
        return f"{expansion} names a node that is finished ({tree[node].end})"
    if type(width) is not int or width < 1:
        return f"{expansion} needs a width of 1 or more, as an int"
    if not isinstance(expansion.sampling, Sampling | None):
        return f"{expansion} needs a Sampling, or None"
    return "" if until in ("step", "end") else f"{expansion} needs until='step' or 'end'"


def _fingerprint(tree: Tree) -> list[tuple[Any, ...]]:
    return [(node.parent, node.step, node.end, node.answer, *sorted(node.scores.items())) for node in tree]


@dataclass(frozen=True, slots=True)
class Played:
    """A search that was played to its end."""

    search: Search
    outcome: Outcome
    watched: Watched
    setting: Setting

    @property
    def tree(self) -> Tree:
        """The tree of the search."""
        return self.search.tree

    @property
    def selections(self) -> list[tuple[Expansion, ...]]:
        """What the strategy asked for, round by round."""
        return self.watched.selections


@dataclass(frozen=True, slots=True)
class Setting:
    """What a search is played with.

    Attributes:
        index: The problem's; problems of one seed and several indices have different trees.
        compares_trees: Whether the tree is compared before and after each selection, which takes time.
    """

    seed: int = 0
    index: int = 0
    policy: Policy = field(default_factory=Reasoner)
    scorer: Scorer | None = field(default_factory=StepScorer)
    budget: Budget = field(default_factory=Budget)
    limits: Limits = LIMITS
    max_rounds: int = 1_000
    compares_trees: bool = False


def play(strategy: Callable[[int], Strategy], setting: Setting | None = None) -> Played:
    """Play one search.

    Args:
        strategy: Makes the strategy from a seed.

    Raises:
        ContractError: If the search fails, with the reason.
    """
    (played,) = play_together(strategy, [setting or Setting()])
    return played


def play_together(strategy: Callable[[int], Strategy], settings: Sequence[Setting]) -> list[Played]:
    """Play several searches in one run, over the first one's policy and scorer."""
    first = settings[0]
    scorers = [first.scorer] if first.scorer else []
    run = Run(first.policy, grader=PlainGrader(), vote=CountingVote(), scorers=scorers)
    watched = [Watched(strategy(each.seed), each) for each in settings]
    searches = [_search(i, settings[i], watched[i]) for i in range(len(settings))]
    finished = {done.search.number: done for done in run.searches(searches)}
    for search in searches:
        if search.error is not None:
            cause = search.error.__cause__
            said = cause if isinstance(cause, ContractError) else f"the search failed: {search.error}"
            raise ContractError(str(said)) from search.error
    return [Played(searches[i], finished[i].outcome, watched[i], settings[i]) for i in range(len(settings))]


def _search(number: int, setting: Setting, watched: Watched) -> Search:
    return Search(
        Problem("What is it, in steps?", "2", setting.index),
        watched,
        number=number,
        seed=setting.seed,
        scorer=setting.scorer.name if setting.scorer else "",
        budget=setting.budget,
        limits=setting.limits,
        sampling=Sampling(),
    )
