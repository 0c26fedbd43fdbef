"""A recorded search that is played again, round by round, in the order in which its rounds ended.

A strategy sees nothing but its tree, and the tree changes only when a round ends. So it goes the same way
again if every round ends after the same number of calls of `select` as it did then, whatever the clock says:
that number, and the order in which nodes were added, is all that a trace needs to keep of time.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import ReplayError
from ..kinds import Strategy
from ..ledger import DONE
from ..records import Budget, Expansion, Prompt, Step, Usage
from ..requests import Proposal, ProposeRequest
from ..search import Round, Search
from ..trace import Trace
from ..tree import ROOT, Node, Tree
from .difference import Difference, DifferenceError

_BY_ITSELF = (DONE, "samples")  # the reasons to stop that follow from the tree


class Replayed(Search):
    """A search that begins where a recorded one began.

    Args:
        scorer: The scorer whose scores lead it.
        budget: What it may spend; nothing limits it if not given.
    """

    def __init__(
        self,
        trace: Trace,
        strategy: Strategy,
        *,
        scorer: str,
        seed: int | None = None,
        budget: Budget | None = None,
        wants_hidden: bool = False,
    ) -> None:
        record = trace.record
        super().__init__(
            trace.problem,
            strategy,
            number=trace.number,
            seed=record.spec.seed if seed is None else seed,
            scorer=scorer,
            budget=budget,
            limits=record.spec.limits,
            sampling=record.sampling,
            wants_hidden=wants_hidden,
        )
        self.trace = trace

    def plant(self, prompt: Prompt) -> None:
        """Give the tree the recorded root.

        Raises:
            ReplayError: If a model is to go on and shows the problem in another way.
        """
        recorded = self.trace.prompt
        if prompt not in (recorded, Prompt("")):
            model = self.trace.record.model.name
            raise ReplayError(
                f"The model would show the problem of trace {self.trace.id} with another prompt.",
                hint=f"Go on with the model that it was recorded with, '{model}'.",
            )
        self.prompt = recorded
        root = Step(recorded.text, recorded.tokens)
        self.tree = Tree(root, seed=self.trace.tree.root.seed, scorer=self.scorer)


class Playback(Replayed):
    """The same search again: it asks for what was recorded, and gets it when it got it then.

    Args:
        goes_on: Whether it goes on where its record ends; otherwise it ends there too.

    Attributes:
        difference: The first thing that is not as recorded, once it is known.
    """

    def __init__(
        self,
        trace: Trace,
        strategy: Strategy,
        *,
        wants_hidden: bool = False,
        goes_on: bool = False,
    ) -> None:
        spec = trace.record.spec
        # A replay ends where its record does; of the budgets, samples alone narrow what is asked for.
        ends = spec.budget if goes_on else Budget(samples=spec.budget.samples)
        super().__init__(trace, strategy, scorer=spec.scorer, budget=ends, wants_hidden=wants_hidden)
        self.budget = spec.budget  # what the strategy was told
        self.goes_on = goes_on
        self.difference: Difference | None = None
        self.recorded = {round.number: round for round in trace.rounds}
        self._by_call = {round.asked: round for round in trace.rounds}
        self._children = _children(trace.tree)
        self._left = deque(_in_order(trace))
        self._known = frozenset(ended.round for ended in self._left)
        self._last = max(self._known, default=0)

    @property
    def is_played(self) -> bool:
        """Whether everything that was recorded has been given."""
        return not self._left

    def plant(self, prompt: Prompt) -> None:
        """Give the tree the recorded root; a search that had no round ends at once."""
        super().plant(prompt)
        self._stop_where_it_stopped(0)

    def open_round(self, expansions: Sequence[Expansion]) -> list[ProposeRequest]:
        """Begin a round as any search does, if it is the one that was recorded.

        Raises:
            DifferenceError: If it is another one.
        """
        requests = super().open_round(expansions)
        came = self.rounds[self.n_rounds].expansions if requests else ()
        recorded = self._by_call.get(self.n_asked)
        wanted = recorded.expansions if recorded else ()
        if came != wanted and not (recorded is None and self._may_be_unknown(self.n_rounds)):
            number = self.n_rounds if requests else self.n_rounds + 1
            self.difference = Difference("selection", number, wanted, came)
            raise DifferenceError(self.trace.id, self.difference)
        if requests:
            self._stop_where_it_stopped(self.n_rounds)
        return requests

    def settle(self, round: Round, *, elapsed_s: float) -> None:
        """Let a round go, and set what the search had spent when it ended then.

        A search that goes on has also searched for as long as it had by then; another one keeps its own time.
        """
        recorded = self.recorded.get(round.number)
        if recorded is not None and recorded.spent is not None:
            self.ledger.restore(Usage(recorded.spent.tokens, recorded.spent.flops))
            if self.goes_on:
                self.started_s += elapsed_s - recorded.spent.elapsed_s
                elapsed_s = recorded.spent.elapsed_s
        super().settle(round, elapsed_s=elapsed_s)
        if self.trace.stopped and self.is_played and not self.rounds:
            self.ledger.restore(Usage(self.trace.tokens, self.trace.flops))

    def knows(self, round: int) -> bool:
        """Whether the children of a round were recorded."""
        return round in self._known

    def due(self) -> Iterator[Proposal]:
        """Take the children of all rounds that ended before `select` was called again."""
        self._pass_over_what_nobody_asked_for()
        now = max(self.n_asked, self._left[0].call) if self._left else 0
        while self._left and self._left[0].call <= now and self._left[0].round in self.rounds:
            yield from self._proposals(self.rounds[self._left.popleft().round])

    def forget_unknown(self) -> None:
        """Let the rounds go that were under way when a process was killed or the search failed."""
        for number in [number for number in self.rounds if not self.knows(number)]:
            del self.rounds[number]

    def _pass_over_what_nobody_asked_for(self) -> None:
        """Let the next round go if it can never come, as in a damaged trace; the tree will lack its nodes.

        Whatever came next was under way by now: the strategy has been asked as often as it may be.
        """
        is_waiting = self.rounds and not any(round.n_scorers_due for round in self.rounds.values())
        while is_waiting and self._left and self._left[0].round not in self.rounds:
            self._left.popleft()

    def _may_be_unknown(self, round: int) -> bool:
        """Whether a round need not have been recorded: it was under way at a kill, or is a new one."""
        return round not in self.recorded and (round <= self._last or self.goes_on)

    def _stop_where_it_stopped(self, round: int) -> None:
        """End a search after its last round that a budget, a person, an error or a kill had ended."""
        if not self.goes_on and round == self._last and self.trace.stopped not in _BY_ITSELF:
            self.ledger.stop(self.trace.stopped or "interrupted")

    def _proposals(self, round: Round) -> Iterator[Proposal]:
        for position, (expansion, ranks) in enumerate(zip(round.expansions, round.ranks, strict=True)):
            for child, rank in enumerate(ranks):
                nodes = self._children.get((expansion.node, rank), ())
                steps = tuple(node.step for node in nodes)
                yield Proposal(self.number, round.number, position, child, steps)


class _Ended(NamedTuple):
    """When a round ended: after how many calls of `select`."""

    call: int
    round: int


def _in_order(trace: Trace) -> list[_Ended]:
    """Return all rounds that have nodes or ended, as they came back.

    Where a process was killed, the last ones may have nodes without scores: they came back last.
    """
    oldest: dict[int, int] = {}
    for node in list(trace.tree)[1:]:
        oldest.setdefault(node.round, node.id)
    calls = {round.number: round.ended for round in trace.rounds}
    last = max(calls.values(), default=0)
    found = [_Ended(calls.get(round, last), round) for round in {*oldest, *calls}]
    return sorted(found, key=lambda ended: (ended.call, oldest.get(ended.round, math.inf), ended.round))


def _children(tree: Tree) -> dict[tuple[int, int], list[Node]]:
    """Return the nodes that each child brought, chains from top to bottom, by its parent and its rank."""
    children: dict[tuple[int, int], list[Node]] = {}
    of_node: dict[int, list[Node]] = {}
    for node in list(tree)[1:]:
        assert node.parent is not None, "only the root has none"
        continues = node.parent != ROOT and tree[node.parent].round == node.round
        nodes = of_node[node.parent] if continues else children.setdefault((node.parent, node.rank), [])
        nodes.append(node)
        of_node[node.id] = nodes
    return children
