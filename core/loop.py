"""The loop: select → propose → score → tell the observers, for many searches over one policy.

Each tick hands every new request to the policy, which does one tick's work on all it has; what comes back
is given to its search. No search waits for another, and one search alone is the case of one.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pluggy

from .attribution import attributed, attributing, observer_that_raised, plain_name
from .batch import Batch, Finished
from .errors import ModelError, PluginError, ReasonError
from .garbage import rare_collections
from .kinds import Grader
from .ledger import DONE
from .records import End, Outcome, Problem, Prompt, Verdict
from .requests import NOTHING, Booking, Proposal, ProposeRequest, ScoreRequest, Scores
from .search import Round, Search
from .vote import solutions_of


class Loop:
    """Drives searches to their end.

    Args:
        hook: The hooks of the run's plugin manager.
        render: Shows a problem as the policy's model shall see it.
        grader: Reads the answers of finished solutions.
        aggregation: How step scores make a solution's score, where a search does not say.
        n_scorers: How many scorers answer each request.
        n_active: How many searches may be under way at once.
        who: Names a plugin by kind and name, with its package, in the error if it raises.
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
        self._batch_of: dict[int, Batch] = {}
        self._batches: deque[Batch] = deque()
        self._requests: list[ProposeRequest] = []
        self._to_score: list[ScoreRequest] = []

    def submit(self, searches: Iterable[Search], hook: pluggy.HookRelay | None = None) -> Batch:
        """Take searches, which begin as soon as there is room for them.

        Args:
            hook: The hooks of observers that are told of these searches alone.
        """
        batch = Batch(searches, hook)
        self._batches.append(batch)
        return batch

    def run(self, searches: Iterable[Search]) -> Iterator[Finished]:
        """Run searches, and yield each one as it finishes."""
        batch = self.submit(searches)
        with rare_collections():
            while not batch.is_done:
                self.tick()
                yield from batch.take()
        if batch.error is not None:
            raise batch.error

    def stop(self) -> None:
        """End all searches with what they have; may be called from a signal handler."""
        for batch in [*self._batches, *self._batch_of.values()]:
            batch.stop()

    def tick(self) -> bool:
        """Do one tick for all searches, and return whether any of them finished."""
        self._start()
        self._stop_spent()
        self._select()
        self._propose()
        self._score()
        self._tell_ticked()
        return self._finish()

    # The steps of a tick.

    def _start(self) -> None:
        """Begin searches while there is room, those of all batches in turns."""
        while self._batches and len(self._active) < self._n_active:
            batch = self._batches.popleft()
            search = batch.next()
            if search is not None:
                self._batches.append(batch)
                self._begin(search, batch)

    def _begin(self, search: Search, batch: Batch) -> None:
        search.started_s = self._clock()
        self._active[search.number] = search
        self._batch_of[search.number] = batch
        with _Contained(search):
            search.plant(self._render(search.problem))
            self._tell("search_started", search)

    def _stop_spent(self) -> None:
        """Stop searches whose time is up or that shall end, and tell of all that may spend no more."""
        now = self._clock()
        for search in self._active.values():
            self._batch_of[search.number].keep_stopped(search)
            seconds = search.ledger.budget.seconds
            if seconds is not None and now - search.started_s >= seconds:
                search.ledger.stop("seconds")
            if search.ledger.exhausted and not search.is_cut:
                search.is_cut = True
                with _Contained(search):
                    self._tell("search_stopped", search)

    def _select(self) -> None:
        for search in self._active.values():
            self._select_for(search)

    def _select_for(self, search: Search) -> None:
        """Ask a strategy as long as it may be asked and wants something."""
        with _Contained(search):
            while search.may_select:
                search.n_asked += 1
                with attributing(self._who("strategy", search.strategy.name)):
                    requests = search.open_round(self._hook.select(search=search) or ())
                self._requests += requests
                if search.strategy.is_done:
                    search.ledger.stop(DONE)

    def _propose(self) -> None:
        requests, self._requests = self._requests, []
        handed = self._of_all(lambda: self._hook.propose(requests=requests))
        self._book(handed)
        for proposal in handed:
            if isinstance(proposal, Proposal):
                self._accept(proposal)

    def _accept(self, proposal: Proposal) -> None:
        """Give a child to its round, and put the round into the tree once it is complete."""
        search = self._active.get(proposal.search)
        round = search.rounds.get(proposal.round) if search else None
        if search is None or round is None:
            return  # the search failed while its children were on their way
        with _Contained(search):
            if not round.expects(proposal):
                which = f"child {proposal.child} of expansion {proposal.position} in round {proposal.round}"
                raise PluginError(f"The policy returned {which}, which was not asked for.")
            round.proposals[proposal.position, proposal.child] = proposal
            self._tell("child_proposed", search, proposal=proposal)
            if round.complete:
                self._grow(search, round)

    def _grow(self, search: Search, round: Round) -> None:
        """Put a round into the tree, and let its nodes wait for their scores."""
        request = search.grow(round)
        for node in (search.tree[node] for node in request.nodes):
            if node.end is End.STOP:
                node.answer = self._grader.extract(search.tree.text(node.id))
        if not request.nodes and not search.ledger.exhausted:
            raise ModelError("The policy returned no step for a whole round.")
        round.n_scorers_due = self._n_scorers if request.nodes else 0
        if round.n_scorers_due:
            self._to_score.append(request)
        else:
            self._settle(search, round)

    def _score(self) -> None:
        to_score, self._to_score = self._to_score, []
        if not self._n_scorers:
            return
        handed = list(itertools.chain.from_iterable(self._hook.score(requests=to_score)))
        self._book(handed)
        for scores in handed:
            if isinstance(scores, Scores):
                self._take_scores(scores)

    def _take_scores(self, scores: Scores) -> None:
        """Give nodes their scores, and settle their round once every scorer has answered."""
        search = self._active.get(scores.search)
        round = search.rounds.get(scores.round) if search else None
        if search is None or round is None:
            return
        with _Contained(search):
            if scores.error is not None:
                raise scores.error
            for node, score in scores.by_node.items():
                search.tree[node].scores[scores.scorer] = min(1.0, max(0.0, score))
            round.n_scorers_due -= 1
            if not round.n_scorers_due:
                self._settle(search, round)

    def _settle(self, search: Search, round: Round) -> None:
        """Let a round go that has all its scores, and tell of it."""
        samples = search.ledger.budget.samples
        search.settle(round, elapsed_s=self._clock() - search.started_s)
        if samples is not None and search.tree.n_ended >= samples:
            search.ledger.stop("samples")
        self._tell("steps_added", search, round=round)

    def _finish(self) -> bool:
        n_active = len(self._active)
        for search in [search for search in self._active.values() if not search.rounds]:
            if search.may_select:
                self._select_for(search)  # nothing is under way: if it wants nothing now, it is done
            if search.rounds:
                continue
            del self._active[search.number]
            outcome = self._conclude(search)
            with _Contained(search):
                self._tell("search_finished", search, outcome=outcome)
            self._batch_of.pop(search.number).finish(Finished(search, outcome))
        return len(self._active) < n_active

    # What the steps have in common.

    def _of_all(self, work: Callable[[], Iterable[Any] | None]) -> list[Any]:
        """Do work that all searches share; if it raises, all of them end with what they have."""
        return self._of(self._active.values(), work)

    def _of(self, searches: Iterable[Search], work: Callable[[], Iterable[Any] | None]) -> list[Any]:
        """Do work that some searches share; if it raises, they end with what they have."""
        try:
            return list(work() or ())
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            for search in searches:
                _fail(search, error)
            return []

    def _book(self, handed: Iterable[Proposal | Scores | Booking]) -> None:
        """Book what was spent, before anybody looks at the books."""
        for each in handed:
            if each.usage is not NOTHING and each.search in self._active:
                self._active[each.search].ledger.book(each.usage)

    def _tell(self, what: str, search: Search, **told: Any) -> None:
        """Tell the plugins of the run, and the observers of the search's batch."""
        first: ReasonError | None = None
        for hook in (self._hook, self._batch_of[search.number].hook):
            caller: pluggy.HookCaller | None = getattr(hook, what, None)
            if caller is None or not caller.get_hookimpls():
                continue
            try:
                _call(caller, search=search, **told)
            except ReasonError as error:
                first = first or error
        if first is not None:
            raise first  # after the others were told

    def _tell_ticked(self) -> None:
        """Tell everybody that a tick is over; an observer that raises ends the searches that it watches."""
        watched: dict[int, list[Search]] = {}
        for search in self._active.values():
            watched.setdefault(id(self._batch_of[search.number]), []).append(search)
        for searches in watched.values():
            hook = self._batch_of[searches[0].number].hook
            if hook is not None and hook.ticked.get_hookimpls():
                self._of(searches, partial(_call, hook.ticked))
        self._of_all(partial(_call, self._hook.ticked))

    def _conclude(self, search: Search) -> Outcome:
        solutions = solutions_of(search.tree, search.aggregation or self._aggregation)
        verdict, correct = Verdict(None, ()), None
        with _Contained(search):
            verdict = self._hook.conclude(search=search, solutions=solutions) or verdict
        with _Contained(search):
            correct = self._is_correct(search.problem.gold, verdict)
        return Outcome(
            verdict=verdict,
            solutions=tuple(solutions),
            stopped=search.ledger.stopped or DONE,
            tokens=search.ledger.tokens,
            flops=search.ledger.flops,
            elapsed_s=self._clock() - search.started_s,
            correct=correct,
            error=str(search.error or ""),
        )

    def _is_correct(self, gold: str | None, verdict: Verdict) -> bool | None:
        if gold is None:
            return None
        right, answer = (self._grader.reference(text or "") for text in (gold, verdict.answer))
        return right is not None and answer is not None and self._grader.equivalent(right, answer)


def _call(hook: pluggy.HookCaller, **told: Any) -> None:
    """Call all that implement a hook; one that raises is named."""
    try:
        hook(**told)
    except ReasonError:
        raise
    except Exception as error:
        raise attributed(observer_that_raised(error, hook), error) from error


class _Contained:
    """Work for one search: if it raises, that search ends with what it has, and the others go on."""

    __slots__ = ("_search",)

    def __init__(self, search: Search) -> None:
        self._search = search

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if not isinstance(error, Exception):
            return False
        _fail(self._search, error)
        return True


def _fail(search: Search, error: Exception) -> None:
    """End a search because of an error; what is under way is forgotten, what is in the tree stays."""
    search.error = search.error or error
    search.rounds.clear()
    search.ledger.stop("failed")
