"""The allowance of a search, and what it has spent.

FLOPs follow the usual count: a token costs 2 · parameters for the matrices and
4 · layers · width · context for attention. `paper` keeps the convention of Wu et al. 2024 beside it,
which leaves out prompts, attention and the reward model.
"""

from __future__ import annotations

from dataclasses import dataclass

from .records import Flops, ModelInfo, Tokens


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may spend; None is no limit.

    Attributes:
        samples: Finished solutions.
        tokens: Generated tokens. Kept exactly.
        flops: FLOPs of policy and scorers. Kept to within one token.
        seconds: Wall-clock time since the search's first round.
    """

    samples: int | None = None
    tokens: int | None = None
    flops: float | None = None
    seconds: float | None = None


def flops_of_span(model: ModelInfo, start: int, stop: int) -> float:
    """Compute the FLOPs of running tokens at positions `start` to `stop - 1` through a model."""
    n_tokens = stop - start
    contexts = (start + 1 + stop) * n_tokens / 2
    return 2.0 * model.parameters * n_tokens + 4.0 * model.layers * model.width * contexts


class Ledger:
    """Everything one search has spent, and whether it may go on.

    Policies and scorers book here as they work and ask `exhausted` before each further token, so that a
    budget is kept inside a round too.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.stopped = ""
        self.prompt = self.generated = self.scored = self.reused = self.recomputed = 0
        self.policy_flops = self.scorer_flops = self.paper_flops = 0.0

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be spent."""
        return bool(self.stopped)

    @property
    def may_score(self) -> bool:
        """Whether scorers may go on: what was generated within its budget is still scored, for the vote."""
        return self.stopped in ("", "tokens", "samples") and not self._is_over_flops

    def stop(self, reason: str) -> None:
        """End the search for `reason`; the first reason stays."""
        self.stopped = self.stopped or reason

    def book_computed(
        self, model: ModelInfo, start: int, stop: int, *, prompt: int = 0, recomputed: int = 0
    ) -> None:
        """Book tokens that the policy computed at positions `start` to `stop - 1`.

        Args:
            prompt: How many of them were given rather than sampled.
            recomputed: How many of them had been computed before.
        """
        self.prompt += prompt
        self.recomputed += recomputed
        self.policy_flops += flops_of_span(model, start, stop)
        self._check()

    def book_sampled(self, model: ModelInfo) -> None:
        """Book one generated token; its FLOPs are booked when it is computed."""
        self.generated += 1
        self.paper_flops += 2.0 * model.parameters
        self._check()

    def book_scored(self, model: ModelInfo, start: int, stop: int) -> None:
        """Book tokens that a scorer's own model computed at positions `start` to `stop - 1`."""
        self.scored += stop - start
        self.scorer_flops += flops_of_span(model, start, stop)
        self._check()

    def book_recorded(self, model: ModelInfo, start: int, stop: int) -> None:
        """Book tokens at positions `start` to `stop - 1` that a recorded search had sampled."""
        self.generated += stop - start
        self.paper_flops += 2.0 * model.parameters * (stop - start)
        self.policy_flops += flops_of_span(model, start, stop)
        self._check()

    def restore(self, tokens: Tokens, flops: Flops) -> None:
        """Set what has been spent, where a recorded search is played again or goes on."""
        self.prompt, self.generated, self.scored, self.reused, self.recomputed = tokens
        self.policy_flops, self.scorer_flops, self.paper_flops = flops
        self._check()

    def book_reused(self, n_tokens: int) -> None:
        """Book tokens whose computation was shared."""
        self.reused += n_tokens

    @property
    def tokens(self) -> Tokens:
        """The tokens so far."""
        return Tokens(self.prompt, self.generated, self.scored, self.reused, self.recomputed)

    @property
    def flops(self) -> Flops:
        """The FLOPs so far."""
        return Flops(self.policy_flops, self.scorer_flops, self.paper_flops)

    def _check(self) -> None:
        budget = self.budget
        if budget.tokens is not None and self.generated >= budget.tokens:
            self.stop("tokens")
        if self._is_over_flops:
            self.stop("flops")

    @property
    def _is_over_flops(self) -> bool:
        limit = self.budget.flops
        return limit is not None and self.policy_flops + self.scorer_flops >= limit
