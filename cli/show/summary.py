"""Rate, time left and accuracy of a run over many problems."""

from __future__ import annotations

from collections.abc import Iterator
from operator import add
from time import monotonic
from typing import TYPE_CHECKING

from ...api.result import Result
from ...core.records import BROKEN_OFF, Flops, Tokens
from ...core.statistics import wilson
from ...core.text import flops_text, rate_text, tokens_text

if TYPE_CHECKING:
    from ...store.resuming import Remaining


class Summary:
    """Adds up results.

    Args:
        n_problems: How many are to come.
        before: What had ended before, where a run goes on: it counts towards accuracy. Tokens that its other
            searches were given before count too, so no rate is told.
    """

    def __init__(self, n_problems: int, before: Remaining | None = None) -> None:
        self.n_problems = n_problems
        self._before = before
        self._started_s = monotonic()
        self.n_done = self.n_failed = self.n_interrupted = 0
        self._n_graded = self._n_correct = 0
        self._tokens, self._flops = Tokens(), Flops()

    def add(self, result: Result) -> None:
        """Count one search."""
        self.n_done += 1
        self.n_failed += result.stopped == "failed"
        self.n_interrupted += result.stopped == "interrupted"
        if result.stopped not in BROKEN_OFF:
            self._n_graded += result.correct is not None
            self._n_correct += bool(result.correct)
        self._tokens = Tokens(*map(add, self._tokens, result.tokens))
        self._flops = Flops(*map(add, self._flops, result.flops))

    def progress(self) -> str:
        """Return one line for the run so far."""
        elapsed_s = monotonic() - self._started_s
        left_s = elapsed_s / self.n_done * (self.n_problems - self.n_done)
        graded = f", {self._n_correct} of {self._n_graded} right" if self._n_graded else ""
        return f"{self.n_done} of {self.n_problems} problems{graded}{self._rate(', ')}, {left_s:,.0f} s left"

    def lines(self) -> Iterator[str]:
        """Yield the summary, a line each."""
        elapsed_s = monotonic() - self._started_s
        n_correct, n_graded = self._n_correct, self._n_graded
        if self._before is not None:
            n_correct, n_graded = n_correct + self._before.n_correct, n_graded + self._before.n_graded
        if n_graded:
            yield accuracy_line(n_correct, n_graded)
        if self.n_failed:
            yield f"failed    {self.n_failed} of {self.n_done}, which no accuracy counts"
        yield f"tokens    {tokens_text(self._tokens)}{self._rate('; ')}"
        yield f"FLOPs     {flops_text(self._flops)}"
        yield f"time      {elapsed_s:.1f} s"

    def _rate(self, before: str) -> str:
        return "" if self._before else before + rate_text(self._tokens, monotonic() - self._started_s)


def accuracy_line(n_correct: int, n_graded: int) -> str:
    """Return how many answers were right, with the 95 % interval of their proportion."""
    low, value, high = wilson(n_correct, n_graded)
    return f"accuracy  {value:.1%} ({n_correct} of {n_graded}), 95 % interval {low:.1%} to {high:.1%}"


def judged(correct: bool | None) -> str:
    """Return whether an answer is right, to stand behind it; nothing where that is not known."""
    return {True: ", right", False: ", wrong", None: ""}[correct]
