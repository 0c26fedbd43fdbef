"""Writes a plugin package that works: a strategy, a scorer, their contracts as tests."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from ....core.errors import ReasonError, UsageError
from ....core.registry import Registry

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 40
_TEMPLATES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "src/$module/__init__.py": "plugin.py",
    "src/$module/strategy.py": "strategy.py",
    "src/$module/scorer.py": "scorer.py",
    "tests/test_contracts.py": "test_contracts.py",
}


def write_package(name: str, into: Path, plugins: Registry) -> Path:
    """Write the package `reasontree-NAME` into a folder, whole or not at all, and return where it is.

    Raises:
        UsageError: If it is not a name, or is taken, or the package's folder exists.
        ReasonError: If the folder cannot be written.
    """
    _check_name(name, plugins)
    package = f"reasontree-{name}"
    target = into / package
    if target.exists():
        raise UsageError(
            f"{target} exists already.", hint="Choose another name, or another folder with --into."
        )
    words = {"name": name, "package": package, "module": package.replace("-", "_"), "title": _title(name)}
    try:
        with tempfile.TemporaryDirectory(prefix=f".{package}-", dir=into) as draft:
            _write(Path(draft) / package, words)
            shutil.move(Path(draft) / package, target)
    except OSError as error:
        raise ReasonError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def _check_name(name: str, plugins: Registry) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"A plugin's name takes up to {_LONGEST_NAME} small letters, digits and single hyphens, and "
            f"'{name}' came.",
            hint="Try 'best-first'.",
        )
    for kind in ("strategy", "scorer"):
        if name in plugins.names(kind):
            raise UsageError(
                f"There is a {kind} '{name}' already: {plugins.origin(kind, name)}.",
                hint="Choose another name.",
            )


def _write(folder: Path, words: Mapping[str, str]) -> None:
    templates = files(__package__) / "plugin_template"
    for path, template in _TEMPLATES.items():
        target = folder / Template(path).substitute(words)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (templates / f"{template}.template").read_text(encoding="utf-8")
        target.write_text(Template(text).substitute(words), encoding="utf-8")
    (folder / "src" / words["module"] / "py.typed").touch()


def _title(name: str) -> str:
    return "".join(word.title() for word in name.split("-"))
