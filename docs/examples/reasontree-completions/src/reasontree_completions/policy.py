"""A policy over HTTP: it asks a completions server for step after step, many branches at once.

A step ends at a blank line, and a solution with the step that has its answer, since such a server does not tell
where its model stopped by itself. Temperature and top-p alone are passed on. Prompts are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reasontree.core import (
    Booking,
    Meters,
    ModelInfo,
    Policy,
    Problem,
    Prompt,
    Proposal,
    ProposeRequest,
)

from .branch import Branch
from .server import Completion, Server, ServerOptions

INSTRUCTION = (
    "Solve it step by step, with a blank line after each step. "
    "On the last line write 'The answer is:' and then the answer."
)


class CompletionsPolicy(Policy):
    """Asks a completions server for steps; --model takes its address."""

    name = "completions"
    takes_address = True
    Options = ServerOptions
    options: ServerOptions

    def __init__(self, options: ServerOptions, address: str) -> None:
        self.options = options
        self._server = Server(options, address)
        self.info = ModelInfo(options.name or self._server.url, options.parameters)
        self._meters = Meters(self.info)
        self._pool = ThreadPoolExecutor(options.connections)
        self._open: list[Branch] = []
        self._calls: dict[Future[Completion], tuple[Branch, int]] = {}

    def render(self, problem: Problem) -> Prompt:
        """Show a problem as the model shall see it."""
        return Prompt(f"{problem.text}\n\n{INSTRUCTION}\n\n")

    def propose(
        self, requests: Sequence[ProposeRequest]
    ) -> Sequence[Proposal | Booking]:
        """Begin a call for each open branch, and return what is finished, or wait for a call."""
        for request in requests:
            meter = self._meters.of(request.search, request.allowance)
            children = range(len(request.seeds))
            self._open += [Branch(request, child, meter) for child in children]
        branches, self._open = self._open, []
        done = [branch.proposal() for branch in branches if not self._goes_on(branch)]
        if not done:
            wait(self._calls, return_when=FIRST_COMPLETED)
        for call in [call for call in self._calls if call.done()]:
            self._take(call)
        return [*done, *self._meters.take()]

    def cut(self, search: int) -> None:
        """Begin no further call for a search."""
        self._meters.cut(search)

    def release(self, search: int) -> None:
        """Forget a search."""
        self._open = [each for each in self._open if each.request.search != search]
        calls = self._calls.items()
        self._calls = {c: each for c, each in calls if each[0].request.search != search}
        self._meters.release(search)

    def close(self) -> None:
        """Wait for the calls that are under way."""
        self._pool.shutdown(cancel_futures=True)

    def _goes_on(self, branch: Branch) -> bool:
        """Begin a branch's next call, or let it wait for tokens that other calls hold."""
        if not branch.wants_more or branch.meter.exhausted:
            return False
        if held := branch.meter.reserve(branch.room):
            call = self._pool.submit(self._server.complete, branch.wanted(held))
            self._calls[call] = branch, held
        else:
            self._open.append(branch)
        return True

    def _take(self, call: Future[Completion]) -> None:
        """Book what a call took, and go on from there."""
        branch, held = self._calls.pop(call)
        said = call.result()
        branch.meter.give_back(held)
        branch.meter.sampled(said.n_tokens)
        branch.meter.computed(0, said.n_tokens)
        self._open.append(branch.grown(said, held))
