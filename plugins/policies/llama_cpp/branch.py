"""A branch of the engine: tokens, how many of them the cache holds, and what shall become of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....core.records import End, ProposeRequest, Step
from .boundary import StepReader
from .sampler import Sampler


@dataclass(slots=True)
class Job:
    """One expansion: a prefix that several children share.

    Attributes:
        number: Of all jobs of the engine; older jobs go first.
        n_prompt: Tokens of the prefix that belong to the prompt.
        n_known: Tokens of the prefix that were computed before, for this search, perhaps evicted since.
    """

    number: int
    request: ProposeRequest
    prefix: tuple[int, ...]
    n_prompt: int
    n_known: int


@dataclass(slots=True, eq=False)
class Branch:
    """A stem computes the prefix of a job; its children sample from there.

    Attributes:
        tokens: All tokens from the prompt on; the last one may not have been computed yet.
        child: Which child of its job; None for the stem.
        seq: The sequence that holds its cells while it is active.
        n_computed: How many of its tokens the cache holds.
        n_known: How many of its tokens were ever computed, for counting what an eviction cost.
    """

    job: Job
    tokens: list[int]
    child: int | None = None
    seq: int = -1
    n_computed: int = 0
    n_known: int = 0
    sampler: Sampler | None = None
    reader: StepReader | None = None
    step_tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    n_solution: int = 0

    @property
    def n_pending(self) -> int:
        """Tokens that must be computed before the next one can be sampled."""
        return len(self.tokens) - self.n_computed

    def end_step(self, end: End | None) -> Step:
        """Close the step under way."""
        assert self.reader is not None, "a stem has no steps"
        step = Step(self.reader.take(), tuple(self.step_tokens), tuple(self.logprobs), end)
        self.steps.append(step)
        self.step_tokens, self.logprobs = [], []
        return step

    def close(self) -> None:
        """Free the sampler."""
        if self.sampler is not None:
            self.sampler.close()
            self.sampler = None
