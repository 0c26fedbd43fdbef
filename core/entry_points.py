"""The packages that are installed beside this one, and what is known of them before they are imported."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

GROUP = "reasontree"


def installed() -> list[EntryPoint]:
    """Return the entry point of every installed package that has plugins."""
    return list(entry_points(group=GROUP))


def with_hook(hook: str) -> list[EntryPoint]:
    """Return those whose module may implement a hook, which is told without importing it.

    A module that implements a hook has the hook's name in its source, or takes everything of another module.
    """
    return [entry for entry in installed() if _may_have(entry, hook)]


def _may_have(entry: EntryPoint, hook: str) -> bool:
    if entry.attr:
        return True  # an object, whose class may be written anywhere
    try:
        source = _file_of(entry.module).read_text(encoding="utf-8")
    except Exception:  # noqa: BLE001 - no such file, or a finder that raises: whoever loads it will know
        return True
    return hook in source or "import *" in source


def _file_of(module: str) -> Path:
    """Return a module's file; its outermost package alone is looked for, since that imports nothing."""
    top, *inner = module.split(".")
    spec = find_spec(top)
    if spec is None:
        raise ModuleNotFoundError(top)
    folders = spec.submodule_search_locations
    if not inner or not folders:
        return Path(spec.origin or "")
    path = Path(folders[0], *inner)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
