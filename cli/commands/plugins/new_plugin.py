"""Writes a plugin package that works: one or several kinds of plugin, and their contracts as tests."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from ....core.errors import ReasonError, UsageError
from ....core.registry import Registry
from .merging import merge

SOURCES: Mapping[str, Sequence[str]] = {
    "strategy": ("src/$module/strategy.py",),
    "scorer": ("src/$module/scorer.py",),
    "policy": (
        "src/$module/policy.py",
        "src/$module/branch.py",
        "src/$module/server.py",
        "tests/scripted_server.py",
    ),
    "grader": ("src/$module/grader.py",),
    "vote": ("src/$module/vote.py",),
    "model": ("src/$module/models.py",),
    "dataset": ("src/$module/datasets.py",),
    "command": ("src/$module/command.py",),
}
"""The files that each kind has of its own."""
DEFAULT_KINDS = ("strategy", "scorer")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 40
_COMMON = {"pyproject.toml": "pyproject.toml", "README.md": "README.md", ".gitignore": "gitignore"}
_WITHOUT_CONTRACT = ("model", "dataset", "command")


def write_package(name: str, into: Path, plugins: Registry, kinds: Sequence[str] = DEFAULT_KINDS) -> Path:
    """Write the package `reasontree-NAME` into a folder, whole or not at all, and return where it is.

    Raises:
        UsageError: If it is not a name, or is taken, or the package's folder exists.
        ReasonError: If the folder cannot be written.
    """
    _check_name(name, plugins, kinds)
    package = f"reasontree-{name}"
    target = into / package
    if target.exists():
        raise UsageError(
            f"{target} exists already.", hint="Choose another name, or another folder with --into."
        )
    try:
        with tempfile.TemporaryDirectory(prefix=f".{package}-", dir=into) as draft:
            for path, text in _package(name, kinds):
                file = Path(draft) / package / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            shutil.move(Path(draft) / package, target)
    except OSError as error:
        raise ReasonError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def search_line(name: str, kinds: Sequence[str], *, policy: str = "") -> list[str]:
    """Return the command that searches with a new package, if it has anything to search with.

    Args:
        policy: The policy to search with, where the package has none of its own.
    """
    flags = [f"--{kind} {name}" for kind in ("strategy", "scorer", "vote", "policy") if kind in kinds]
    if "policy" in kinds:
        flags.append("--model http://127.0.0.1:8080/v1")
    elif policy and flags:
        flags.append(f"--policy {policy}")
    return [" ".join(['reason solve "QUESTION"', *flags])] if flags else []


def other_uses(name: str, kinds: Sequence[str]) -> list[str]:
    """Return the commands that use what else a new package has."""
    lines = {
        "grader": f'reason grade "So it is (B)." B --grader {name}',
        "model": "reason models list",
        "dataset": "reason datasets",
        "command": f'reason {name} "What is 6 times 7?"',
    }
    return [line for kind, line in lines.items() if kind in kinds]


def _check_name(name: str, plugins: Registry, kinds: Sequence[str]) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"A plugin's name takes up to {_LONGEST_NAME} small letters, digits and single hyphens, and "
            f"'{name}' came.",
            hint="Try 'best-first'.",
        )
    for kind in kinds:
        if name in plugins.names(kind):
            raise UsageError(
                f"There is a {kind} '{name}' already: {plugins.origin(kind, name)}.",
                hint="Choose another name.",
            )


def _package(name: str, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each file of the package with its text."""
    words = _words(name, kinds)
    for path, template in _COMMON.items():
        yield path, _filled(template, words)
    for kind in kinds:
        for path in SOURCES[kind]:
            yield Template(path).substitute(words), _filled(f"{kind}/{Path(path).name}", words)
    own = words["module"]
    hooks = [_filled(f"{kind}/plugin.py", words) for kind in kinds]
    yield f"src/{own}/__init__.py", merge(hooks, f"{words['The_plugins']} '{name}' for reasontree.", own=own)
    yield f"src/{own}/py.typed", ""
    tests = [_filled(f"{kind}/tests.py", words) for kind in kinds]
    yield "tests/test_contracts.py", merge(tests, _what_is_tested(kinds), own=own)


def _words(name: str, kinds: Sequence[str]) -> dict[str, str]:
    """Return what stands in the templates for what is written with a dollar sign."""
    package = f"reasontree-{name}"
    the_plugins = _listed([f"the {kind}" for kind in kinds])
    return {
        "name": name,
        "package": package,
        "module": package.replace("-", "_"),
        "title": "".join(word.title() for word in name.split("-")),
        "The_plugins": the_plugins[0].upper() + the_plugins[1:],
        "dependencies": '"click", "reasontree"' if "command" in kinds else '"reasontree"',
        "uses": _uses_text(name, kinds),
    }


def _uses_text(name: str, kinds: Sequence[str]) -> str:
    """Say how the package is used, and how without a model where that can be."""
    lines = [f"    {line}" for line in (*search_line(name, kinds), *other_uses(name, kinds))]
    if "policy" not in kinds:
        simulated = [f"    {line}" for line in search_line(name, kinds, policy="simulated")]
        lines += ["", "Without a model, in milliseconds:", "", *simulated] if simulated else []
    return "\n".join(lines)


def _what_is_tested(kinds: Sequence[str]) -> str:
    held = _listed([f"every {kind}" for kind in kinds if kind not in _WITHOUT_CONTRACT])
    return (
        f"What {held} must keep, and the numbers worked out by hand." if held else "What was tried by hand."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _filled(template: str, words: Mapping[str, str]) -> str:
    file = files(__package__) / "plugin_template" / f"{template}.template"
    return Template(file.read_text(encoding="utf-8")).substitute(words)
