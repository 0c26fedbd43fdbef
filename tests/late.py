"""Doubles that answer late and out of order, and observers that stand for a kill and for a fault."""

from dataclasses import replace
from random import Random

import numpy as np
from reasontree.core import Booking, End, Policy, Scorer, Usage, hookimpl
from reasontree.plugins import registry
from reasontree.plugins.scorers.confidence import Confidence


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


class LatePolicy(Late, Policy):
    name = "late"
    takes_turns = takes_beginnings = True

    def __init__(self, policy, seed):
        super().__init__(seed)
        self._policy = policy
        self.info = policy.info

    def render(self, problem):
        return self._policy.render(problem)

    def propose(self, requests):
        proposals = self._policy.propose(requests)
        told = [Booking(each.search, each.usage) for each in proposals]
        return [*told, *self._late([each._replace(usage=Usage()) for each in proposals])]

    def cut(self, search):
        self._policy.cut(search)
        self._waiting = [(n, cut(each) if each.search == search else each) for n, each in self._waiting]

    def release(self, search):
        self._policy.release(search)


def cut(proposal):
    """Let a child come back with the first of its steps, as if no more had been written by then."""
    return proposal._replace(steps=tuple(replace(step, end=End.CUT) for step in proposal.steps[:1]))


class LateScorer(Late, Scorer):
    name = "confidence"

    def __init__(self, seed):
        super().__init__(seed)
        self._scorer = Confidence(None, None)

    def score(self, requests):
        return self._late(self._scorer.score(requests))


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


class Breaks:
    """An observer that raises in the search's third round."""

    def __init__(self):
        self._n = 0

    @hookimpl
    def steps_added(self, search, round):
        self._n += 1
        if self._n == 3:
            raise RuntimeError("the disk is on fire")
