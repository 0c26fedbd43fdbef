"""What several commands take on their command line, and the types of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import click

AGGREGATION = click.Choice(["last", "min", "prod", "mean"])  # those of core.vote, which is imported late

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Whole(click.IntRange):
    """A range of whole numbers, called so in messages and help."""

    name = "whole number"


POSITIVE = Whole(min=1)
NOT_NEGATIVE = Whole(min=0)


class Finite(click.FloatRange):
    """A range without infinity and without what is not a number, which JSON cannot hold."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> list[int] | None:
    """Read whole numbers of 1 or more with commas between them."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise click.BadParameter(
            f"whole numbers of 1 or more with commas between them were wanted, not '{value}'.", ctx, param
        )
    return [int(part) for part in parts]


def pairs(flag: str, name: str, meaning: str) -> Decorator:
    """Add an option that is given as NAME=VALUE, again and again; the command gets a dict."""

    def split(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
        from ..core.options import split_pairs

        return split_pairs(value)

    return click.option(flag, name, multiple=True, metavar="NAME=VALUE", callback=split, help=meaning)


def policy_options() -> Decorator:
    """Add `--policy` and `-p`."""
    policy = click.option("--policy", metavar="NAME", help="See 'reason plugins list'; llama-cpp by default.")
    options = pairs("-p", "policy_options", "An option of the policy, such as threads=4.")
    return lambda function: policy(options(function))


def db_option(meaning: str = "Where traces are; REASON_DB or the user's data folder.") -> Decorator:
    """Add `--db`; where it is not given, the user's configuration may name a database."""

    def configured(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        from .user_config import configured_db

        return configured_db() if value is None else value

    return click.option("--db", metavar="URL|PATH", callback=configured, help=meaning)


class TakesNegatives(click.Command):
    """A command whose arguments may begin with a minus sign: `-5 + 2?` is a question."""

    negative = re.compile(r"-\s*(?:\d|[.($\\]|[a-z]\s*[-+*/^=])")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {arg}" if self.negative.match(arg) else arg for arg in args])
