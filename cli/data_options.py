"""The options that say which problems a command takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from .completion import datasets
from .parameters import NOT_NEGATIVE, POSITIVE, Decorator, pairs

DATA_FORMS = "--data NAME or --data FILE"


def data_options() -> Decorator:
    """Add `--data` and what chooses among its rows, which `problems_of` reads."""
    options = (
        click.option(
            "--data",
            "--jsonl",
            "data",
            metavar="NAME|PATH",
            shell_complete=datasets(),
            help="Problems: a data set such as gsm8k or gsm8k:train (see 'reason datasets'), or a file of "
            "JSON, CSV, TSV or Parquet with 'question' or 'problem', and 'gold' or 'answer'; '-' reads JSON "
            "lines from standard input.",
        ),
        click.option("--offset", type=NOT_NEGATIVE, default=0, help="Rows of it to skip."),
        click.option("--limit", type=POSITIVE, help="Rows of it to take."),
        click.option("--shuffle-seed", type=NOT_NEGATIVE, help="Take rows in an order that follows from it."),
        pairs(
            "--field",
            "fields",
            "A field of other names: question=Body+Question joins two, gold=Answer has the right answer.",
        ),
    )

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def problems_of(given: Mapping[str, Any]) -> list[Any]:
    """Return the problems that the options mean, fetched if need be.

    Raises:
        ReasonError: If they cannot be had.
    """
    from ..api.problems import read_problems
    from .show.download_progress import shown_progress

    names = ("offset", "limit", "shuffle_seed", "fields")
    with shown_progress() as progress:
        return read_problems(given["data"], **{name: given[name] for name in names}, progress=progress)
