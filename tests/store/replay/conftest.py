"""Searches whose policy and scorer answer late and out of order, their traces, and their replays."""

from random import Random

import numpy as np
import pytest
from reasontree.core import hookimpl
from reasontree.core.records import Budget
from reasontree.plugins import registry
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.store.recorder import Recorder
from reasontree.store.replay.checker import Checker
from reasontree.store.replay.playback import Playback
from reasontree.store.replay.recorded import Recorded, RecordedScorer
from reasontree.store.traces import load_trace


class Late:
    """Hands back what another one answers some turns later, in any order."""

    def __init__(self, seed):
        self._random = Random(seed)
        self._waiting = []

    def _late(self, answers):
        self._waiting += [(self._random.randrange(6), answer) for answer in answers]
        self._random.shuffle(self._waiting)
        ready = [answer for turns, answer in self._waiting if turns <= 0]
        self._waiting = [(turns - 1, answer) for turns, answer in self._waiting if turns > 0]
        return ready


class LatePolicy(Late):
    name = "late"
    takes_turns = takes_beginnings = True

    def __init__(self, policy, seed):
        super().__init__(seed)
        self._policy = policy
        self.info, self.render, self.release = policy.info, policy.render, policy.release

    def propose(self, requests):
        return self._late(self._policy.propose(requests))


class LateScorer(Late):
    name = "confidence"

    def __init__(self, seed):
        super().__init__(seed)
        self._scorer = Confidence(None, None)

    def score(self, requests):
        return self._late(self._scorer.score(requests))

    def close(self):
        pass


class KilledError(BaseException):
    """Stands for SIGKILL: no plugin's failure, which would only end the search."""


class Kills:
    """Ends everything after some rounds, as a kill does."""

    def __init__(self, n):
        self._n = n

    @hookimpl(trylast=True)
    def steps_added(self, search, round):
        self._n -= 1

    @hookimpl
    def ticked(self):
        if self._n <= 0:
            raise KilledError


def strategy_of(name, seed, **options):
    strategy = registry().get("strategy", name)
    return strategy(strategy.Options(**options), np.random.default_rng(seed))


@pytest.fixture
def late_run(run_of, simulated):
    """Wire a policy and a scorer that answer late."""
    return lambda seed, **options: run_of(
        LatePolicy(simulated(**options.pop("policy", {})), seed), scorers=[LateScorer(seed)], **options
    )


@pytest.fixture
def search_late(run_settings, late_run, search_of):
    """Record a search by a strategy; return it finished, and its trace."""

    def search(database, strategy, seed=0, *, budget=None, observers=(), **options):
        recorder = Recorder(database, run_settings)
        run = late_run(seed, observers=[*observers, recorder], policy=options.pop("policy", {}))
        search = search_of(strategy, seed=5, scorer="confidence", budget=budget)
        (finished,) = run.searches([search])
        return finished, load_trace(database, recorder.trace_id(search.number))

    return search


@pytest.fixture
def play(run_of):
    """Play a trace again with a strategy; return the finished search and the difference, if any."""

    def again(trace, strategy, observers=(), vote=True):
        policy, checker = Recorded(trace.settings.model), Checker(same_vote=vote)
        scorers = [RecordedScorer(name, policy) for name in trace.settings.scorers]
        run = run_of(policy, scorers=scorers, observers=[policy, checker, *observers])
        budget = Budget(samples=trace.settings.budget.samples)
        (finished,) = run.searches([Playback(trace, strategy, budget=budget)])
        return finished, finished.search.difference

    return again
