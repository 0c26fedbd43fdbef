"""A report as tables and sentences: a document in Markdown, and rows for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple

from ...core.statistics import Interval
from ...core.text import count, printable
from .cells import Cell
from .comparing import COST_NAMES, COSTS, Comparison
from .summary import StudySummary

Row = Mapping[str, Any]
NOTES = (
    "Intervals are of 95 %, by a bootstrap over problems; two ways of solving are compared on the problems "
    "that both have, by the mean of the differences, with the problems drawn in pairs.",
    "Where an interval of a difference holds 0, the two cannot be told apart. Many comparisons are made: "
    "about one in twenty of those that have nothing behind them will seem to.",
    "A cell that is implied was not searched by itself: of the chains of a larger run, it is the mean over "
    "subsets, or another vote over the same ones.",
    "A cell is on a frontier if no other one of its data set is right more often at no more of that compute.",
    "Seconds are of the machine that recorded the searches, with as many going on together as then.",
)
"""What whoever reads the tables must know."""
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\", "|": "\\|", "`": "\\`", "*": "\\*"}
_ESCAPED = re.compile(r"[&<>\\|`*]")


class CellColumn(NamedTuple):
    """A column of a table of cells, and how it says its value."""

    name: str
    says: Callable[[Row], str]
    is_number: bool = True


class Answers(NamedTuple):
    """The answers to one question, by one convention of compute where it needs one."""

    title: str
    subtitle: str
    summary: str
    sentences: list[str]


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}"


def with_interval(accuracy: Interval) -> str:
    """Return an accuracy in percent, with its bounds."""
    return f"{percent(accuracy.value)} [{percent(accuracy.low)}, {percent(accuracy.high)}]"


def amount(value: float) -> str:
    """Return FLOPs, or another amount of many sizes, to three digits."""
    return f"{value:.3g}"


def _accuracy(row: Row) -> str:
    return with_interval(Interval(row["accuracy_low"], row["accuracy"], row["accuracy_high"]))


def marks(row: Row) -> str:
    """Return whether a cell is implied, and on which frontiers it is."""
    on = [COST_NAMES[cost] for cost in COSTS if row[f"frontier_{cost}"]]
    return "; ".join(["implied"] * row["implied"] + ["frontier of " + ", ".join(on)] * bool(on))


COLUMNS = (
    CellColumn("strategy", lambda row: row["strategy"], is_number=False),
    CellColumn("scorer", lambda row: row["scorer"], is_number=False),
    CellColumn("n", lambda row: str(row["n"])),
    CellColumn("accuracy %", _accuracy),
    CellColumn("pass@n %", lambda row: percent(row["pass_at_n"])),
    CellColumn("random choice %", lambda row: percent(row["random_choice"])),
    CellColumn("tokens", lambda row: f"{row['tokens']:,.0f}"),
    CellColumn("FLOPs of policy", lambda row: amount(row["flops_policy"])),
    CellColumn("of scorer", lambda row: amount(row["flops_scorer"])),
    CellColumn("as the paper counts", lambda row: amount(row["flops_paper"])),
    CellColumn("seconds", lambda row: amount(row["seconds"])),
    CellColumn("tokens/s", lambda row: f"{row['tokens_per_s']:,.0f}"),
    CellColumn("distinct answers", lambda row: amount(row["distinct_answers"])),
    CellColumn("distinct beginnings", lambda row: amount(row["distinct_beginnings"])),
    CellColumn("marks", marks, is_number=False),
)
"""What is said of each cell; means are over problems."""
LIMIT_COLUMNS = ("data set", "model", "strategy", "scorer", "chains", "accuracy in the limit %")
TERMINAL_COLUMNS = (
    *COLUMNS[:4],
    CellColumn("FLOPs", lambda row: amount(row["flops_policy"] + row["flops_scorer"])),
    CellColumn("seconds", lambda row: amount(row["seconds"])),
    CellColumn("best", lambda row: "*" if row["frontier_flops"] else "", is_number=False),
    CellColumn("pass@n", lambda row: percent(row["pass_at_n"])),
    CellColumn("paper's", lambda row: amount(row["flops_paper"])),
    CellColumn("tokens", lambda row: f"{row['tokens']:,.0f}"),
)
"""What a terminal has room for, the most important first; the star is the frontier of FLOPs."""


def markdown(report: StudySummary) -> str:
    """Return all that a report says, as one document in Markdown."""
    parts = (_head(report), _cells(report), _limits(report), _findings(report), _notes())
    return "\n".join(chain.from_iterable(parts)).rstrip() + "\n"


def rows_by_model(report: StudySummary) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield each data set and model with the rows of its cells, in the order in which they come."""
    by_pair: dict[tuple[str, str], list[Row]] = {}
    for row in report.rows():
        by_pair.setdefault((row["dataset"], row["model"]), []).append(row)
    yield from ((dataset, model, rows) for (dataset, model), rows in by_pair.items())


