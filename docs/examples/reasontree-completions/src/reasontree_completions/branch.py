"""A child on its way: which step it needs next, and what a completion makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reasontree.core import End, Meter, Proposal, ProposeRequest, Step

from .server import Completion

BLANK_LINE = "\n\n"
ANSWER = "answer is"


@dataclass(frozen=True)
class Branch:
    """One child of a request, with the steps that have come."""

    request: ProposeRequest
    child: int
    meter: Meter
    steps: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        """The prompt, and all of the solution so far."""
        return "".join(step.text for step in (*self.request.prefix, *self.steps))

    @property
    def wants_more(self) -> bool:
        """Whether its request asks for another step."""
        is_step = self.request.until == "step"
        return not self.steps or not (is_step or self.steps[-1].end)

    @property
    def left(self) -> int:
        """How many tokens the whole solution may still have."""
        steps = (*self.request.prefix[1:], *self.steps)
        return self.request.limits.max_tokens - sum(len(step.tokens) for step in steps)

    @property
    def room(self) -> int:
        """How many tokens the next step may have."""
        is_step = self.request.until == "step"
        longest = self.request.limits.max_step_tokens if is_step else self.left
        return min(self.left, longest)

    def wanted(self, max_tokens: int) -> dict[str, Any]:
        """Return what the server is asked for the next step."""
        sampling = self.request.sampling
        return {
            "prompt": self.text,
            "max_tokens": max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": self.request.seeds[self.child],
            "stop": [BLANK_LINE],
            "logprobs": 1,
        }

    def grown(self, said: Completion, held: int) -> Branch:
        """Return the branch with one more step, for which `held` tokens were asked."""
        end = None
        if not said.is_whole:
            end = End.LENGTH if held == self.room else End.CUT
        elif ANSWER in said.text or not said.n_tokens:
            end = End.STOP
        elif said.n_tokens >= self.left:
            end = End.LENGTH
        text = said.text if end else said.text + BLANK_LINE
        # The server does not number its tokens; here their count is all that matters.
        step = Step(text, (0,) * said.n_tokens, said.logprobs, end)
        return replace(self, steps=(*self.steps, step))

    def proposal(self) -> Proposal:
        """Hand it in; where a step is missing that it wanted, it was cut."""
        steps = self.steps
        if steps and self.wants_more:
            steps = (*steps[:-1], replace(steps[-1], end=End.CUT))
        request = self.request
        place = request.search, request.round, request.position, self.child
        return Proposal(*place, steps)
