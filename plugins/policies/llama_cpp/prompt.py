"""A question as the model shall see it: the file's own chat template, or a text for a base model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ....core.errors import ModelError
from ....core.models import PromptFormat
from ....core.records import Step
from .model import Model
from .rendered import Rendered, Shield, plain

_PLACE = "\N{WHITE SMILING FACE}"  # stands for the model's own turn while a template is rendered


class Turn(NamedTuple):
    """One turn of a conversation; the role is `system`, `user` or `assistant`."""

    role: str
    text: str


def render(model: Model, prompt: PromptFormat, question: str) -> Rendered:
    """Return the prompt.

    Raises:
        ModelError: If the file's chat template cannot be rendered, or leaves the question out.
    """
    if prompt.template is not None:
        return plain(_filled(prompt.template, prompt, question))
    return render_chat(model, _opening(prompt, question), after=prompt.lead)


def render_chat(
    model: Model, turns: Sequence[Turn], *, after: str = "", shield: Shield | None = None
) -> Rendered:
    """Return a conversation, up to where the model's next turn begins.

    Args:
        after: What that turn begins with.
        shield: One that `after` was put together with: what else is special in it is meant to be. Otherwise
            nothing in it is special.

    Raises:
        ModelError: If the file has no chat template, or it cannot be rendered, or leaves the last turn out.
    """
    if shield is None:
        shield = Shield(model)
        after = shield.over(after)
    shielded = [Turn(turn.role, shield.over(turn.text)) for turn in turns]
    return shield.lifted(_templated(model, shielded) + after)


def _templated(model: Model, turns: Sequence[Turn], *, may_drop: bool = False) -> str:
    """Apply the file's template; some want a turn's content as a list of parts, and drop a plain text.

    Args:
        may_drop: Whether the template may leave the last turn out.
    """
    template = model.metadata("tokenizer.chat_template")
    if template is None:
        raise ModelError(
            f"{model.file.name} has no chat template.", hint="It is a base model: give it a few-shot prompt."
        )
    ends = model.special_text(model.end_token), model.special_text(model.begin_token)
    plainly = [{"role": turn.role, "content": turn.text} for turn in turns]
    in_parts = [{"role": turn.role, "content": [{"type": "text", "text": turn.text}]} for turn in turns]
    last, failure = turns[-1].text.strip(), None
    for messages in (plainly, in_parts):
        try:
            text = str(_formatter(template, *ends)(messages=messages).prompt)
        except Exception as error:  # noqa: BLE001 - a template may call anything, and raises what it likes
            failure = failure or error
            continue
        if may_drop or last in text:
            return text
    if failure is not None:
        is_about_system = turns[0].role == "system" and "system" in str(failure).lower()
        hint = "It takes no system turn: leave --system out." if is_about_system else ""
        raise ModelError(f"The chat template of {model.file.name} fails: {failure}.", hint=hint) from failure
    raise ModelError(
        f"The chat template of {model.file.name} leaves the question out.",
        hint="Give it a prompt of its own: --prompt FILE with a template that holds {question}.",
    )


def render_follow_up(model: Model, prompt: PromptFormat, text: str) -> Rendered:
    """Return what follows the model's solution where the user then says `text`, up to the model's reply."""
    if prompt.template is not None:
        return plain(_without_turns(text))
    place = _PLACE
    while place in text:
        place += _PLACE
    shield = Shield(model)
    turns = (*_opening(prompt, ""), Turn("assistant", place), Turn("user", shield.over(text)))
    _, found, after = _templated(model, turns, may_drop=True).rpartition(place)
    return shield.lifted(after) if found else plain(_without_turns(text))


def _without_turns(text: str) -> str:
    """Return the user's words for a base model, or for a template that knows no second turn."""
    return f"\n\n{text}\nAnswer:"


def conversation(model: Model, steps: Sequence[Step], *, goes_on: bool = False) -> tuple[int, ...]:
    """Return the tokens of a path, as the model reads it.

    The token with which the model ended a turn goes where the user's words follow: they bring their own.

    Args:
        goes_on: Whether the user's words follow the last step too.
    """
    tokens: list[int] = []
    for step in steps:
        if step.said:
            _reopen(model, tokens)
        tokens += step.tokens
    if goes_on:
        _reopen(model, tokens)
    return tuple(tokens)


def _reopen(model: Model, tokens: list[int]) -> None:
    if tokens and model.ends(tokens[-1]):
        tokens.pop()


def _filled(template: str, prompt: PromptFormat, question: str) -> str:
    """Return a base model's template with question and examples."""
    before, place, asks = template.rpartition("{examples}")
    space = "" if asks[-1:].isspace() else " "
    examples = prompt.examples if place else ()
    shown = (f"{_with(asks, each.question)}{space}{each.solution}\n\n" for each in examples)
    return _with(before, question) + "".join(shown) + _with(asks, question)


def _with(template: str, question: str) -> str:
    return template.replace("{question}", question)


def _opening(prompt: PromptFormat, question: str) -> list[Turn]:
    """Return the turns that ask a question, behind those of the worked examples."""
    turns = [Turn("system", prompt.system)] if prompt.system else []
    for example in prompt.examples:
        turns += [Turn("user", _asked(prompt, example.question)), Turn("assistant", example.solution)]
    return [*turns, Turn("user", _asked(prompt, question))]


def _asked(prompt: PromptFormat, question: str) -> str:
    return f"{question}\n{prompt.instruction}" if prompt.instruction else question


@lru_cache(maxsize=8)
def _formatter(template: str, end: str, begin: str) -> Any:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    return Jinja2ChatFormatter(template, eos_token=end, bos_token=begin)
