"""A scripted policy: no model, microseconds a step.

It plays a reasoner that plans a few steps, errs with some probability at each, and says so in its
log-probabilities and, where they are asked for, in its hidden states. A right chain ends with the problem's
gold answer, a wrong one with a number nearby. So strategies can be tried, tested and timed without a model.
Everything follows from the seeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from pydantic import Field

from ...core import End, Options, Policy, Problem, Prompt, Step, hookimpl
from ...core.models import ModelFile
from ...core.records import ModelInfo
from ...core.scripted import Place, Plan, ScriptedPolicy

_DEFAULT_GOLD = "42"
_RIGHT, _WRONG = 1, 0  # the token that each step begins with tells which kind it is
_HIDDEN = 8  # numbers of a hidden state: noise, and in the first one 1 more where the step is right


class SimulatedOptions(Options):
    """What kind of reasoner it plays."""

    depth: int = Field(4, ge=1, le=1000, description="Steps of a solution.")
    step_tokens: int = Field(8, ge=1, le=4096, description="Tokens of a step.")
    p_right: float = Field(0.8, ge=0, le=1, description="Probability that a step keeps a right chain right.")
    spread: float = Field(
        0.0, ge=0, le=1, description="How far problems differ: each has its own p_right, so far around it."
    )
    confusion: float = Field(
        0.0, ge=0, le=1, description="How probably a wrong chain gives the problem's favourite wrong answer."
    )
    doubt: float = Field(0.5, ge=0, le=10, description="How much lower a wrong step's log-probability is.")


class Simulated(ScriptedPolicy):
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
        return super().render(problem)

    def p_right(self, question: str) -> float:
        """Return the probability that a step of this problem keeps a right chain right."""
        p, spread = self.options.p_right, self.options.spread
        if not spread:
            return p
        return min(1.0, max(0.0, p + spread * (2 * Random(question).random() - 1)))

    def plan(self, place: Place) -> Plan:
        """Make every step equally long, and every solution equally deep."""
        is_last = place.depth >= self.options.depth
        return Plan(self.options.step_tokens, End.STOP if is_last else None)

    def write(self, place: Place, n_tokens: int, end: End | None) -> Step:
        """Keep a right chain right, or err; whoever has erred stays wrong."""
        random, before = place.random, place.solution
        is_right = not before or before[-1].tokens[before[-1].n_given :][:1] == (_RIGHT,)
        is_right = is_right and random.random() < self.p_right(place.path[0].text)
        doubt = random.random() + (0 if is_right else self.options.doubt)
        text = f"Step {place.depth}: go on.\n"
        if end is End.STOP:
            text = self._answer(place.path[0].text, is_right, random)
        tokens = (_RIGHT if is_right else _WRONG, *(2 + random.randrange(1000) for _ in range(n_tokens - 1)))
        hidden = _hidden(is_right, tokens) if place.request.wants_hidden else None
        return Step(text, tokens, (-doubt / 4,) * n_tokens, end, hidden)

    def _answer(self, question: str, is_right: bool, random: Random) -> str:
        gold = self._golds.get(question, _DEFAULT_GOLD)
        if is_right:
            return f"The answer is: {gold}"
        wrong = random.randint(1, 9)
        if self.options.confusion and random.random() < self.options.confusion:
            wrong = 1
        return f"The answer is: {int(gold) + wrong if gold.lstrip('-').isdigit() else wrong}"


def _hidden(is_right: bool, tokens: tuple[int, ...]) -> tuple[float, ...]:
    noise = Random(repr(tokens))  # of its own, so that whoever asks for hidden states gets the same steps
    return tuple(noise.gauss(is_right if place == 0 else 0, 0.5) for place in range(_HIDDEN))


@hookimpl
def register_policies() -> Iterable[type[Policy]]:
    """Register the scripted policy."""
    return [Simulated]