def limit_rows(report: StudySummary) -> list[list[str]]:
    """Return what votes come to with endless samples, as rows under `LIMIT_COLUMNS`."""
    return [
        [
            *(each.dataset, each.model, each.strategy, each.scorer),
            *(str(each.n_chains), with_interval(each.accuracy)),
        ]
        for each in report.limits
    ]


def asked(report: StudySummary) -> Iterator[Answers]:
    """Yield what was asked of the cells and what the answers are, those of one convention together."""
    for title, comparisons in report.comparisons.items():
        for cost, group in groupby(comparisons, key=lambda each: each.cost):
            made = list(group)
            subtitle = "" if cost is None else f"By {COST_NAMES[cost]}"
            yield Answers(title, subtitle, _summary(made), [each.sentence for each in made])


def _summary(comparisons: Sequence[Comparison]) -> str:
    n_apart = sum(each.is_told_apart for each in comparisons)
    return f"{count(len(comparisons), 'comparison')}, {n_apart} of them told apart."


def _head(report: StudySummary) -> Iterator[str]:
    yield from (f"# {escaped(report.name)}", "")
    models, datasets = ({getattr(cell, name) for cell in report.cells} for name in ("model", "dataset"))
    sizes = [count(len(report.cells), "cell"), count(len(models), "model"), count(len(datasets), "data set")]
    yield from (f"{', '.join(sizes)}. What the figures are is said at the end.", "")


def _cells(report: StudySummary) -> Iterator[str]:
    header = [column.name for column in COLUMNS]
    numbers = [column.is_number for column in COLUMNS]
    for dataset, model, rows in rows_by_model(report):
        yield from (f"## {escaped(dataset)}, {escaped(model)}", "")
        yield from table(header, [[column.says(row) for column in COLUMNS] for row in rows], numbers)
        yield ""


def _limits(report: StudySummary) -> Iterator[str]:
    if not report.limits:
        return
    yield from ("## What votes come to with endless samples", "")
    yield from table(LIMIT_COLUMNS, limit_rows(report), [False] * 4 + [True] * 2)
    yield ""


def _findings(report: StudySummary) -> Iterator[str]:
    for title, group in groupby(asked(report), key=lambda each: each.title):
        yield from (f"## {title}", "")
        for each in group:
            if each.subtitle:
                yield from (f"### {each.subtitle}", "")
            yield from (each.summary, "", *(f"- {escaped(said)}" for said in each.sentences), "")


def _notes() -> Iterator[str]:
    yield from ("## What the figures are", "", *(f"- {note}" for note in NOTES))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], is_number: Sequence[bool]) -> Iterator[str]:
    """Yield the lines of a table in Markdown; columns of numbers stand right."""
    cells = [[escaped(text) for text in row] for row in (header, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    rules = [
        "-" * (width - 1) + (":" if right else "-") for width, right in zip(widths, is_number, strict=True)
    ]
    cells.insert(1, rules)
    for row in cells:
        texts = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, is_number, strict=True)
        )
        yield f"| {' | '.join(texts)} |"


def escaped(text: str) -> str:
    """Return a text on one line that Markdown shows as it is: no table, tag, link or picture of its own."""
    text = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], printable(text))
    return text.replace("](", "]\\(")


def details(cell: Cell) -> list[str]:
    """Return what there is to say of one cell, a line each."""
    return [
        cell.name,
        f"accuracy {with_interval(cell.accuracy)} %",
        f"{amount(cell.flops)} FLOPs, {amount(cell.paper_flops)} as the paper counts",
        f"{amount(cell.mean_seconds)} s, {cell.tokens.mean():,.0f} tokens",
        f"{count(len(cell.problems), 'problem')}" + ", implied" * cell.is_implied,
    ]
