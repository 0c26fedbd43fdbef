"""Rate, time left and accuracy of a run over many problems."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from ..core.loop import Finished
from ..core.statistics import wilson


class Summary:
    """Adds up finished searches."""

    def __init__(self, n_problems: int) -> None:
        self._n_problems = n_problems
        self._started_s = monotonic()
        self.n_done = self.n_failed = self.n_interrupted = 0
        self._n_graded = self._n_correct = 0
        self._n_generated = self._n_prompt = self._n_reused = 0
        self._flops = self._paper_flops = 0.0

    def add(self, finished: Finished) -> None:
        """Count one search."""
        outcome = finished.outcome
        self.n_done += 1
        self.n_failed += outcome.stopped == "failed"
        self.n_interrupted += outcome.stopped == "interrupted"
        self._n_graded += outcome.correct is not None
        self._n_correct += bool(outcome.correct)
        self._n_generated += outcome.tokens.generated
        self._n_prompt += outcome.tokens.prompt
        self._n_reused += outcome.tokens.reused
        self._flops += outcome.flops.policy + outcome.flops.scorer
        self._paper_flops += outcome.flops.paper

    def progress(self) -> str:
        """Return one line for the run so far."""
        elapsed_s = monotonic() - self._started_s
        left_s = elapsed_s / self.n_done * (self._n_problems - self.n_done)
        graded = f", {self._n_correct} of {self._n_graded} right" if self._n_graded else ""
        return (
            f"{self.n_done} of {self._n_problems} problems{graded}, "
            f"{self._n_generated / elapsed_s:,.0f} tokens/s, {left_s:,.0f} s left"
        )

    def lines(self) -> Iterator[str]:
        """Yield the summary, a line each."""
        elapsed_s = monotonic() - self._started_s
        if self._n_graded:
            low, value, high = wilson(self._n_correct, self._n_graded)
            yield (
                f"accuracy  {value:.1%} ({self._n_correct} of {self._n_graded}), "
                f"95 % interval {low:.1%} to {high:.1%}"
            )
        if self.n_failed:
            yield f"failed    {self.n_failed} of {self.n_done}"
        yield (
            f"tokens    {self._n_generated:,} generated, {self._n_prompt:,} of prompt, "
            f"{self._n_reused:,} reused; {self._n_generated / elapsed_s:,.0f} tokens/s"
        )
        yield f"FLOPs     {self._flops:.3g} in all, {self._paper_flops:.3g} as the paper counts"
        yield f"time      {elapsed_s:.1f} s"
