"""What recorded steps are like, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ...core.statistics import Interval
from ...store.analysis.steps import StepFigures
from .table import Column

_NAMES = ("first steps", "without a number", "with a colon", "tokens a step", "steps a solution")


def columns(by: Sequence[str]) -> list[Column]:
    """Return the table's columns: what groups differ in, then the figures."""
    keys = [Column(name, right=name == "run", width=40, gives=name == "model") for name in by]
    return [*keys, *(Column(name, right=True) for name in _NAMES)]


def as_rows(figures: Iterable[StepFigures], keys: Iterable[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each group.

    Args:
        keys: What stands before each group's figures.
    """
    for each, key in zip(figures, keys, strict=True):
        yield (
            *key,
            f"{each.n_first:,}",
            share(each.without_number),
            share(each.with_colon),
            _mean(each.tokens_a_step),
            _mean(each.depth),
        )


def as_objects(figures: Iterable[StepFigures], by: Sequence[str]) -> list[dict[str, Any]]:
    """Return the groups for JSON."""
    return [
        dict(zip(by, each.key, strict=True))
        | {name: value for name, value in asdict(each).items() if name != "key"}
        | {"without_number": each.without_number and each.without_number._asdict()}
        | {"with_colon": each.with_colon and each.with_colon._asdict()}
        | {"tokens_a_step": each.tokens_a_step, "depth": each.depth}
        for each in figures
    ]


def share(found: Interval | None) -> str:
    """Show a share with its 95 % interval."""
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})" if found else "-"


def _mean(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
