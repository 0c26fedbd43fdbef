"""`reason grade`: read the answer out of a solution and compare it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from ..core.interfaces import Grader


class Graded(NamedTuple):
    """What was read, and whether it is equivalent to the gold answer."""

    answer: str | None
    correct: bool


@click.command()
@click.argument("solution", required=False)
@click.argument("gold", required=False)
@click.option(
    "--jsonl",
    "file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Grade rows of 'solution' and 'gold'; '-' reads standard input.",
)
@click.option("--grader", "name", default="math", show_default=True, help="See 'reason plugins list'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(solution: str | None, gold: str | None, file: IO[str] | None, name: str, as_json: bool) -> None:
    """Print the answer that SOLUTION gives ('-': standard input) and whether it is equivalent to GOLD.

    The exit code is 0 if it is, and 1 if not.
    """
    from ..core.errors import UsageError

    if file is not None and solution is None:
        with _grader(name) as grader:
            for row in _rows(file):
                click.echo(json.dumps(_grade(grader, *row)._asdict(), ensure_ascii=False))
        return
    if file is not None or solution is None or gold is None or not gold.strip():
        raise UsageError(
            "Either SOLUTION and GOLD or --jsonl FILE are wanted.", hint="See 'reason grade --help'."
        )
    with _grader(name) as grader:
        graded = _grade(grader, sys.stdin.read() if solution == "-" else solution, gold)
    _show(graded, gold, as_json)
    raise SystemExit(0 if graded.correct else 1)


def _show(graded: Graded, gold: str, as_json: bool) -> None:
    from .printable import printable

    if as_json:
        click.echo(json.dumps(graded._asdict(), ensure_ascii=False))
    elif graded.answer is None:
        click.echo("no answer found")
    else:
        sign = "is" if graded.correct else "is not"
        click.echo(f"{printable(graded.answer)}: {sign} equivalent to {printable(gold)}")


@contextmanager
def _grader(name: str) -> Iterator[Grader]:
    from ..core.options import parse
    from .plugin_registry import registry

    plugin = registry().get("grader", name)
    grader: Grader = plugin(parse(f"grader '{name}'", plugin.Options, {}))
    try:
        yield grader
    finally:
        grader.close()


def _grade(grader: Grader, solution: str, gold: str) -> Graded:
    found, wanted = grader.extract(solution), grader.reference(gold)
    correct = found is not None and wanted is not None and grader.equivalent(found, wanted)
    return Graded(found.text if found else None, correct)


def _rows(file: IO[str]) -> Iterator[tuple[str, str]]:
    from ..core.errors import UsageError

    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        wanted = f"{file.name}, line {number}: an object with 'solution' and 'gold' was wanted"
        try:
            row: Any = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{wanted}, and this is no JSON: {error}.") from error
        if not isinstance(row, dict) or row.get("solution") is None or row.get("gold") is None:
            keys = ", ".join(row) if isinstance(row, dict) else type(row).__name__
            raise UsageError(f"{wanted}, and {keys or 'an empty object'} came.")
        yield str(row["solution"]), str(row["gold"])
