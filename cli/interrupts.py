"""Ctrl-C, gently."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click


def say(line: str) -> None:
    """Tell a person something that is not a result."""
    click.echo(line, err=True)


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C end the search with what it has, and the second one end the program."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(number, previous)
        say("\nreason: stopping; Ctrl-C again ends at once.")
        stop()

    previous = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
