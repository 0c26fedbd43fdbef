"""Policies without a model: everything a policy must keep, with what a step says left to a script."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from .kinds import Policy
from .meter import Meter, Meters
from .records import End, Problem, Prompt, Step
from .requests import Proposal, ProposeRequest


class Place(NamedTuple):
    """Where the next step will stand.

    Attributes:
        path: The prompt and all steps so far, those of the chain under way included.
        random: The child's own randomness; it follows from the child's seed.
    """

    request: ProposeRequest
    path: tuple[Step, ...]
    random: Random

    @property
    def depth(self) -> int:
        """The depth of the step to be written, from 1."""
        return len(self.path)


class Plan(NamedTuple):
    """How long a step would be, and whether it would be the last one."""

    n_tokens: int
    end: End | None = None


class ScriptedPolicy(Policy):
    """Answers every request at once from a script, within all limits and budgets.

    Limits are kept as a model's policy keeps them: a solution of `max_tokens` tokens, or a single step of
    more than `max_step_tokens`, ends with `End.LENGTH`; where the allowance runs out within a step it is cut.
    """

    _meters: Meters | None = None

    @abstractmethod
    def plan(self, place: Place) -> Plan:
        """Choose the length of a step and whether it ends its solution, limits aside."""

    @abstractmethod
    def write(self, place: Place, n_tokens: int, end: End | None) -> Step:
        """Write a step of `n_tokens` tokens with this end."""

    def render(self, problem: Problem) -> Prompt:
        """Show the question as it is, with a token for each word."""
        return Prompt(problem.text, tuple(range(len(problem.text.split()))))

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Answer every request at once."""
        meters = [self.meters.of(request.search, request.allowance) for request in requests]
        return [
            self._child(request, child, meter)
            for request, meter in zip(requests, meters, strict=True)
            for child in range(len(request.seeds))
        ]

    @property
    def meters(self) -> Meters:
        """What each search has spent."""
        if self._meters is None:
            self._meters = Meters(self.info)
        return self._meters

    def cut(self, search: int) -> None:
        """Generate nothing more for a search."""
        self.meters.cut(search)

    def release(self, search: int) -> None:
        """Forget a search."""
        self.meters.release(search)

    def _child(self, request: ProposeRequest, child: int, meter: Meter) -> Proposal:
        steps = self._steps(request, request.seeds[child], meter)
        return Proposal(request.search, request.round, request.position, child, steps, meter.take())

    def _steps(self, request: ProposeRequest, seed: int, meter: Meter) -> tuple[Step, ...]:
        place = Place(request, request.prefix, Random(seed))
        while not meter.exhausted:
            step = self._step(place, meter)
            place = place._replace(path=(*place.path, step))
            if step.end or request.until == "step":
                break
        return place.path[len(request.prefix) :]

    def _step(self, place: Place, meter: Meter) -> Step:
        plan, request = self.plan(place), place.request
        before = sum(len(step.tokens) for step in place.path[1:])
        room = request.limits.max_tokens - before
        allowed = min(room, request.limits.max_step_tokens) if request.until == "step" else room
        wanted = min(plan.n_tokens, allowed)
        n_tokens = _spend(meter, len(place.path[0].tokens) + before, wanted)
        end = plan.end
        if n_tokens < wanted:
            end = End.CUT
        elif plan.n_tokens > allowed or (end is None and n_tokens == room):
            end = End.LENGTH
        return self.write(place, n_tokens, end)


def _spend(meter: Meter, position: int, wanted: int) -> int:
    """Book up to `wanted` tokens one by one, and return how many the allowance covers."""
    n_tokens = 0
    while n_tokens < wanted and not meter.exhausted:
        meter.sampled()
        meter.computed(position + n_tokens, position + n_tokens + 1)
        n_tokens += 1
    return n_tokens
