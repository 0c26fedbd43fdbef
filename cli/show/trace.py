"""A recorded search on a terminal: its tree between what was asked and what came of it."""

from __future__ import annotations

import sys

import click
from rich.console import Console

from ...core.errors import UsageError
from ...core.text import count, lines_of
from ...core.trace import Trace
from ...core.vote import best_of, solutions_of
from ...store.pages.facts import facts
from .tree_drawing import draw

_WIDTH_OF_A_FILE, _ROWS_OF_A_FILE, _LEAST_ROWS = 120, 60, 5
_FOLDS = 3  # lines that say how much is folded, and the prompt of the shell
_ABOVE_THE_TREE = ("question", "strategy", "model", "scorer")


def print_trace(trace: Trace, *, rows: int | None = None, is_full: bool = False) -> None:
    """Print a recorded search.

    Args:
        rows: Lines for the tree; what the terminal has room for, or 60 in a file, if not given.
        is_full: Whether every step is drawn, however many lines that takes.
    """
    is_terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if is_terminal else _WIDTH_OF_A_FILE, highlight=False)
    head, foot = _lines(trace)
    room = (
        max(_LEAST_ROWS, console.size.height - len(head) - len(foot) - _FOLDS)
        if is_terminal
        else _ROWS_OF_A_FILE
    )
    best = best_of(solutions_of(trace.tree, trace.record.spec.aggregation), trace.answer)
    rows = 0 if is_full else rows or room
    drawing = draw(trace.tree, rows=rows, best=best, widths=_widths(trace), is_cut=not is_full)
    for line in head:
        click.echo(line)
    console.print(drawing)
    for line in foot:
        click.echo(line)


def print_solution(trace: Trace, number: int) -> None:
    """Print the whole text of one solution, and nothing else.

    Args:
        number: Counted from 1, oldest first; 0 is the one that won.

    Raises:
        UsageError: If there is no such solution.
    """
    solutions = solutions_of(trace.tree, trace.record.spec.aggregation)
    if number > len(solutions) or not solutions:
        has = count(len(solutions), "solution")
        raise UsageError(f"The trace {trace.id} has {has}, and number {number or 1} was wanted.")
    node = solutions[number - 1].node if number else best_of(solutions, trace.answer)
    assert node is not None, "there are solutions"
    for line in lines_of(trace.tree.text(node).strip()):
        click.echo(line)


def _lines(trace: Trace) -> tuple[list[str], list[str]]:
    """Return the lines above and below the tree."""
    written = {name: f"{name:<9} {value}" for name, value in facts(trace).items()}
    head = [written.pop(name) for name in _ABOVE_THE_TREE if name in written]
    return head, list(written.values())


def _widths(trace: Trace) -> dict[int, list[int]]:
    """Return how many children each node was given, by each round that chose it."""
    found: dict[int, list[int]] = {}
    for round in trace.rounds:
        for expansion in round.expansions:
            found.setdefault(expansion.node, []).append(expansion.width)
    return found
