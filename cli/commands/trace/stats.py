"""`reason trace stats`: what the recorded searches add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ...parameters import db_option
from ...trace_filters import filter_options

if TYPE_CHECKING:
    from ....store.filters import Filters
    from ....store.stats import Group, Stats

_KEYS = ("model", "strategy", "options", "scorer", "vote", "dataset", "run", "prompt")


@click.command()
@filter_options()
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(_KEYS),
    default=("model", "strategy"),
    show_default=True,
    help="What to tell apart; may be given several times.",
)
@click.option(
    "--steps",
    "of_steps",
    is_flag=True,
    help="Show what steps are like instead: numbers in first steps, tokens of a step, steps of a solution.",
)
@db_option()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(filters: Filters, by: tuple[str, ...], of_steps: bool, db: str | None, as_json: bool) -> None:
    """Count traces, and compare accuracy, tokens and FLOPs by model and strategy."""
    from ....store.database import open_for_reading
    from ....store.stats import stats_of
    from ...show.json_output import print_json

    if of_steps:
        _show_steps(filters, by, db, as_json=as_json)
        return
    with open_for_reading(db) as database:
        stats = stats_of(database, filters, by)
    if as_json:
        print_json(_object(stats, by), indent=2)
    else:
        _print(stats, by)


def _show_steps(filters: Filters, by: tuple[str, ...], db: str | None, *, as_json: bool) -> None:
    from ....store.analysis.steps import step_figures
    from ....store.database import open_for_reading
    from ...show.json_output import print_json
    from ...show.step_figures import as_objects, as_rows, columns
    from ...show.table import print_table

    with open_for_reading(db) as database:
        figures = step_figures(database, filters, by)
    if as_json:
        print_json({"groups": as_objects(figures, by)}, indent=2)
    else:
        keys = _telling([tuple(map(str, each.key)) for each in figures], by)
        print_table(columns(by), as_rows(figures, keys))


def _object(stats: Stats, by: tuple[str, ...]) -> dict[str, Any]:
    groups = [
        dict(zip(by, group.key, strict=True))
        | {name: value for name, value in asdict(group).items() if name != "key"}
        | {"accuracy": group.accuracy and group.accuracy._asdict()}
        for group in stats.groups
    ]
    return asdict(stats) | {"groups": groups}


def _print(stats: Stats, by: tuple[str, ...]) -> None:
    from ....core.text import count, size
    from ...show.table import Column, print_table

    columns = [Column(name, right=name == "run", width=40, gives=name == "model") for name in by]
    names = ("traces", "right", "of", "problems", "accuracy (95 %)", "tokens", "FLOPs", "paper's", "hours")
    columns += [Column(name, right=True) for name in names]
    if stats.groups:
        keys = _telling([tuple(map(str, group.key)) for group in stats.groups], by)
        print_table(
            columns, ((*key, *_figures(group)) for key, group in zip(keys, stats.groups, strict=True))
        )
    click.echo(
        f"{count(stats.n_traces, 'trace')} of {count(stats.n_runs, 'run')}, {count(stats.n_nodes, 'node')}; "
        f"the whole database has {size(stats.n_bytes)}."
    )
    if any(group.n_ended < group.n_traces for group in stats.groups):
        click.echo(
            "Searches that were broken off or have not ended count nowhere; 'reason resume RUN' ends them."
        )


def _telling(keys: Sequence[Sequence[str]], by: Sequence[str]) -> Iterator[list[str]]:
    """Leave out the options that rows share which only options tell apart; those that differ were cut off."""
    at = by.index("options") if "options" in by else None
    for key in keys:
        cells = list(key)
        if at is not None:
            alike = [
                set(k[at].split()) for k in keys if [*k[:at], *k[at + 1 :]] == [*key[:at], *key[at + 1 :]]
            ]
            shared = set.intersection(*alike) if len(alike) > 1 else set()
            cells[at] = " ".join(option for option in key[at].split() if option not in shared)
        yield [cell or "-" for cell in cells]


def _figures(group: Group) -> list[str]:
    from ...show.step_figures import share

    accuracy = group.accuracy
    n_open = group.n_traces - group.n_ended - group.n_broken
    apart = [f"{group.n_broken:,} broken off"] if group.n_broken else []
    apart += [f"{n_open:,} not ended"] if n_open else []
    return [
        f"{group.n_traces:,}" + (f" ({', '.join(apart)})" if apart else ""),
        f"{group.n_correct:,}",
        f"{group.n_graded:,}",
        f"{group.n_problems:,}",
        share(accuracy),
        f"{group.n_generated:,}",
        f"{group.flops:.3g}",
        f"{group.paper_flops:.3g}",
        f"{group.elapsed_s / 3600:.2f}",
    ]
