"""`reason grade`: read the answer out of a solution and compare it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ...core.text import printable
from ..parameters import TakesNegatives
from ..show.json_output import print_json

if TYPE_CHECKING:
    from ...core.kinds import Grader
    from ...core.rows import Row

_SECONDS_BETWEEN_COUNTS = 0.2


class GradedAnswer(NamedTuple):
    """What was read, and whether it is equivalent to the gold answer."""

    answer: str | None
    correct: bool


class GradeCommand(TakesNegatives):
    """The command whose arguments are answers: `-x` is one, and only `-h` is an option of one letter."""

    negative = re.compile(r"-(?:[^-h]|h.)")


@click.command(cls=GradeCommand)
@click.argument("solution", required=False)
@click.argument("gold", required=False)
@click.option(
    "--jsonl",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Grade rows of 'solution' and 'gold'; '-' reads standard input.",
)
@click.option("--grader", "name", default="math", show_default=True, help="See 'reason plugins list'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(solution: str | None, gold: str | None, file: Path | None, name: str, as_json: bool) -> None:
    """Print the answer that SOLUTION gives ('-': standard input) and whether it is equivalent to GOLD.

    The exit code is 0 if it is, and 1 if not; of --jsonl, which prints one JSON object a row, it is 0 if all
    rows could be read.
    """
    from ...core.errors import UsageError
    from ...core.json_rows import text_of_input

    if file is not None and solution is None:
        with _grader(name) as grader:
            for row in _counted(_rows(file)):
                print_json(_grade(grader, *row)._asdict())
        return
    if file is not None or solution is None or gold is None or not gold.strip():
        raise UsageError(
            "Either SOLUTION and GOLD or --jsonl FILE are wanted.", hint="See 'reason grade --help'."
        )
    with _grader(name) as grader:
        graded = _grade(grader, text_of_input() if solution == "-" else solution, gold)
    _show(graded, gold, as_json)
    raise SystemExit(0 if graded.correct else 1)


def _show(graded: GradedAnswer, gold: str, as_json: bool) -> None:
    if as_json:
        print_json(graded._asdict())
    elif graded.answer is None:
        click.echo("no answer found")
    else:
        sign = "is" if graded.correct else "is not"
        click.echo(f"{printable(graded.answer)}: {sign} equivalent to {printable(gold)}")


@contextmanager
def _grader(name: str) -> Iterator[Grader]:
    from ...core.options import parse
    from ...plugins import registry

    plugin = registry().get("grader", name)
    grader: Grader = plugin(parse(f"grader '{name}'", plugin.Options, {}))
    try:
        yield grader
    finally:
        grader.close()


def _grade(grader: Grader, solution: str, gold: str) -> GradedAnswer:
    found, wanted = grader.extract(solution), grader.reference(gold)
    correct = found is not None and wanted is not None and grader.equivalent(found, wanted)
    return GradedAnswer(found.text if found else None, correct)


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """Yield solutions with their gold answers.

    Raises:
        UsageError: Naming the place of a row that cannot be read, what was wanted and what came.
    """
    from ...core.errors import UsageError
    from ...core.row_files import read_rows

    wanted = "an object with 'solution' and 'gold'"
    for row in read_rows(path, wanted):
        solution, gold = (_text(row, key) for key in ("solution", "gold"))
        if solution is None or gold is None:
            raise UsageError(f"{row.place}: {wanted} was wanted.")
        yield solution, gold


def _text(row: Row, key: str) -> str | None:
    """Return a value as text; a solution that says nothing is one without an answer."""
    says_nothing = key == "solution" and row.values.get(key, key) in ("", None)
    return "" if says_nothing else row.text([key])


def _counted(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Count rows on standard error, where somebody looks there and the results go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from rows
        return
    shown = 0.0
    try:
        for number, row in enumerate(rows, start=1):
            if time.monotonic() - shown >= _SECONDS_BETWEEN_COUNTS:
                shown = time.monotonic()
                click.echo(f"\r{number:,} rows", nl=False, err=True)
            yield row
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)
