"""Recorded chains for training and measuring heads: which ones are meant, and reading them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..core.errors import UsageError
from ..core.records import Problem
from ..plugins import registry
from ..plugins.scorers.value_head.chains import LabelledChains, Solved, gather, is_usable
from ..plugins.scorers.value_head.head import Binding
from ..store.database import Database
from ..store.graded import GradedSearch, graded_searches
from ..store.traces import load_trace
from .readings import Readings


class TrainingChains(NamedTuple):
    """Chains, and the searches that they come from, the newest last."""

    chains: LabelledChains
    searches: Sequence[GradedSearch]


def find(
    database: Database, binding: Binding | None = None, problems: Collection[Problem] | None = None
) -> list[GradedSearch]:
    """Return the recorded searches of one model, asked with one prompt format.

    Args:
        binding: None takes the only one that there is.
        problems: None takes all that are recorded.

    Raises:
        UsageError: If there are none, or several models to choose from.
    """
    known = None if problems is None else {(problem.text, problem.gold) for problem in problems}
    found = [
        each
        for each in graded_searches(database)
        if binding in (None, Binding.of(each.record.model))
        and (known is None or (each.problem.text, each.problem.gold) in known)
    ]
    formats = {Binding.of(each.record.model): each.record.model.name for each in found}
    if len(formats) > 1:
        raise UsageError(
            f"{database.name} has chains of several models or formats ({', '.join(formats.values())}).",
            hint="Choose one with --model.",
        )
    return found


def read(
    database: Database, searches: Sequence[GradedSearch], readings: Readings | None = None
) -> TrainingChains:
    """Read chains, with their answers graded.

    Args:
        readings: What a second model says of the steps, to stand in place of their hidden states.

    Raises:
        UsageError: If none of the searches has independent chains with hidden states, where those are wanted.
    """
    grader = registry().get("grader", "math")
    grader = grader(grader.Options())
    used: list[GradedSearch] = []

    def solved() -> Iterator[Solved]:
        for search in searches:
            each = Solved(search.problem, load_trace(database, search.trace).tree)
            if is_usable(each, needs_states=readings is None):
                if readings is not None:
                    readings.put_into(each.tree, search.trace)
                used.append(search)
                yield each

    try:
        return TrainingChains(gather(solved(), grader), used)
    except ValueError as error:
        what = "with hidden states " if readings is None else ""
        raise UsageError(
            f"{database.name} has no chains {what}for this model and these problems.",
            hint="Sample some with 'reason train-head --model NAME --data FILE.jsonl'.",
        ) from error
    finally:
        grader.close()
