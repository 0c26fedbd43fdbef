"""Tokens and text of each family: the vocabulary round trip, spaces, begin tokens."""

import pytest
from reasontree.core.errors import ModelError
from reasontree.core.models import PromptFormat
from reasontree.plugins.policies.llama_cpp.prompt import render

from .families import PROMPT, TEXTS, bytes_of


def test_every_token_has_the_bytes_that_the_file_gives_it(family):
    pieces = [family.model.piece(token) for token in range(family.model.n_vocab)]
    assert pieces == family.tiny.vocabulary.pieces


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_and_text_are_each_others_inverse(family, text):
    tokens = family.model.tokenize(text, special=False, begin=False)
    assert bytes_of(family.model, tokens) == (family.dummy + text.encode() if text else b"")


def test_a_text_that_is_continued_by_raw_tokens_keeps_its_spaces(family):
    model, text = family.model, PROMPT + "  so  the two\n is é ☃"
    tokens = model.tokenize(text, special=False, begin=True)
    for cut in range(len(tokens)):
        head, tail = bytes_of(model, tokens[:cut]), bytes_of(model, tokens[cut:])
        assert head + tail == family.dummy + text.encode()


@pytest.mark.parametrize("question", ["", "two", " two", "<s>two", "<|endoftext|>two"])
def test_a_base_prompt_has_the_begin_token_as_the_vocabulary_wants_it(family, question):
    prompt = PromptFormat(template="{question}\nA:")
    tokens = render(family.model, prompt, question).tokens(family.model)
    assert tokens[: len(family.begin)] == family.begin
    assert family.model.begin_token not in tokens[len(family.begin) :]
    assert bytes_of(family.model, tokens) == family.dummy + f"{question}\nA:".encode()


def test_a_chat_prompt_that_writes_its_begin_token_has_it_once(family):
    if not family.begin:
        with pytest.raises(ModelError, match="no chat template"):
            render(family.model, PromptFormat(), "two")
        return
    prompt = PromptFormat(instruction="")
    rendered = render(family.model, prompt, "two")
    assert rendered.text == "<s>[INST] two [/INST]"
    tokens = rendered.tokens(family.model)
    assert tokens[0] == 1 and tokens.count(1) == 1
    assert bytes_of(family.model, tokens) == b" [INST] two [/INST]"
