"""A policy, a scorer, a grader and a vote without a model, in every manner a plugin may meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from ..kinds import Grader, Scorer, Vote
from ..meter import Meter
from ..records import Answer, End, ModelInfo, Solution, Step
from ..requests import Proposal, ProposeRequest, ScoreRequest, Scores
from ..scripted import Place, Plan, ScriptedPolicy
from ..seeds import derive

_N_ANSWERS = 4
_HIDDEN = 4  # numbers of a hidden state


@dataclass(frozen=True, slots=True)
class Manner:
    """In which manner a `Reasoner` answers.

    Attributes:
        depth: Fewest and most steps of a solution.
        step_tokens: Tokens of a step.
        end: How solutions end; None goes on until a limit is reached.
        p_missing: Probability that a child, an expansion's first one apart, comes back without a step.
        p_silent: Probability that a step has no text, no token and no log-probability.
        one_by_one: Whether each call hands in one child alone, the newest request's last one first.
    """

    depth: tuple[int, int] = (2, 5)
    step_tokens: int = 3
    end: End | None = End.STOP
    p_missing: float = 0.0
    p_silent: float = 0.0
    one_by_one: bool = False


class Reasoner(ScriptedPolicy):
    """Reasons in steps of one length, to solutions of several depths with a few answers among them."""

    name = "scripted"

    def __init__(self, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self.info = ModelInfo("scripted", parameters=1_000, layers=2, width=8, n_context=1 << 20)
        self._waiting: list[Proposal] = []

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Answer every request, at once or one by one."""
        self._waiting += super().propose(requests)
        if self.manner.one_by_one:
            return [self._waiting.pop()] if self._waiting else []
        done, self._waiting = self._waiting, []
        return done

    def release(self, search: int) -> None:
        """Forget what has not been handed in."""
        super().release(search)
        self._waiting = [proposal for proposal in self._waiting if proposal.search != search]

    def plan(self, place: Place) -> Plan:
        """Stop somewhere between the fewest and the most steps."""
        fewest, most = self.manner.depth
        is_silent = place.random.random() < self.manner.p_silent
        is_last = place.depth >= most or (place.depth >= fewest and place.random.random() < 0.3)
        n_tokens = 0 if is_silent else self.manner.step_tokens
        return Plan(n_tokens, self.manner.end if is_last else None)

    def write(self, place: Place, n_tokens: int, end: End | None) -> Step:
        """Say which step it is, and of the last one an answer."""
        answer = place.random.randrange(_N_ANSWERS)
        text = f"The answer is: {answer}" if end is End.STOP else f"Step {place.depth} of {answer}.\n"
        tokens = tuple(place.random.randrange(1000) for _ in range(n_tokens))
        logprobs = (-place.random.random(),) * n_tokens
        hidden = _hidden(tokens) if place.request.wants_hidden and tokens else None
        return Step(text if n_tokens else "", tokens, logprobs, end, hidden)

    def _steps(self, request: ProposeRequest, seed: int, meter: Meter) -> tuple[Step, ...]:
        is_missing = Random(derive(seed, "missing")).random() < self.manner.p_missing
        return () if is_missing and seed != request.seeds[0] else super()._steps(request, seed, meter)


def _hidden(tokens: tuple[int, ...]) -> tuple[float, ...]:
    noise = Random(repr(tokens))  # of its own, so that whoever asks for hidden states gets the same steps
    return tuple(noise.gauss(0, 1) for _ in range(_HIDDEN))


Rule = Callable[[Sequence[Step]], float | None]


def by_text(path: Sequence[Step]) -> float:
    """Score a node by its text: any number in [0, 1), always the same."""
    return derive(0, "".join(step.text for step in path), len(path)) / 2**32


class StepScorer(Scorer):
    """Scores nodes by a rule over the steps up to them; a rule that returns None leaves the node out."""

    name = "scripted"

    def __init__(self, rule: Rule = by_text) -> None:
        self._rule = rule

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Score every request at once."""
        return [Scores(each.search, each.round, self.name, self._by_node(each)) for each in requests]

    def close(self) -> None:
        """Hold nothing."""

    def _by_node(self, request: ScoreRequest) -> dict[int, float]:
        scores = ((node, self._rule(path)) for node, path in zip(request.nodes, request.paths, strict=True))
        return {node: score for node, score in scores if score is not None}


class PlainGrader(Grader):
    """Reads what follows the last colon, and compares to the letter."""

    name = "plain"

    def __init__(self, options: object = None) -> None:
        self.options = options

    def extract(self, text: str) -> Answer | None:
        """Read what follows the last colon."""
        answer = text.rpartition(":")[2].strip()
        return Answer(answer, answer) if answer else None

    def reference(self, text: str) -> Answer | None:
        """Read what follows the last colon."""
        return self.extract(text)

    def equivalent(self, one: Answer, other: Answer) -> bool:
        """Compare to the letter."""
        return one.canonical == other.canonical

    def close(self) -> None:
        """Hold nothing."""


class CountingVote(Vote):
    """The most frequent answer wins."""

    name = "counting"

    def __init__(self, options: object = None) -> None:
        self.options = options

    def weigh(self, solutions: Sequence[Solution]) -> float:
        """Return the number of solutions."""
        return float(len(solutions))
