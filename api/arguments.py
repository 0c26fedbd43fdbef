"""What callers give, as specs and problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from ..core.errors import UnknownNameError, UsageError
from ..core.options import Options
from ..core.records import Budget, Limits, Problem, Sampling
from ..core.spec import RunSpec
from ..plugins import registry
from .choosing import choose
from .prompt_files import read_prompt

_PLACES = {
    **{name: ("prompt", name) for name in ("system", "instruction", "examples")},
    **{field.name: ("sampling", field.name) for field in fields(Sampling)},
    **{field.name: ("limits", field.name) for field in fields(Limits)},
    **{f"budget_{field.name}": ("budget", field.name) for field in fields(Budget)},
}

_CHOOSING = ("strategy", "model", "policy", "scorers")  # what decides which strategy runs


def problems_of(given: str | Problem | Iterable[str | Problem]) -> list[Problem]:
    """Return problems, numbered as they came where their own numbers do not tell them apart.

    Raises:
        UsageError: If something is not a question, or an empty one.
    """
    is_one = isinstance(given, str | bytes | Mapping | Problem) or not isinstance(given, Iterable)
    each: Any = [given] if is_one else given
    problems = [_problem(one, i) for i, one in enumerate(each)]
    if len({(problem.dataset, problem.index) for problem in problems}) < len(problems):
        return [replace(problem, index=i) for i, problem in enumerate(problems)]
    return problems


def _problem(given: Any, place: int) -> Problem:
    problem = Problem(given, index=place) if isinstance(given, str) else given
    if not isinstance(problem, Problem):
        raise UsageError(f"A question or a Problem is wanted, and {given!r:.60} came.")
    if not problem.text.strip():
        raise UsageError("A question is wanted, and an empty one came.")
    gold = problem.gold if problem.gold is None else str(problem.gold)
    return replace(problem, text=problem.text.strip(), gold=gold)


def spec_of(spec: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    """Change a spec by words as users say them; None changes nothing.

    They are its fields, those of its `sampling` and `limits` (`temperature=0.5`, `max_tokens=200`), those of
    its budget (`budget_tokens=4000`), `system`, `instruction` and `examples` of its prompt, `scorer` for one
    alone, and options of the strategy by name. The prompt may also be a TOML file's path.

    Raises:
        UsageError: If a word is unknown or a value is wrong.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    wanted = {name: given.pop(name) for name in [*given] if name in RunSpec.model_fields}
    if "scorer" in given:
        wanted["scorers"] = given.pop("scorer")
    if isinstance(wanted.get("prompt"), str | Path):
        wanted["prompt"] = read_prompt(wanted["prompt"])
    for name in [*given]:
        if (place := _PLACES.get(name)) is not None:
            field, part = place
            wanted[field] = {**_plain(wanted.get(field, {})), part: given.pop(name)}
    if given:
        base = spec.changed(**{name: wanted[name] for name in _CHOOSING if name in wanted})
        _check_options(given, choose(base)[0].strategy)
        wanted["strategy_options"] = {**wanted.get("strategy_options", {}), **given}
    return spec.changed(**wanted)


def _check_options(given: Mapping[str, Any], strategy: str) -> None:
    """Look whether a strategy has these options, before anything says so in the strategy's name alone."""
    options: type[Options] = registry().get("strategy", strategy).Options
    for name in given:
        if name not in options.model_fields:
            known = [*options.model_fields, *RunSpec.model_fields, *_PLACES, "scorer"]
            raise UnknownNameError(f"word of a spec, or option of strategy '{strategy}', called", name, known)


def _plain(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else asdict(value)
