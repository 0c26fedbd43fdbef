"""All plugins that can be had here: the built-in ones, declared as modules, and those of other packages."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from .. import __version__
from . import entry_points
from .attribution import attributing, plain_name
from .errors import PluginError, UnknownNameError
from .hookspecs import PROJECT, Registration
from .plugin_classes import check_class

KINDS = {
    "strategy": "register_strategies",
    "policy": "register_policies",
    "scorer": "register_scorers",
    "grader": "register_graders",
    "vote": "register_votes",
    "model": "register_models",
    "dataset": "register_datasets",
    "command": "register_commands",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plugin comes from."""

    module: str
    package: str = PROJECT
    version: str = ""
    hooks: tuple[str, ...] = ()
    error: str = ""

    def __str__(self) -> str:
        return f"{self.module} ({self.distribution})"

    @property
    def distribution(self) -> str:
        """The package with its version, as far as that is known."""
        return f"{self.package} {self.version}".rstrip()


@dataclass(slots=True)
class Registry:
    """Everything that was registered, by kind and name.

    Attributes:
        origins: Every plugin module with its package, broken ones included.
    """

    origins: list[Origin] = field(default_factory=list)
    _found: dict[str, dict[str, tuple[Any, Origin]]] = field(default_factory=dict)

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind, in the order of registration."""
        return list(self._found.get(kind, {}))

    def all(self, kind: str) -> list[Any]:
        """Return what was registered of one kind, in the order of registration."""
        return [thing for thing, _ in self._found.get(kind, {}).values()]

    def get(self, kind: str, name: str) -> Any:
        """Return the plugin class or the entry of this name.

        Raises:
            UnknownNameError: With the nearest name.
        """
        try:
            return self._found[kind][name][0]
        except KeyError:
            raise UnknownNameError(kind, name, self.names(kind), hint=self._broken_packages()) from None

    def origin(self, kind: str, name: str) -> Origin:
        """Return where a plugin comes from."""
        return self._found[kind][name][1]

    def who(self, kind: str, name: str) -> str:
        """Call a plugin by kind, name and package, for an error that it caused."""
        found = self._found.get(kind, {}).get(name)
        return f"{plain_name(kind, name)} of {found[1].distribution}" if found else plain_name(kind, name)

    def make(self, kind: str, name: str, *needs: Any) -> Any:
        """Make a plugin from what its kind is made of: its options first.

        Raises:
            ReasonError: If it raises, naming it and its package.
        """
        with attributing(self.who(kind, name)):
            return self.get(kind, name)(*needs)

    def add(self, kind: str, thing: Any, origin: Origin) -> None:
        """Add one plugin.

        Raises:
            PluginError: If it is not a plugin of this kind, or its name is taken; names both.
        """
        self._check(kind, thing, origin)
        self._found.setdefault(kind, {})[thing.name] = (thing, origin)

    def add_all(self, things: Iterable[tuple[str, Any]], origin: Origin) -> None:
        """Add all plugins of one package by kind, or none of them.

        Raises:
            PluginError: If one of them cannot be added.
        """
        found = Registry()
        for kind, thing in things:
            self._check(kind, thing, origin)
            found.add(kind, thing, origin)
        for kind, known in found._found.items():
            self._found.setdefault(kind, {}).update(known)

    def _check(self, kind: str, thing: Any, origin: Origin) -> None:
        check_class(kind, thing)
        known = self._found.get(kind, {}).get(thing.name)
        if known is not None:
            raise PluginError(
                f"Two plugins register the {kind} '{thing.name}': {known[1]} and {origin}.",
                hint="Uninstall one of them.",
            )

    def _broken_packages(self) -> str:
        broken = ", ".join(origin.package for origin in self.origins if origin.error)
        return f"Not loaded: {broken}; 'reason plugins list' says why." if broken else ""


def load(builtins: Iterable[str], *, others: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the built-in modules and every installed package's entry point in the group `reasontree`.

    A package that fails to load is kept in `origins` with its error, and everything else works.

    Args:
        builtins: Modules of this package.
        others: Entry points; those that are installed, if not given.
    """
    registry = Registry()
    for module in builtins:
        origin = Origin(module.rpartition("reasontree.")[2], version=__version__)
        _register(registry, importlib.import_module(module), origin)
    for entry in entry_points.installed() if others is None else others:
        _register_other(registry, entry)
    return registry


def _register_other(registry: Registry, entry: EntryPoint) -> None:
    package, version = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "")
    origin = Origin(entry.value, package, version)
    try:
        with redirect_stdout(sys.stderr):  # what a package says as it is imported is no result
            plugin = entry.load()
        _register(registry, plugin, origin)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's module may raise anything
        said = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        registry.origins.append(replace(origin, error=" ".join(said.split())))


def _register(registry: Registry, plugin: object, origin: Origin) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Registration)
    manager.register(plugin)
    manager.check_pending()
    callers = {call.name: call for call in manager.get_hookcallers(plugin) or []}
    if not callers:
        raise PluginError(
            "It registers nothing.", hint="Mark a function such as register_strategies with hookimpl."
        )
    origin = replace(origin, hooks=tuple(callers))
    registry.add_all(_things(callers), origin)
    registry.origins.append(origin)


def _things(callers: Mapping[str, pluggy.HookCaller]) -> Iterator[tuple[str, Any]]:
    """Call every hook that registers something, and yield what it returns, by kind."""
    for kind, hook in KINDS.items():
        for things in callers[hook]() if hook in callers else ():
            if not isinstance(things, Iterable):
                raise PluginError(f"{hook} returned {things!r:.60} where a list is wanted.")
            yield from ((kind, thing) for thing in things)
