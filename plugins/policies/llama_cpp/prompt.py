"""A question as the model shall see it: the file's own chat template, or a text for a base model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ....core.errors import ModelError
from ....core.models import PromptFormat
from ....core.records import Step
from .model import Model

_PLACE = "\N{WHITE SMILING FACE}"  # stands for the model's own turn while a template is rendered


class Turn(NamedTuple):
    """One turn of a conversation; the role is `system`, `user` or `assistant`."""

    role: str
    text: str


def render(model: Model, prompt: PromptFormat, question: str) -> str:
    """Return the prompt as text.

    Raises:
        ModelError: If the file's chat template cannot be rendered.
    """
    if prompt.template is not None:
        return _filled(prompt.template, prompt, question)
    return render_chat(model, _opening(prompt, question)) + prompt.lead


def render_chat(model: Model, turns: Sequence[Turn]) -> str:
    """Return a conversation as text, up to where the model's next turn begins.

    Raises:
        ModelError: If the file has no chat template, or it cannot be rendered.
    """
    from jinja2 import TemplateError

    template = model.metadata("tokenizer.chat_template")
    if template is None:
        raise ModelError(
            f"{model.file.name} has no chat template.", hint="It is a base model: give it a few-shot prompt."
        )
    messages: list[Any] = [{"role": turn.role, "content": turn.text} for turn in turns]
    ends = model.special_text(model.end_token), model.special_text(model.begin_token)
    try:
        return str(_formatter(template, *ends)(messages=messages).prompt)
    except TemplateError as error:
        raise ModelError(f"The chat template of {model.file.name} fails: {error}.") from error


def render_follow_up(model: Model, prompt: PromptFormat, text: str) -> str:
    """Return what follows the model's solution where the user then says `text`, up to the model's reply."""
    if prompt.template is None:
        place = _PLACE
        while place in text:
            place += _PLACE
        turns = (*_opening(prompt, ""), Turn("assistant", place), Turn("user", text))
        _, found, after = render_chat(model, turns).rpartition(place)
        if found:
            return after
    return f"\n\n{text}\nAnswer:"  # a base model, or a template that knows no second turn


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


def tokenize(model: Model, text: str, prompt: PromptFormat) -> list[int]:
    """Turn a rendered prompt into tokens, with one begin token where the vocabulary wants one.

    Only a chat template writes special tokens; in a text for a base model they are text like any other.
    """
    is_chat = prompt.template is None
    begin = model.special_text(model.begin_token)
    is_begun = is_chat and bool(begin) and text.startswith(begin)
    return model.tokenize(text, special=is_chat, begin=not is_begun)


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
