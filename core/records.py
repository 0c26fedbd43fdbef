"""The frozen records that pass between the loop, its plugins and the store.

This module knows no model, no database and no terminal.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

Until = Literal["step", "end"]


class End(StrEnum):
    """Why a node cannot be expanded."""

    STOP = "stop"
    """The policy ended its solution."""
    LENGTH = "length"
    """A token limit was reached first: finished, without an answer."""
    DEPTH = "depth"
    """The limit on steps was reached first: finished, without an answer."""
    CUT = "cut"
    """The budget ran out, or the user interrupted, in the middle of the step."""
    FAILED = "failed"
    """The policy could not go on: the context is full, or it raised."""


BROKEN = (End.CUT, End.FAILED)
"""Ends that are no solution's own: with more budget or luck it would have gone on."""
BROKEN_OFF = ("interrupted", "failed")
"""How a search stopped that came to no end of its own; whether its answer is right says nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A question and, where it is known, its right answer.

    Attributes:
        index: Its place in the data set, from 0.
        dataset: What the data set is called; empty for a question of its own.
    """

    text: str
    gold: str | None = None
    index: int = 0
    dataset: str = ""


class Answer(NamedTuple):
    """What a grader read out of a solution.

    `canonical` is equal for answers that are equal to the letter after normalisation; two answers with
    different canonical forms may still be equivalent, and only the grader can tell.
    """

    text: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of reasoning, as a policy proposed it.

    The tokens of a step are the user's turn (`n_said` of them), a beginning that was given, and what was
    sampled; the first two only where an `Expansion` asked for them, and only in the first step of a chain.

    Attributes:
        text: The step's text, the given beginning and the delimiter included; never the user's words.
        tokens: The token ids, in the vocabulary of the policy.
        logprobs: One per sampled token, in nats, under the untempered distribution; empty where unknown.
        end: Why nothing can follow, or None where the branch can go on.
        hidden: The policy's last hidden state from which the step's last token was sampled, if it was asked
            for; the decode that made the token made it too.
        said: What the user said before the step: a solution begins anew with it.
        n_given: How many of the tokens, the first ones, were given and not sampled.
        n_said: How many of those belong to the user's turn and not to the solution.
    """

    text: str
    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    end: End | None = None
    hidden: tuple[float, ...] | None = field(default=None, repr=False)
    said: str = ""
    n_given: int = 0
    n_said: int = 0

    @property
    def n_sampled(self) -> int:
        """How many tokens were sampled."""
        return len(self.tokens) - self.n_given

    @property
    def n_solution(self) -> int:
        """How many tokens belong to the solution: those that were sampled, and a given beginning."""
        return len(self.tokens) - self.n_said


class Prompt(NamedTuple):
    """A problem as a policy shows it to its model."""

    text: str
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a policy samples.

    Attributes:
        temperature: 0 takes the most probable token.
        top_k: Keep the k most probable tokens; 0 keeps all.
        top_p: Keep the smallest set with this probability; 1 keeps all.
        min_p: Drop tokens less probable than this fraction of the most probable one.
        repeat_penalty: Divide the logits of recent tokens; 1 leaves them.
        repeat_last_n: How many tokens count as recent.
    """

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64


