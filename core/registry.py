"""All plugins that can be had here: the built-in ones, declared as modules, and those of other packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from .errors import PluginError, UnknownNameError
from .hookspecs import PROJECT, Registration

KINDS = {
    "strategy": "register_strategies",
    "policy": "register_policies",
    "scorer": "register_scorers",
    "grader": "register_graders",
    "vote": "register_votes",
    "model": "register_models",
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
        return f"{self.module} ({self.package} {self.version})".replace(" )", ")")


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
        """Return the plugin class or model entry of this name.

        Raises:
            UnknownNameError: With the nearest name.
        """
        try:
            return self._found[kind][name][0]
        except KeyError:
            raise UnknownNameError(kind, name, self.names(kind)) from None

    def origin(self, kind: str, name: str) -> Origin:
        """Return where a plugin comes from."""
        return self._found[kind][name][1]

    def add(self, kind: str, thing: Any, origin: Origin) -> None:
        """Add one plugin.

        Raises:
            PluginError: If the name is taken; names both.
        """
        known = self._found.setdefault(kind, {})
        if thing.name in known:
            raise PluginError(
                f"Two plugins register the {kind} '{thing.name}': {known[thing.name][1]} and {origin}.",
                hint="Uninstall one of them.",
            )
        known[thing.name] = (thing, origin)


def load(builtins: Iterable[str], *, others: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the built-in modules and every installed package's entry point in the group `reasontree`.

    A package that fails to load is kept in `origins` with its error, and everything else works.

    Args:
        builtins: Modules of this package.
        others: Entry points; those that are installed, if not given.
    """
    registry = Registry()
    for module in builtins:
        origin = Origin(module.rpartition("reasontree.")[2])
        _register(registry, importlib.import_module(module), origin)
    for entry in entry_points(group=PROJECT) if others is None else others:
        _register_other(registry, entry)
    return registry


def _register_other(registry: Registry, entry: EntryPoint) -> None:
    package, version = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "")
    origin = Origin(entry.value, package, version)
    try:
        _register(registry, entry.load(), origin)
    except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything
        broken = Origin(entry.value, package, version, error=f"{type(error).__name__}: {error}")
        registry.origins.append(broken)


def _register(registry: Registry, plugin: object, origin: Origin) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Registration)
    manager.register(plugin)
    manager.check_pending()
    callers = manager.get_hookcallers(plugin) or []
    origin = Origin(origin.module, origin.package, origin.version, tuple(call.name for call in callers))
    hooks: Mapping[str, Callable[[], list[Iterable[Any]]]] = {call.name: call for call in callers}
    for kind, hook in KINDS.items():
        for things in hooks[hook]() if hook in hooks else []:
            for thing in things:
                registry.add(kind, thing, origin)
    registry.origins.append(origin)
