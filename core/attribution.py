"""Says which plugin raised."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pluggy

from .errors import PluginError, ReasonError


def plain_name(kind: str, name: str) -> str:
    """Call a plugin by kind and name, where nothing is known of its package."""
    return f"{kind} '{name}'"


def attributed(who: str, error: Exception) -> ReasonError:
    """Return an error that names a plugin; one that is meant for people stays as it is."""
    if isinstance(error, ReasonError):
        return error
    said = " ".join(f"{type(error).__name__}: {error}".split()).strip(" :.")
    named = PluginError(f"{who} failed: {said}.")
    named.__cause__ = error
    return named


@contextmanager
def attributing(who: str) -> Iterator[None]:
    """Name a plugin in whatever is raised.

    Raises:
        ReasonError: Naming the plugin; one that is meant for people stays as it is.
    """
    try:
        yield
    except ReasonError:
        raise
    except Exception as error:
        raise attributed(who, error) from error


def observer_that_raised(error: Exception, hook: pluggy.HookCaller) -> str:
    """Name the observer, among those that implement a hook, that an error came out of."""
    implementations = {getattr(each.function, "__code__", None): each for each in hook.get_hookimpls()}
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if (implementation := implementations.get(frame.f_code)) is not None:
            return _name_of(implementation)
    return f"an observer of '{hook.name}'"


def _name_of(implementation: pluggy.HookImpl) -> str:
    """Return the name that an observer was registered under, or else its class."""
    plugin = implementation.plugin
    is_named = implementation.plugin_name != str(id(plugin))
    return (
        implementation.plugin_name
        if is_named
        else f"observer {type(plugin).__qualname__} ({type(plugin).__module__})"
    )
