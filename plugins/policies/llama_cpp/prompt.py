"""A question as the model shall see it: the file's own chat template, or a text for a base model."""

from __future__ import annotations

from typing import Any

from ....core.errors import ModelError
from ....core.models import PromptFormat
from .model import Model


def render(model: Model, prompt: PromptFormat, question: str) -> str:
    """Return the prompt as text.

    Raises:
        ModelError: If the file's chat template cannot be rendered.
    """
    template = model.metadata("tokenizer.chat_template")
    if prompt.template is not None:
        return prompt.template.replace("{question}", question)
    if template is None:
        raise ModelError(
            f"{model.file.name} has no chat template.", hint="It is a base model: give it a few-shot prompt."
        )
    return _chat(model, template, prompt, question)


def tokenize(model: Model, text: str, prompt: PromptFormat) -> list[int]:
    """Turn a rendered prompt into tokens, with one begin token where the vocabulary wants one.

    Only a chat template writes special tokens; in a text for a base model they are text like any other.
    """
    is_chat = prompt.template is None
    begin = model.special_text(model.begin_token)
    is_begun = is_chat and bool(begin) and text.startswith(begin)
    return model.tokenize(text, special=is_chat, begin=not is_begun)


def _chat(model: Model, template: str, prompt: PromptFormat, question: str) -> str:
    from jinja2 import TemplateError
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    formatter = Jinja2ChatFormatter(
        template,
        eos_token=model.special_text(model.end_token),
        bos_token=model.special_text(model.begin_token),
    )
    user = f"{question}\n{prompt.instruction}" if prompt.instruction else question
    messages: list[Any] = [{"role": "user", "content": user}]
    if prompt.system:
        messages.insert(0, {"role": "system", "content": prompt.system})
    try:
        return str(formatter(messages=messages).prompt)
    except TemplateError as error:
        raise ModelError(f"The chat template of {model.file.name} fails: {error}.") from error
