"""What the shell offers behind a tab: names of plugins, models and data sets, and the newest traces.

A completion must never fail or print: where something is wrong, nothing is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

_N_TRACES = 50
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def plugins_of(kind: str) -> Complete:
    """Complete the names of one kind of plugins."""

    def names() -> Iterable[tuple[str, str]]:
        from ..plugins import registry

        return [(name, "") for name in registry().names(kind)]

    return _offering(names)


def models() -> Complete:
    """Complete names of the catalog; a path is left to the shell."""

    def names() -> Iterable[tuple[str, str]]:
        from ..plugins import registry

        return [(entry.name, entry.description) for entry in registry().all("model")]

    return _offering(names)


def datasets() -> Complete:
    """Complete names of data sets; a path is left to the shell."""

    def names() -> Iterable[tuple[str, str]]:
        from ..plugins import registry

        return [(entry.name, entry.description) for entry in registry().all("dataset")]

    return _offering(names)


def traces() -> Complete:
    """Complete ids of the newest traces, with their questions."""

    def ids() -> Iterable[tuple[str, str]]:
        from ..core.text import printable
        from ..store.database import open_for_reading
        from ..store.traces import list_traces
        from .user_config import configured_db

        with open_for_reading(configured_db()) as database:
            found = list_traces(database, limit=_N_TRACES)
        return [(each.id, printable(each.question, width=40)) for each in found]

    return _offering(ids)


def _offering(items: Callable[[], Iterable[tuple[str, str]]]) -> Complete:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            return [CompletionItem(name, help=said) for name, said in items() if name.startswith(incomplete)]
        except Exception:  # noqa: BLE001 - whatever is wrong, a tab is no place to say so
            return []

    return complete
