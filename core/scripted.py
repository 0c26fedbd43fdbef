"""Policies without a model: everything a policy must keep, with what a step says left to a script."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from .kinds import Policy
from .meter import Meter, Meters
from .records import End, Problem, Prompt, Step
from .requests import Proposal, ProposeRequest
from .turns import reply_of


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
    def is_first(self) -> bool:
        """Whether it is the first step of the request."""
        return len(self.path) == len(self.request.prefix)

    @property
    def solution(self) -> Sequence[Step]:
        """The solution's steps so far; none where the user has just spoken."""
        return () if self.is_first and self.request.says else reply_of(self.path[1:])

    @property
    def depth(self) -> int:
        """Which step of its solution it is, from 1."""
        return len(self.solution) + 1


class Plan(NamedTuple):
    """How long a step would be, and whether it would be the last one."""

    n_tokens: int
    end: End | None = None


class ScriptedPolicy(Policy):
    """Answers every request at once from a script, within all limits and budgets.

    Limits are kept as a model's policy keeps them: a solution of `max_tokens` tokens, or a single step of
    more than `max_step_tokens`, ends with `End.LENGTH`; where the allowance runs out within a step it is cut.
    What a request gives (`says`, `begins`) is put before what the script writes, with a token for each word.
    """

    takes_turns = True
    takes_beginnings = True

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
        proposals: list[Proposal] = []
        for request, meter in zip(requests, meters, strict=True):
            _compute(request, meter)
            proposals += (self._child(request, child, meter) for child in range(len(request.seeds)))
        return proposals

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
        place, given = Place(request, request.prefix, Random(seed)), _given(request)
        while not meter.exhausted:
            step = self._step(place, given, meter)
            place, given = place._replace(path=(*place.path, step)), Step("")
            if step.end or request.until == "step":
                break
        return place.path[len(request.prefix) :]

    def _step(self, place: Place, given: Step, meter: Meter) -> Step:
        """Make a step, behind what of it was given; it has no more than that where that fills the limit."""
        plan, request = self.plan(place), place.request
        before = sum(step.n_solution for step in place.solution) + given.n_solution
        room = request.limits.max_tokens - before
        if room <= 0 and given.n_given:
            return replace(given, end=End.LENGTH)
        allowed = min(room, request.limits.max_step_tokens) if request.until == "step" else room
        wanted = min(plan.n_tokens, allowed)
        position = sum(len(step.tokens) for step in place.path) + given.n_given
        n_tokens = _spend(meter, position, wanted)
        end = plan.end
        if n_tokens < wanted:
            end = End.CUT
        elif plan.n_tokens > allowed or (end is None and n_tokens == room):
            end = End.LENGTH
        return _behind(given, self.write(place, n_tokens, end))


def _compute(request: ProposeRequest, meter: Meter) -> None:
    """Book what is given to a request's children, once for all of them."""
    position, n_given = sum(len(step.tokens) for step in request.prefix), _given(request).n_given
    if n_given and not meter.exhausted:
        meter.computed(position, position + n_given, prompt=n_given)


def _given(request: ProposeRequest) -> Step:
    """Return what of a request's first step is given, with a token for each word."""
    n_said, n_begun = len(request.says.split()), len(request.begins.split())
    tokens = (*range(n_said), *range(n_begun))
    return Step(request.begins, tokens, said=request.says, n_given=len(tokens), n_said=n_said)


def _behind(given: Step, step: Step) -> Step:
    """Put a step behind what of it was given."""
    if not given.said and not given.text:
        return step
    text, tokens = given.text + step.text, given.tokens + step.tokens
    return replace(
        step, text=text, tokens=tokens, said=given.said, n_given=given.n_given, n_said=given.n_said
    )


def _spend(meter: Meter, position: int, wanted: int) -> int:
    """Book up to `wanted` tokens one by one, and return how many the allowance covers."""
    n_tokens = 0
    while n_tokens < wanted and not meter.exhausted:
        meter.sampled()
        meter.computed(position + n_tokens, position + n_tokens + 1)
        n_tokens += 1
    return n_tokens
