"""Options of plugins: pydantic models, so that bounds and meanings stand once and are checked everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from .errors import UnknownNameError, UsageError

__all__ = ["Described", "Field", "Options", "describe", "parse", "split_owned", "split_pairs"]


class Options(BaseModel):
    """The base of every plugin's options: frozen, and unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)


OptionsT = TypeVar("OptionsT", bound=Options)


class Described(NamedTuple):
    """One option in words."""

    name: str
    kind: str
    default: str
    bounds: str
    meaning: str


def split_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Split `name=value` pairs.

    Raises:
        UsageError: If a pair has no `=`.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"An option is written name=value, and '{pair}' came.", hint="Try -o width=16.")
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def split_owned(pairs: Iterable[str]) -> dict[str, dict[str, str]]:
    """Split `[owner.]name=value` pairs into each owner's options; without an owner they stand under "".

    A value keeps its spaces, which matter where it is a part of a prompt.

    Raises:
        UsageError: If a pair has no `=`.
    """
    found: dict[str, dict[str, str]] = {}
    for pair in pairs:
        owner = pair.partition("=")[0].rpartition(".")[0]
        (name,) = split_pairs([pair.removeprefix(f"{owner}.")])
        found.setdefault(owner.strip(), {})[name] = pair.partition("=")[2]
    return found


def parse(owner: str, model: type[OptionsT], values: Mapping[str, Any]) -> OptionsT:
    """Check `values` against a plugin's options.

    Args:
        owner: Who the options belong to, as the message shall name it (`strategy 'rebase'`).

    Raises:
        UsageError: Naming the owner, the option, what was wanted and what came.
    """
    for name in values:
        if name not in model.model_fields:
            raise UnknownNameError(f"option of {owner} called", name, model.model_fields)
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise UsageError(_explain(owner, model, error)) from error


def describe(model: type[BaseModel]) -> Iterator[Described]:
    """Describe every option of a plugin."""
    for name, info in model.model_fields.items():
        yield Described(name, _kind(info), _default(info), _bounds(info), info.description or "")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    return "-" if default in (None, ()) else str(default)


def _kind(info: FieldInfo) -> str:
    kinds = [kind for kind in get_args(info.annotation) if kind is not NoneType]
    if get_origin(info.annotation) is Literal:
        return " | ".join(map(str, kinds))
    if get_origin(info.annotation) is tuple:
        return "numbers with commas between them"
    if isinstance(info.annotation, UnionType):
        return " | ".join(kind.__name__ for kind in kinds)
    return getattr(info.annotation, "__name__", str(info.annotation))


def _bounds(info: FieldInfo) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    parts = [
        f"{sign} {getattr(rule, key):g}"
        for rule in info.metadata
        for key, sign in signs.items()
        if getattr(rule, key, None) is not None
    ]
    return ", ".join(parts)


def _explain(owner: str, model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "?"
    said = first["msg"].removeprefix("Value error, ")
    if name not in model.model_fields:
        return f"The options of {owner} do not fit together: {said}."
    info = model.model_fields[name]
    if first["type"] == "value_error":
        return f"Option '{name}' of {owner}: {said}."
    if len(first["loc"]) > 1:  # within an option that has fields of its own
        whole = ".".join(map(str, first["loc"]))
        return f"Option '{whole}' of {owner} does not take '{first['input']}': {said}."
    if first["type"] == "missing":
        return f"Option '{name}' of {owner} is needed. {info.description or ''}"
    wanted = " ".join(filter(None, (_kind(info), _bounds(info))))
    if first["type"] == "string_pattern_mismatch":
        wanted = f"text ({(info.description or '').rstrip('.')})"
    return f"Option '{name}' of {owner} takes {wanted}, and '{first['input']}' came."
