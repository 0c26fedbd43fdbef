"""A branch of the engine: tokens, how many of them the cache holds, and what shall become of them.

There are three kinds. A *stem* computes the prefix of an expansion; its *children* sample from there; a
*reader* computes a given text and keeps what was asked of its logits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ....core.meter import Meter
from ....core.records import End, Step
from ....core.requests import UNLIMITED, Allowance, ProposeRequest
from .boundary import StepReader
from .outputs import DecodedOutput
from .sampler import Sampler


class Given(NamedTuple):
    """Tokens that an expansion gives to its children: the user's turn up to the reply, and its beginning."""

    said: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()

    @property
    def tokens(self) -> tuple[int, ...]:
        """All of them, in their order."""
        return self.said + self.begins


NOTHING_GIVEN = Given()


class Question(NamedTuple):
    """What is asked of the logits behind the token at `position`: those of the named tokens.

    With `normalised`, they are log-probabilities in nats over the whole vocabulary. Where no token is named,
    the answer is one number, the mean over the whole vocabulary. With `hidden`, the answer is the last hidden
    state there instead, a number for each of the model's embedding width.
    """

    position: int
    tokens: tuple[int, ...] = ()
    normalised: bool = True
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A text to be computed and asked about, such as a prefix, a continuation and what is likely after it.

    Attributes:
        key: Names the answer.
        tokens: The whole text; what of it the cache holds is not computed again.
        questions: In rising order of position.
        owner: Who takes the answer.
    """

    search: int
    key: object
    tokens: tuple[int, ...]
    questions: tuple[Question, ...]
    allowance: Allowance = UNLIMITED
    owner: object = None


class Reading(NamedTuple):
    """The answer to a `ReadRequest`: for each question, a number for each thing asked; none if it was cut."""

    key: object
    values: tuple[tuple[float, ...], ...]
    owner: object = None


@dataclass(slots=True, eq=False, kw_only=True)
class Branch:
    """What all kinds of branch have in common.

    Attributes:
        tokens: All tokens from the prompt on; the last one may not have been computed yet.
        seq: The sequence that holds its cells while it is active; -1 otherwise.
        n_computed: How many of its tokens the cache holds.
        n_known: How many of its tokens were ever computed, for counting what an eviction cost.
        n_reusable: How many of its tokens need no logits, and so may be taken from the cache.
    """

    search: int
    meter: Meter
    tokens: list[int]
    seq: int = -1
    n_computed: int = 0
    n_known: int = 0

    @property
    def may_go_on(self) -> bool:
        """Whether its search may spend more on it."""
        return not self.meter.exhausted

    @property
    def n_pending(self) -> int:
        """Tokens that must be computed before the branch can go on."""
        return len(self.tokens) - self.n_computed

    @property
    def n_reusable(self) -> int:
        return len(self.tokens) - 1

    def outputs(self, start: int, stop: int) -> list[int]:
        """Return the positions in [start, stop) whose logits are wanted: the last one, once it is reached."""
        return [stop - 1] if stop == len(self.tokens) else []

    def close(self) -> None:
        """Free what the branch holds besides its sequence."""


@dataclass(slots=True, eq=False, kw_only=True)
class Stem(Branch):
    """Computes the prefix of an expansion, with what is given to its children.

    Attributes:
        n_prompt: Tokens of the prefix that belong to the prompt.
        n_solution: Tokens of the solution so far, a given beginning included.
    """

    request: ProposeRequest
    n_prompt: int
    n_solution: int
    given: Given = NOTHING_GIVEN

    @property
    def prefix(self) -> tuple[int, ...]:
        """What is expanded, what is given included."""
        return tuple(self.tokens)

    def n_not_sampled(self, start: int, stop: int) -> int:
        """Return how many tokens in [start, stop) belong to the prompt, or are given."""
        first_given = len(self.tokens) - len(self.given.tokens)
        of_prompt = max(0, min(stop, self.n_prompt) - start)
        return of_prompt + max(0, stop - max(start, first_given))


@dataclass(slots=True, eq=False, kw_only=True)
class Child(Branch):
    """Samples one step, or a whole chain of them."""

    request: ProposeRequest
    number: int
    sampler: Sampler
    reader: StepReader
    n_solution: int
    given: Given = NOTHING_GIVEN
    is_closed: bool = False
    step_tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def end_step(self, end: End | None, output: DecodedOutput | None = None) -> None:
        """Close the step under way; `output` is what its last token was sampled from."""
        hidden = output.hidden() if output is not None and self.request.wants_hidden else None
        step = Step(self.reader.take(), tuple(self.step_tokens), tuple(self.logprobs), end, hidden)
        self.steps.append(step if self.steps else behind(self.given, step, self.request.says))
        self.step_tokens, self.logprobs = [], []

    def close(self) -> None:
        self.is_closed = True
        self.sampler.close()


def behind(given: Given, step: Step, said: str) -> Step:
    """Put what a first step sampled behind the tokens that were given to it."""
    if not given.tokens:
        return step
    n_said, tokens = len(given.said), given.tokens
    return replace(step, tokens=tokens + step.tokens, said=said, n_given=len(tokens), n_said=n_said)


@dataclass(slots=True, eq=False, kw_only=True)
class Reader(Branch):
    """Computes a given text and keeps the answers to its questions."""

    request: ReadRequest
    answers: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def may_go_on(self) -> bool:
        return self.meter.may_score

    @property
    def n_reusable(self) -> int:
        first = self.request.questions[0].position if self.request.questions else len(self.tokens)
        return min(first, len(self.tokens) - 1)

    def outputs(self, start: int, stop: int) -> list[int]:
        unanswered = self.request.questions[len(self.answers) :]
        wanted = {question.position for question in unanswered if start <= question.position < stop}
        return sorted(wanted)
