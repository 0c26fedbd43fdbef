"""What a search has spent of its budget, and whether it may go on: the loop's side of the books.

Policies and scorers book on a `Meter` of their own, and the loop adds up what they hand back.
"""

from __future__ import annotations

from .records import Budget, Flops, Tokens, Usage
from .requests import Allowance

DONE = "done"
"""Why a search stops that has got what it wanted."""


class Ledger:
    """Everything one search has spent, and whether it may spend more.

    Attributes:
        stopped: Why it may not: `tokens`, `flops`, `seconds`, `samples`, `interrupted`, `failed`, or `done`
            where its strategy ended it early; empty while it may.
        usage: What it has spent.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.stopped = ""
        self.usage = Usage()

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be spent."""
        return bool(self.stopped)

    @property
    def may_score(self) -> bool:
        """Whether scorers may go on: what was generated within its budget is still scored, for the vote."""
        return self.stopped in ("", DONE, "tokens", "samples") and not self._is_over_flops

    @property
    def tokens(self) -> Tokens:
        """The tokens so far."""
        return self.usage.tokens

    @property
    def flops(self) -> Flops:
        """The FLOPs so far."""
        return self.usage.flops

    @property
    def allowance(self) -> Allowance:
        """What is left of tokens and FLOPs."""
        tokens, flops = self.budget.tokens, self.budget.flops
        return Allowance(
            None if tokens is None else max(0, tokens - self.tokens.generated),
            None if flops is None else max(0.0, flops - self.flops.policy - self.flops.scorer),
        )

    def stop(self, reason: str) -> None:
        """Let nothing more be spent, for `reason`; the first reason stays."""
        self.stopped = self.stopped or reason

    def book(self, usage: Usage) -> None:
        """Add what was spent."""
        self.restore(self.usage + usage)

    def restore(self, usage: Usage) -> None:
        """Set what has been spent, where a recorded search is played again or goes on."""
        self.usage = usage
        tokens = self.budget.tokens
        if tokens is not None and self.tokens.generated >= tokens:
            self.stop("tokens")
        if self._is_over_flops:
            self.stop("flops")

    @property
    def _is_over_flops(self) -> bool:
        limit = self.budget.flops
        return limit is not None and self.flops.policy + self.flops.scorer >= limit
