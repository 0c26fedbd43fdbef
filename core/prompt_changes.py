"""What is other than a model's own prompt format: values as JSON and TOML know them, checked and applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from .errors import UsageError
from .models import Example, PromptFormat
from .step_content import label_pattern

FIELDS = tuple(field.name for field in fields(PromptFormat))
_OF_CHATS = ("system", "instruction", "lead")


def check_prompt(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return some fields of a format as plain values: texts, lists, and an example as an object.

    An empty template is the chat template of the model's file.

    Raises:
        ValueError: Naming the field, what was wanted and what came.
    """
    for name in values:
        if name not in FIELDS:
            raise ValueError(f"a prompt has {', '.join(FIELDS)}, and not '{name}'")
    return {name: _check(name, value) for name, value in values.items()}


def plain_prompt(prompt: PromptFormat) -> dict[str, Any]:
    """Return all fields of a format as plain values."""
    return check_prompt(asdict(prompt))


def changed_prompt(own: PromptFormat, values: Mapping[str, Any], who: str) -> PromptFormat:
    """Return a model's own format as some plain values change it.

    Args:
        who: Names the model in messages.

    Raises:
        UsageError: If a field has no place in how the model is asked.
    """
    given = check_prompt(values)
    if "template" in given:
        given["template"] = given["template"] or None
    if "examples" in given:
        given["examples"] = tuple(Example(**each) for each in given["examples"])
    if "stops" in given:
        given["stops"] = tuple(given["stops"])
    changed = replace(own, **given)
    if changed.template is not None:
        _check_template(own, changed, who)
    return changed


def _check(name: str, value: Any) -> Any:
    check: Callable[[str, Any], Any] = _CHECKS.get(name, _text)
    return check(name, value)


def _check_template(own: PromptFormat, changed: PromptFormat, who: str) -> None:
    """Refuse what a template would leave out without a word."""
    for name in _OF_CHATS:
        if getattr(changed, name) not in ("", getattr(own, name), getattr(PromptFormat(), name)):
            raise UsageError(
                f"{who} is asked by a template, which has no place for '{name}'.",
                hint="Write the text into a template of your own, with --prompt FILE.",
            )
    if changed.examples and "{examples}" not in (changed.template or ""):
        raise UsageError(
            f"{who} is asked by a template, which has no place for examples.",
            hint="Give one with {examples} and {question}, with --prompt FILE.",
        )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} takes a text, and {value!r:.60} came")
    return value


def _template(name: str, value: Any) -> str:
    template = _text(name, value or "")
    if template and "{question}" not in template.rpartition("{examples}")[2]:
        raise ValueError(f"{name} takes a text with {{question}}, behind the {{examples}} if it has any")
    return template


def _step_start(name: str, value: Any) -> str:
    label_pattern(_text(name, value))
    return str(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} takes true or false, and {value!r:.60} came")
    return value


def _stops(name: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each for each in value):
        raise ValueError(f"{name} takes a list of texts, and {value!r:.60} came")
    return list(value)


def _examples(name: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name} takes a list, and {value!r:.60} came")
    return [_example(each) for each in value]


def _example(value: Any) -> dict[str, str]:
    if isinstance(value, Example):
        value = asdict(value)
    elif isinstance(value, list | tuple) and len(value) == 2:
        value = dict(zip(("question", "solution"), value, strict=True))
    if not isinstance(value, Mapping) or set(value) != {"question", "solution"}:
        raise ValueError(f"an example has a question and a solution, and {value!r:.60} came")
    if not all(isinstance(each, str) and each.strip() for each in value.values()):
        raise ValueError(f"an example's question and solution are texts, and {value!r:.60} came")
    return {"question": value["question"], "solution": value["solution"]}


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "template": _template,
    "stops": _stops,
    "examples": _examples,
    "step_start": _step_start,
    "needs_content": _flag,
}
