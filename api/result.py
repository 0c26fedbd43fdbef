"""What came of a search, for a person, a program or a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from typing import Any

from ..core.agreement import Agreement, agreement_of
from ..core.records import BROKEN_OFF, End, Flops, Problem, Solution, Tally, Tokens
from ..core.run_record import RunRecord
from ..core.spec import RunSpec
from ..core.text import flops_text, printable, rate_text, tallies_text, tokens_text
from ..core.trace import Trace
from ..core.tree import Tree
from ..core.vote import best_of, solutions_of

_N_VOTES_SHOWN = 5
_STOPPED = {
    "tokens": "the budget of tokens was spent",
    "flops": "the budget of FLOPs was spent",
    "seconds": "the time was up",
    "samples": "enough solutions were found",
    "interrupted": "interrupted",
    "failed": "it failed",
}


class Result:
    """A search that has finished, or a recorded one that was read back.

    Attributes:
        trace: Everything that is known of it; what follows reads from there.
        error: What went wrong, if anything did; the search still has what it found.
    """

    def __init__(self, trace: Trace, error: Exception | str | None = None) -> None:
        self.trace = trace
        self.error = error or trace.error or None
        self._solutions: tuple[Solution, ...] | None = None

    @property
    def answer(self) -> str | None:
        """The answer that won the vote; None where no solution has one."""
        return self.trace.answer

    @property
    def correct(self) -> bool | None:
        """Whether it is right; None without a right answer to compare with."""
        return self.trace.correct

    @property
    def votes(self) -> tuple[Tally, ...]:
        """All classes of equivalent answers with their counts and weights, the heaviest first."""
        return self.trace.tallies

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """All finished solutions with their whole texts and scores, oldest first."""
        if self._solutions is None:
            self._solutions = tuple(solutions_of(self.trace.tree, self.spec.aggregation))
        return self._solutions

    @property
    def text(self) -> str | None:
        """The whole text of the best solution with the winning answer, or of the best one without any."""
        best = self.best
        return None if best is None else self.trace.tree.text(best)

    @property
    def best(self) -> int | None:
        """The node of that solution; None where there is no solution."""
        return best_of(self.solutions, self.answer)

    @property
    def agreement(self) -> Agreement | None:
        """How far the solutions agree on the answer; None without one."""
        return agreement_of(self.votes, len(self.solutions))

    @property
    def is_open(self) -> bool:
        """Whether there was nothing to vote on: most solutions hold no answer that can be compared."""
        whole = [each for each in self.solutions if self.tree[each.node].end is End.STOP]
        return bool(whole) and 2 * sum(each.answer is not None for each in whole) < len(whole)

    @property
    def tree(self) -> Tree:
        """The tree that was searched."""
        return self.trace.tree

    @property
    def problem(self) -> Problem:
        """What was asked."""
        return self.trace.problem

    @property
    def tokens(self) -> Tokens:
        """Tokens by what was done with them."""
        return self.trace.tokens

    @property
    def flops(self) -> Flops:
        """FLOPs of policy and scorers, and as the paper counts them."""
        return self.trace.flops

    @property
    def elapsed_s(self) -> float:
        """Seconds from the search's first round to its end."""
        return self.trace.elapsed_s or 0.0

    @property
    def stopped(self) -> str | None:
        """`done`, or why it ended early, as `core.ledger.Ledger.stopped` has it; None if nobody knows."""
        return self.trace.stopped

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end, that of its budget included."""
        return self.error is None and self.stopped not in (None, *BROKEN_OFF)

    @property
    def trace_id(self) -> str:
        """What its trace is called; empty where nothing was recorded."""
        return self.trace.id

    @property
    def record(self) -> RunRecord:
        """What the run was searched with, model and versions included."""
        return self.trace.record

    @property
    def spec(self) -> RunSpec:
        """The spec that gives the same search again."""
        return self.trace.record.spec

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `reason solve --json`."""
        tokens, flops = self.tokens, self.flops
        found: dict[str, Any] = {
            "question": self.problem.text,
            "answer": self.answer,
            "correct": self.correct,
            "text": self.text,
            "agreement": self._agreement(),
            "strategy": self.spec.strategy,
            "model": self.record.model.name,
            "seed": self.spec.seed,
            "prompt": self.trace.prompt.text,
            "scorer": self.spec.scorer or None,
            "trace_id": self.trace_id,
            "n_solutions": len(self.tree.solutions),
            "votes": [asdict(vote) for vote in self.votes],
            "tokens": {
                "prompt": tokens.prompt,
                "generated": tokens.generated,
                "scored": tokens.scored,
                "reused": tokens.reused,
            },
            "flops": {"policy": flops.policy, "scorer": flops.scorer, "paper": flops.paper},
            "elapsed_s": round(self.elapsed_s, 3),
            "stopped": self.stopped,
        }
        return found | ({"error": str(self.error)} if self.error else {})

    def _agreement(self) -> dict[str, Any] | None:
        found = self.agreement
        return found and found._asdict() | {"is_tie": found.is_tie, "is_weak": found.is_weak}

    def lines(self) -> Iterator[str]:
        """Yield everything but the answer, a line each."""
        if self.stopped in _STOPPED:
            yield f"stopped   {_STOPPED[self.stopped]}{': this is the answer so far' if self.answer else ''}"
        if self.correct is not None:
            yield f"correct   {'yes' if self.correct else 'no'} (gold {self.problem.gold})"
        if self.agreement is not None:
            yield f"agreement {self.agreement}"
        yield f"votes     {tallies_text(self.votes, most=_N_VOTES_SHOWN) or 'none'}"
        yield f"solutions {len(self.tree.solutions)} of {len(self.tree) - 1} steps in the tree"
        yield f"tokens    {tokens_text(self.tokens)}; {rate_text(self.tokens, self.elapsed_s)}"
        yield f"FLOPs     {flops_text(self.flops)}"
        if self.spec.scorer:
            yield f"scorer    {printable(self.spec.scorer)}"
        yield f"time      {self.elapsed_s:.1f} s"
        yield f"trace     {self.trace_id or 'not kept'}"

    def __str__(self) -> str:
        answer = printable(self.answer) if self.answer is not None else "none"
        error = [f"error     {printable(str(self.error))}"] if self.error else []
        return "\n".join([f"answer    {answer}", *error, *self.lines()])

    def __repr__(self) -> str:
        answer, question = (printable(str(each), width=40) for each in (self.answer, self.problem.text))
        return f"<Result {answer!r} for {question!r}, trace {self.trace_id or '-'}>"

    def _repr_html_(self) -> str:
        """Show the page of the tree in a notebook, in a frame of its own."""
        from ..store.pages.html import page

        style = "width: 100%; height: 640px; border: 1px solid #ccc"
        return (
            f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{escape(page(self.trace))}"></iframe>'
        )
