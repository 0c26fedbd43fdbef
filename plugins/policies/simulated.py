"""A scripted policy: no model, microseconds a step.

It plays a reasoner that plans a few steps, errs with some probability at each, and says so in its
log-probabilities and, where they are asked for, in its hidden states. A right chain ends with the problem's
gold answer, a wrong one with a number nearby. So strategies can be tried, tested and timed without a model.
Everything follows from the seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from pydantic import Field

from ...core import (
    End,
    Options,
    Policy,
    Problem,
    Prompt,
    Proposal,
    ProposeRequest,
    Step,
    hookimpl,
)
from ...core.ledger import Ledger
from ...core.models import ModelFile
from ...core.records import ModelInfo

_DEFAULT_GOLD = "42"
_RIGHT, _WRONG = 1, 0  # the token that each step begins with tells which kind it is
_HIDDEN = 8  # numbers of a hidden state: noise, and in the first one 1 more where the step is right


class SimulatedOptions(Options):
    """What kind of reasoner it plays."""

    depth: int = Field(4, ge=1, le=1000, description="Steps of a solution.")
    step_tokens: int = Field(8, ge=1, le=4096, description="Tokens of a step.")
    p_right: float = Field(0.8, ge=0, le=1, description="Probability that a step keeps a right chain right.")
    doubt: float = Field(0.5, ge=0, le=10, description="How much lower a wrong step's log-probability is.")


class _Branch(NamedTuple):
    request: ProposeRequest
    child: int


class Simulated:
    """Proposes scripted steps."""

    name = "simulated"
    Options = SimulatedOptions
    options: SimulatedOptions

    def __init__(self, options: SimulatedOptions, model: ModelFile | None = None) -> None:
        self.options = options
        self.info = ModelInfo("simulated", parameters=1_000_000, layers=2, width=64, n_context=1 << 20)
        self._golds: dict[str, str] = {}

    def render(self, problem: Problem) -> Prompt:
        """Show the question as it is."""
        self._golds[problem.text] = problem.gold or _DEFAULT_GOLD
        return Prompt(problem.text, tuple(range(len(problem.text.split()))))

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Answer every request at once."""
        return [
            Proposal(
                request.search, request.round, request.position, child, self._steps(_Branch(request, child))
            )
            for request in requests
            for child in range(len(request.seeds))
        ]

    def release(self, search: int) -> None:
        """Hold nothing of a search."""

    def close(self) -> None:
        """Hold nothing."""

    def _steps(self, branch: _Branch) -> tuple[Step, ...]:
        request, random = branch.request, Random(branch.request.seeds[branch.child])
        depth = len(request.prefix) - 1
        is_right = all(step.tokens[0] == _RIGHT for step in request.prefix[1:])
        steps: list[Step] = []
        while not request.ledger.exhausted:
            is_right = is_right and random.random() < self.options.p_right
            depth += 1
            steps.append(self._step(request, depth, is_right, random))
            if steps[-1].end or request.until == "step":
                break
        return tuple(steps)

    def _step(self, request: ProposeRequest, depth: int, is_right: bool, random: Random) -> Step:
        n_tokens, is_last = self._spend(request.ledger, depth), depth >= self.options.depth
        end = End.CUT if n_tokens < self.options.step_tokens else End.STOP if is_last else None
        doubt = random.random() + (0 if is_right else self.options.doubt)
        text = self._answer(request, is_right, random) if end is End.STOP else f"Step {depth}: go on.\n"
        tokens = (_RIGHT if is_right else _WRONG, *(2 + random.randrange(1000) for _ in range(n_tokens - 1)))
        hidden = _hidden(is_right, tokens) if request.wants_hidden else None
        return Step(text, tokens, (-doubt / 4,) * n_tokens, end, hidden)

    def _spend(self, ledger: Ledger, depth: int) -> int:
        n_tokens = 0
        while n_tokens < self.options.step_tokens and not ledger.exhausted:
            n_tokens += 1
            position = depth * self.options.step_tokens + n_tokens
            ledger.book_sampled(self.info)
            ledger.book_computed(self.info, position, position + 1)
        return n_tokens

    def _answer(self, request: ProposeRequest, is_right: bool, random: Random) -> str:
        gold = self._golds.get(request.prefix[0].text, _DEFAULT_GOLD)
        if is_right:
            return f"The answer is: {gold}"
        wrong = random.randint(1, 9)
        return f"The answer is: {int(gold) + wrong if gold.lstrip('-').isdigit() else wrong}"


def _hidden(is_right: bool, tokens: tuple[int, ...]) -> tuple[float, ...]:
    noise = Random(repr(tokens))  # of its own, so that whoever asks for hidden states gets the same steps
    return tuple(noise.gauss(is_right if place == 0 else 0, 0.5) for place in range(_HIDDEN))


@hookimpl
def register_policies() -> Iterable[type[Policy]]:
    """Register the scripted policy."""
    return [Simulated]
