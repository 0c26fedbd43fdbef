"""The loop: select → propose → score → tell the observers, for many searches over one policy.

Each turn hands every new request to the policy, which works for one moment on all it has; what comes back is
given to its search. No search waits for another, and one search alone is the case of one.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

import pluggy

from .blame import blamed, blaming, observer_that_raised, plain_name
from .errors import ModelError, PluginError, ReasonError
from .interfaces import Grader
from .records import (
    End,
    Outcome,
    Problem,
    Prompt,
    Proposal,
    ProposeRequest,
    ScoreRequest,
    Scores,
    Solution,
    Verdict,
)
from .search import Round, Search
from .vote import solutions_of

T = TypeVar("T")


_NEW_OBJECTS = 100_000  # between two looks for garbage; Python's own number is 700


class Finished(NamedTuple):
    """A search that has ended."""

    search: Search
    outcome: Outcome


class Loop:
    """Drives searches to their end.

    Args:
        hook: The hooks of the run's plugin manager.
        render: Shows a problem as the policy's model shall see it.
        grader: Reads the answers of finished solutions.
        aggregation: How step scores make a solution's score.
        n_scorers: How many scorers answer each request.
        n_active: How many searches may be under way at once.
        who: Calls a plugin by kind and name, with its package, in the error if it raises.
        clock: Seconds, for budgets and reports; never for scheduling.
    """

    def __init__(
        self,
        hook: pluggy.HookRelay,
        *,
        render: Callable[[Problem], Prompt],
        grader: Grader,
        aggregation: str = "last",
        n_scorers: int = 0,
        n_active: int = 64,
        who: Callable[[str, str], str] = plain_name,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hook = hook
        self._render = render
        self._grader = grader
        self._aggregation = aggregation
        self._n_scorers = n_scorers
        self._n_active = n_active
        self._who = who
        self._clock = clock
        self._active: dict[int, Search] = {}
        self._requests: list[ProposeRequest] = []
        self._to_score: list[ScoreRequest] = []
        self._stopping = ""

    def stop(self, reason: str = "interrupted") -> None:
        """End all searches with what they have; may be called from a signal handler."""
        self._stopping = reason

    def run(self, searches: Iterable[Search]) -> Iterator[Finished]:
        """Run searches, and yield each one as it ends."""
        with _rare_collections():
            waiting = iter(searches)
            while True:
                room = 0 if self._stopping else self._n_active - len(self._active)
                for search in itertools.islice(waiting, room):
                    self._start(search)
                if not self._active:
                    return
                self._turn()
                yield from self._finish_ended()

    def _turn(self) -> None:
        self._keep_time()
        for search in self._active.values():
            self._guard(search, self._select)
        requests, self._requests = self._requests, []
        for proposal in self._shared(lambda: self._hook.propose(requests=requests)):
            self._accept(proposal)
        to_score, self._to_score = self._to_score, []
        if self._n_scorers:
            for scores in itertools.chain.from_iterable(self._hook.score(requests=to_score)):
                self._book_scores(scores)
        self._shared(lambda: self._tell(self._hook.ticked))

    def _shared(self, work: Callable[[], Iterable[Any] | None]) -> list[Any]:
        """Do work that all searches share; if it raises, all of them end with what they have."""
        try:
            return list(work() or ())
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            for search in self._active.values():
                _fail(search, error)
            return []

    def _start(self, search: Search) -> None:
        search.started_s = self._clock()
        self._active[search.number] = search

        def begin(search: Search) -> None:
            search.plant(self._render(search.problem))
            self._tell(self._hook.search_started, search=search)

        self._guard(search, begin)

    def _select(self, search: Search) -> None:
        while search.may_select:
            search.n_asked += 1
            with blaming(self._who("strategy", search.strategy.name)):
                requests = search.open_round(self._hook.select(search=search) or ())
            if not requests:
                return
            self._requests += requests

    def _accept(self, proposal: Proposal) -> None:
        search = self._active.get(proposal.search)
        round = search.rounds.get(proposal.round) if search else None
        if search is None or round is None:
            return  # the search failed while its children were on their way
        if not round.expects(proposal):
            which = f"child {proposal.child} of expansion {proposal.position} in round {proposal.round}"
            _fail(search, PluginError(f"The policy returned {which}, which was not asked for."))
            return
        round.proposals[proposal.position, proposal.child] = proposal
        self._guard(search, partial(self._tell_proposed, proposal=proposal))
        if round.complete and not search.error:
            self._guard(search, partial(self._close_round, round=round))

    def _close_round(self, search: Search, round: Round) -> None:
        request = search.close_round(round)
        for node in (search.tree[node] for node in request.nodes):
            if node.end is End.STOP:
                node.answer = self._grader.extract(search.tree.text(node.id))
        if not request.nodes and not search.ledger.exhausted:
            raise ModelError("The policy returned no step for a whole round.")
        round.n_scorers_due = self._n_scorers if request.nodes else 0
        if round.n_scorers_due:
            self._to_score.append(request)
        else:
            self._end_round(search, round)

    def _book_scores(self, scores: Scores) -> None:
        search = self._active.get(scores.search)
        round = search.rounds.get(scores.round) if search else None
        if search is None or round is None:
            return
        if scores.error is not None:
            _fail(search, scores.error)
            return
        for node, score in scores.by_node.items():
            search.tree[node].scores[scores.scorer] = min(1.0, max(0.0, score))
        round.n_scorers_due -= 1
        if not round.n_scorers_due:
            self._guard(search, partial(self._end_round, round=round))

    def _end_round(self, search: Search, round: Round) -> None:
        search.end_round(round, elapsed_s=self._clock() - search.started_s)
        samples = search.ledger.budget.samples
        if samples is not None and search.tree.n_ended >= samples:
            search.ledger.stop("samples")
        self._tell(self._hook.steps_added, search=search, round=round)

    def _keep_time(self) -> None:
        now = self._clock()
        for search in self._active.values():
            seconds = search.ledger.budget.seconds
            if self._stopping:
                search.ledger.stop(self._stopping)
            elif seconds is not None and now - search.started_s >= seconds:
                search.ledger.stop("seconds")

    def _finish_ended(self) -> Iterator[Finished]:
        for search in [search for search in self._active.values() if not search.rounds]:
            if search.may_select and self._would_go_on(search):
                continue
            del self._active[search.number]
            outcome = self._conclude(search)
            self._guard(search, partial(self._tell_finished, outcome=outcome))
            yield Finished(search, outcome)

    def _tell_proposed(self, search: Search, proposal: Proposal) -> None:
        self._tell(self._hook.child_proposed, search=search, proposal=proposal)

    def _tell_finished(self, search: Search, outcome: Outcome) -> None:
        self._tell(self._hook.search_finished, search=search, outcome=outcome)

    def _tell(self, hook: pluggy.HookCaller, **told: Any) -> None:
        """Tell the observers; one that raises is named."""
        try:
            hook(**told)
        except ReasonError:
            raise
        except Exception as error:
            raise blamed(observer_that_raised(error, hook), error) from error

    def _would_go_on(self, search: Search) -> bool:
        """Ask a search that has nothing under way for its next round; none means that it is done."""
        self._guard(search, self._select)
        return bool(search.rounds)

    def _conclude(self, search: Search) -> Outcome:
        solutions = solutions_of(search.tree, self._aggregation)
        verdict = self._guard(search, partial(self._vote, solutions=solutions)) or Verdict(None, ())
        correct = self._guard(search, partial(self._is_correct, verdict=verdict))
        return Outcome(
            verdict=verdict,
            solutions=tuple(solutions),
            stopped=search.ledger.stopped or "done",
            tokens=search.ledger.tokens,
            flops=search.ledger.flops,
            elapsed_s=self._clock() - search.started_s,
            correct=correct,
            error=str(search.error or ""),
        )

    def _vote(self, search: Search, solutions: Sequence[Solution]) -> Verdict | None:
        verdict: Verdict | None = self._hook.conclude(search=search, solutions=solutions)
        return verdict

    def _is_correct(self, search: Search, verdict: Verdict) -> bool | None:
        if search.problem.gold is None:
            return None
        gold, answer = (self._grader.reference(text or "") for text in (search.problem.gold, verdict.answer))
        return gold is not None and answer is not None and self._grader.equivalent(gold, answer)

    def _guard(self, search: Search, work: Callable[[Search], T]) -> T | None:
        """Do one search's work; if it raises, that search ends with what it has, and the others go on."""
        try:
            return work(search)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            _fail(search, error)
            return None


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for cyclic garbage rarely: it would walk all nodes of all trees again and again.

    At 100,000 nodes that was a third of the loop's time; a tree has no cycles, and its nodes stay.
    """
    before = gc.get_threshold()
    gc.set_threshold(before[0] and max(before[0], _NEW_OBJECTS), *before[1:])  # 0 is none at all
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _fail(search: Search, error: Exception) -> None:
    """End a search because of an error; what is under way is forgotten, what is in the tree stays."""
    search.error = search.error or error
    search.rounds.clear()
    search.ledger.stop("failed")
