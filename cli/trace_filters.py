"""The options that say which traces a command takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import click

from .parameters import POSITIVE


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Read a day or a moment of local time, as UTC without a zone; the day of `--until` is meant whole."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if len(value) <= len("2026-01-31") and "until" in str(param.name):
            moment += timedelta(days=1)
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        wanted = "a day such as 2026-01-31 or a moment such as 2026-01-31T18:00"
        raise click.BadParameter(f"{wanted} was wanted, not {value!r}.", ctx, param) from error


def filter_options(prefix: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of `store.filters.Filters` to a command, which gets the record as `filters`.

    Args:
        prefix: Goes before the options' names, for a command in which `--model` and `--strategy` mean
            something else: `recorded-` makes `--recorded-model`. `--run` stays what it is.
    """
    key = f"filter_{prefix.replace('-', '_')}"

    def option(name: str, **attributes: Any) -> Callable[..., Any]:
        flags = "/".join(f"--{prefix}{each}" for each in name.split("/"))
        return click.option(flags, key + name.partition("/")[0], default=None, **attributes)

    options = (
        click.option(
            "--run",
            f"{key}runs",
            type=POSITIVE,
            multiple=True,
            help="Of this run; may be given several times.",
        ),
        option("model", metavar="NAME", help="Of this model; * stands for any text."),
        option("strategy", metavar="NAME", help="Of this strategy; * stands for any text."),
        option("dataset", metavar="NAME", help="Of this data set: a name such as gsm8k, or a file's."),
        option("correct/wrong", help="With a right, or a wrong, answer."),
        option("kind", type=click.Choice(["live", "replay"]), help="Searched with a model, or replayed."),
        option("since", callback=_moment, metavar="DATE", help="Begun on this day or moment, or later."),
        option("until", callback=_moment, metavar="DATE", help="Begun on this day or moment, or earlier."),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(**given: Any) -> Any:
            from ..store.filters import Filters

            chosen = {name.removeprefix(key): given.pop(name) for name in [*given] if name.startswith(key)}
            return function(filters=Filters(**chosen), **given)

        wrapped: Callable[..., Any] = call
        for each in reversed(options):
            wrapped = each(wrapped)
        return wrapped

    return decorate
