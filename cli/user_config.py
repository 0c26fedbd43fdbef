"""The user's own defaults: a TOML file with fields of a run's specification, and `db`.

The environment and the command line go before it, and a file that `--spec` names is taken as it is.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path

from ..core.errors import UsageError

if TYPE_CHECKING:
    from ..core.spec import RunSpec

_DB = "db"


def config_path() -> Path:
    """Return where the file is or would be: `REASON_CONFIG`, or in the user's folder for configuration."""
    named = os.environ.get("REASON_CONFIG")
    return Path(named) if named else user_config_path("reasontree", appauthor=False) / "config.toml"


def read_config() -> dict[str, Any]:
    """Return what the file says; nothing where there is none.

    Raises:
        UsageError: If it cannot be read, or a field or value is wrong.
    """
    path = config_path()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:  # what is not UTF-8 or TOML
        raise UsageError(f"{path} is not TOML: {error}.") from error
    spec_of(values)
    return values


def spec_of(values: Mapping[str, Any]) -> RunSpec:
    """Return the specification of a run with the user's defaults.

    Raises:
        UsageError: If a field is unknown or a value is wrong; names the file.
    """
    from ..core.spec import RunSpec

    if not isinstance(values.get(_DB, ""), str):
        raise UsageError(f"{config_path()}: '{_DB}' takes a path or a URL, and {values[_DB]!r} came.")
    try:
        return RunSpec.of({name: value for name, value in values.items() if name != _DB})
    except UsageError as error:
        raise UsageError(f"{config_path()}: {error}") from error


def configured_db() -> str | None:
    """Return the user's database, unless the environment names another; None where nothing does."""
    if os.environ.get("REASON_DB"):
        return None
    where: str | None = read_config().get(_DB)
    return where and str(Path(where).expanduser()) if where and "://" not in where else where


def _check_names(spec: RunSpec) -> None:
    """Look whether there is all that is named: who sets it sees a slip of the pen, not who solves later.

    Raises:
        UnknownNameError: If not; has the nearest name.
    """
    from ..plugins import registry
    from ..plugins.models.resolve import find_entry

    for kind in ("strategy", "policy", "vote", "grader"):
        if name := getattr(spec, kind):
            registry().get(kind, name)
    for name in spec.scorers:
        registry().get("scorer", name)
    if spec.model:
        find_entry(spec.model, registry())


def write_config(values: Mapping[str, Any]) -> Path:
    """Write the file, whole or not at all, and return where it is.

    Raises:
        UsageError: If a field, a value or a name is wrong, or the file cannot be written.
    """
    import tomli_w

    from ..core.whole_files import whole_file

    _check_names(spec_of(values))
    path = config_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(tomli_w.dumps(values).encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path