class Expansion(NamedTuple):
    """What a strategy asks for: `width` new children of `node`, each one step long or run to its end.

    Attributes:
        node: An unfinished node; with `says`, also the last node of a solution (`End.STOP`).
        sampling: How these children are sampled; as the search samples if not given.
        says: What the user says next; the children are the model's reply, and begin a new solution.
        begins: What each child's text begins with; computed, not sampled.
    """

    node: int
    width: int
    until: Until = "step"
    sampling: Sampling | None = None
    says: str = ""
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a branch counts as finished without an answer. A solution begins anew where the user speaks.

    Attributes:
        max_tokens: Tokens of a whole solution, a given beginning included.
        max_step_tokens: Sampled tokens of one step.
        max_depth: Steps of a solution.
    """

    max_tokens: int = 1024
    max_step_tokens: int = 256
    max_depth: int = 25


class Solution(NamedTuple):
    """A finished solution as a vote sees it.

    Attributes:
        node: Its last node.
        answer: None where none could be read.
        score: The aggregate of its steps' scores, in [0, 1].
        text: The whole solution, without the prompt; where the user spoke again, the last reply alone.
        n_tokens: Tokens of the whole solution.
        path: All nodes from the first step to the last; with it a vote can tell what a solution refines.
        step_scores: The leading scorer's scores of its steps, in [0, 1]; steps without one are left out.
        share: How much of a vote it has, in (0, 1]: less than 1 where a vote discounts kin.
    """

    node: int
    answer: Answer | None
    score: float
    text: str = ""
    n_tokens: int = 0
    path: tuple[int, ...] = ()
    step_scores: tuple[float, ...] = ()
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Tally:
    """One class of equivalent answers."""

    answer: str
    count: int
    weight: float


class Verdict(NamedTuple):
    """What a vote made of the solutions; `answer` is None where no solution has one."""

    answer: str | None
    tallies: tuple[Tally, ...]


class Tokens(NamedTuple):
    """Tokens of one search, by what was done with them.

    Attributes:
        prompt: Tokens of prompts, and others that were given, which were computed.
        generated: Tokens that were sampled.
        scored: Tokens that a scorer's own model computed.
        reused: Tokens that branches took over from the cache instead of computing them.
        recomputed: Tokens of any kind that were computed once more, after an eviction.
    """

    prompt: int = 0
    generated: int = 0
    scored: int = 0
    reused: int = 0
    recomputed: int = 0


class Flops(NamedTuple):
    """Floating-point operations of one search.

    Attributes:
        policy: All that the policy computed.
        scorer: All that scorers computed with models of their own.
        paper: The convention of Wu et al. 2024: 2 · parameters · generated tokens of the policy alone.
    """

    policy: float = 0.0
    scorer: float = 0.0
    paper: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What some work took, in tokens and FLOPs; usages add up."""

    tokens: Tokens = field(default_factory=Tokens)
    flops: Flops = field(default_factory=Flops)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            Tokens(*map(operator.add, self.tokens, other.tokens)),
            Flops(*map(operator.add, self.flops, other.flops)),
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may spend; None is no limit.

    Attributes:
        samples: Finished solutions.
        tokens: Generated tokens. Kept exactly.
        flops: FLOPs of policy and scorers. Kept to within one token of the policy, or one round of a scorer
            that has a model of its own.
        seconds: Wall-clock time since the search's first round.
    """

    samples: int | None = None
    tokens: int | None = None
    flops: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the ledger and the store keep of a model.

    Attributes:
        parameters: Parameters that multiply a token: no embedding look-up, with the output head.
        layers: Number of attention layers.
        width: Width of the attention (heads × head dimension).
        sha256: Of the file; empty for a policy without one.
        prompt_format: The digest of how it is asked; empty for a policy that asks in its own way.
    """

    name: str
    parameters: int = 0
    layers: int = 0
    width: int = 0
    n_context: int = 0
    sha256: str = ""
    path: str = ""
    prompt_format: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended.

    Attributes:
        stopped: `done`, `tokens`, `flops`, `seconds`, `samples`, `interrupted` or `failed`.
        error: What went wrong, where `stopped` is `failed`; the search still has what it found.
        correct: None without a gold answer.
    """

    verdict: Verdict
    solutions: tuple[Solution, ...]
    stopped: str
    tokens: Tokens
    flops: Flops
    elapsed_s: float
    correct: bool | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a search had spent at some moment."""

    tokens: Tokens
    flops: Flops
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RecordedRound:
    """What one call of `select` asked for.

    Attributes:
        asked: Which call of `select` it was, from 1.
        ended: How many calls there had been when the round ended.
        spent: What the search had spent by then; None where schema 0003 or older recorded it.
    """

    number: int
    expansions: tuple[Expansion, ...]
    first_ranks: tuple[int, ...]
    asked: int = 0
    ended: int = 0
    spent: Spent | None = None
