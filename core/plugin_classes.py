"""What a class, or an entry, must have to be registered as a plugin of its kind."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

from .commands import CommandEntry
from .datasets import DatasetEntry
from .errors import PluginError
from .models import ModelEntry

ENTRIES: dict[str, type[Any]] = {"model": ModelEntry, "dataset": DatasetEntry, "command": CommandEntry}
"""The kinds that are registered as a record rather than as a class."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_class(kind: str, thing: Any) -> None:
    """Check that a class, or an entry for a model, a data set or a command, can be registered.

    Raises:
        PluginError: Naming the class, what was wanted and what came.
    """
    if kind in ENTRIES:
        _check_entry(kind, thing)
        return
    if not inspect.isclass(thing):
        raise PluginError(f"A {kind} is registered as a class, and {_called(thing)} came.")
    for complaint in _complaints(kind, thing):
        raise PluginError(f"The {kind} class {thing.__module__}.{thing.__qualname__} {complaint}")


def _check_entry(kind: str, thing: Any) -> None:
    entry = ENTRIES[kind]
    if not isinstance(thing, entry):
        raise PluginError(f"A {kind} is registered as a {entry.__name__}, and {_called(thing)} came.")
    if isinstance(thing, CommandEntry):
        _check_command(thing)
    if isinstance(thing, DatasetEntry):
        _check_dataset(thing)


def _check_command(thing: CommandEntry) -> None:
    if not _NAME.fullmatch(thing.name):
        raise PluginError(f"A command needs a name of letters, digits, '.', '_' and '-', not {thing.name!r}.")
    if not _TARGET.fullmatch(thing.target):
        raise PluginError(
            f"The command '{thing.name}' needs a target such as 'module:attribute', not {thing.target!r}."
        )


def _check_dataset(thing: DatasetEntry) -> None:
    """Check names, since `NAME:SPLIT` must tell them apart, and that there is something to read."""
    for name in (thing.name, *thing.splits):
        if not _NAME.fullmatch(name):
            raise PluginError(
                f"A data set and its splits need names of letters, digits, '.', '_' and '-', not {name!r}."
            )
    if not thing.splits:
        raise PluginError(f"The data set '{thing.name}' needs a split at least.")
    if not isinstance(thing.question, tuple) or not thing.question:
        raise PluginError(
            f"The data set '{thing.name}' needs a tuple of its question's fields, not {thing.question!r}."
        )


def _complaints(kind: str, thing: type[Any]) -> Iterator[str]:
    # With these come pydantic, numpy and networkx, for which a list of commands need not wait.
    from .options import Options

    base: type[Any] = getattr(importlib.import_module(".kinds", __package__), kind.title())
    name, options = getattr(thing, "name", None), getattr(thing, "Options", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        came = "it has none" if name is None else f"{name!r} came"
        yield f"needs a name of letters, digits, '.', '_' and '-', and {came}."
    if not inspect.isclass(options) or not issubclass(options, Options):
        came = "it has none" if options is None else f"{_called(options)} came"
        yield f"needs Options derived from reasontree.core.Options, and {came}."
    if not issubclass(thing, base):
        yield f"is not derived from reasontree.core.{base.__name__}."
    for method in sorted(getattr(thing, "__abstractmethods__", ())):
        yield f"has no method '{method}'."
    for method, member in vars(base).items():
        if inspect.isfunction(member) and not callable(getattr(thing, method, None)):
            yield f"has no method '{method}'."


def _called(thing: Any) -> str:
    return thing.__qualname__ if inspect.isclass(thing) else f"{type(thing).__name__} {thing!r:.60}"
