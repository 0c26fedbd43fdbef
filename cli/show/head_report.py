"""Figures of heads as Markdown tables, for a terminal and for the documentation, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...api.head_training import Measured
from ...core.statistics import Interval
from ...core.text import printable
from ...plugins.scorers.value_head.figures import Figures, plain
from .table import markdown

_QUARTERS = ("first", "second", "third", "last")


def as_json(measured: Measured) -> dict[str, Any]:
    """Return the object of `--json`."""
    info = measured.head.info
    return {
        "head": str(measured.path),
        "sha256": measured.head.digest,
        "model": info.model,
        "model_sha256": info.model_sha256,
        "prompt_format": info.prompt_format,
        "data": info.data,
        "made": info.made,
        "n_left_out": measured.n_left_out,
        "figures": {name: plain(figures) for name, figures in measured.by_scorer.items()},
    }


def as_lines(measured: Measured) -> Iterator[str]:
    """Yield the tables, a line each."""
    figures = next(iter(measured.by_scorer.values()))
    yield (
        f"{figures.n_problems} problems, {figures.n_chains:,} chains, {figures.n_steps:,} steps: "
        f"{figures.pass_at_1:.1%} of chains end right, "
        f"{figures.pass_at_n.value:.1%} of problems have a right one"
    )
    if measured.n_left_out:
        yield f"{measured.n_left_out} problems were left out: the head was trained on them"
    for table in (_ranking(measured.by_scorer), _votes(measured.by_scorer), _calibration(figures)):
        yield ""
        yield from markdown(table)


def _ranking(by_scorer: Mapping[str, Figures]) -> Iterator[Sequence[str]]:
    each = list(by_scorer.values())
    yield ("", *map(printable, by_scorer))
    yield ("AUC, all steps", *(_number(one.ranking.all_steps) for one in each))
    for place, name in enumerate(_QUARTERS):
        yield (f"AUC, {name} quarter of the steps", *(_number(one.ranking.quarters[place]) for one in each))
    yield ("AUC, final step", *(_number(one.ranking.final_step) for one in each))
    for name in each[0].ranking.within:
        label = "final step" if name == "last" else f"{name} of the steps"
        yield (f"AUC within a problem, {label}", *(_interval(one.ranking.within[name]) for one in each))
    for depth in range(max(len(one.ranking.depths) for one in each)):
        areas = (one.ranking.depths[depth] if depth < len(one.ranking.depths) else None for one in each)
        yield (f"AUC within a problem, step {depth + 1}", *map(_number, areas))
    yield ("Brier score", *(f"{one.calibration.brier:.3f}" for one in each))
    yield ("Brier score of the base rate", *(f"{one.calibration.brier_of_base_rate:.3f}" for one in each))
    yield ("calibration error", *(f"{one.calibration.error:.3f}" for one in each))


def _votes(by_scorer: Mapping[str, Figures]) -> Iterator[Sequence[str]]:
    yield ("scorer", "vote", "step scores", "right", "gain over majority")
    yield ("", "majority", "", _percent(next(iter(by_scorer.values())).majority), "")
    for scorer, figures in by_scorer.items():
        for rule, accuracy, gain in figures.votes:
            power = "" if rule.power == 1 else f", to the power {rule.power:g}"
            gained = f"{gain.value:+.1%} [{gain.low:+.1%}, {gain.high:+.1%}]"
            row = (rule.vote, f"{rule.aggregation}{power}", _percent(accuracy), gained)
            yield (printable(scorer), *row)


def _calibration(figures: Figures) -> Iterator[Sequence[str]]:
    yield ("score", "steps", "mean score", "ended right")
    for each in figures.calibration.bins:
        yield (
            f"{each.low:.1f} to {each.high:.1f}",
            f"{each.n_steps:,}",
            f"{each.predicted:.2f}",
            f"{each.observed:.2f}",
        )


def _percent(share: Interval) -> str:
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def _interval(value: Interval | None) -> str:
    return "–" if value is None else f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
