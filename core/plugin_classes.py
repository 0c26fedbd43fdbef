"""What a class must have to be registered as a plugin of its kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import PluginError
from .kinds import Grader, Policy, Scorer, Strategy, Vote
from .models import ModelEntry
from .options import Options

_BASES: Mapping[str, type[Any]] = {
    "strategy": Strategy,
    "policy": Policy,
    "scorer": Scorer,
    "grader": Grader,
    "vote": Vote,
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_class(kind: str, thing: Any) -> None:
    """Check that a class, or a model's entry, can be registered.

    Raises:
        PluginError: Naming the class, what was wanted and what came.
    """
    if kind == "model":
        if not isinstance(thing, ModelEntry):
            raise PluginError(f"A model is registered as a ModelEntry, and {_called(thing)} came.")
        return
    if not inspect.isclass(thing):
        raise PluginError(f"A {kind} is registered as a class, and {_called(thing)} came.")
    for complaint in _complaints(kind, thing):
        raise PluginError(f"The {kind} class {thing.__module__}.{thing.__qualname__} {complaint}")


def _complaints(kind: str, thing: type[Any]) -> Iterator[str]:
    name, options = getattr(thing, "name", None), getattr(thing, "Options", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        came = "it has none" if name is None else f"{name!r} came"
        yield f"needs a name of letters, digits, '.', '_' and '-', and {came}."
    if not inspect.isclass(options) or not issubclass(options, Options):
        came = "it has none" if options is None else f"{_called(options)} came"
        yield f"needs Options derived from reasontree.core.Options, and {came}."
    base = _BASES[kind]
    if not issubclass(thing, base):
        yield f"is not derived from reasontree.core.{base.__name__}."
    for method in sorted(getattr(thing, "__abstractmethods__", ())):
        yield f"has no method '{method}'."
    for method, member in vars(base).items():
        if inspect.isfunction(member) and not callable(getattr(thing, method, None)):
            yield f"has no method '{method}'."


def _called(thing: Any) -> str:
    return thing.__qualname__ if inspect.isclass(thing) else f"{type(thing).__name__} {thing!r:.60}"
