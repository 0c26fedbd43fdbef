"""The families of the papers, as tiny random models: Llemma and Mistral (llama), and Pythia (gptneox).

The plain path is one sequence in a fresh context, one token a decode. Weights and cells are in single
precision and flash attention, which rounds cells to 16 bits, is off. So the engine must agree with the plain
path closely, whatever runs beside a branch.
"""

import codecs
from typing import NamedTuple

import numpy as np
from reasontree.core import Limits, ProposeRequest, Sampling, Step, Usage
from reasontree.plugins.policies.llama_cpp.branch import ReadRequest
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.policies.llama_cpp.hardware import Hardware
from reasontree.plugins.policies.llama_cpp.model import Model

from ..plain_path import Found, tokens_of
from ..tiny_gguf import (
    N_CONTEXT,
    TinyModel,
)

PROMPT = "Two and two.\nSo then the answer is naïve ☃:"
TEXTS = (
    "Hello, the world",
    "naïve café ☃ 日本 𝔸",
    " begins and ends with spaces ",
    "two  spaces,   three\n\nand\n lines\t",
    "x",
    "",
)
EXACT = Hardware(kv_type="f32", flash_attention="off", threads=1)
WARM = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


class Family(NamedTuple):
    """A written model, as it was loaded.

    Attributes:
        dummy: What the vocabulary puts before a text (SentencePiece: one space).
        begin: The tokens it puts before a prompt.
    """

    tiny: TinyModel
    model: Model
    dummy: bytes
    begin: list[int]


class Plain(NamedTuple):
    """What the plain path computes at each position: log-probabilities of all tokens, and hidden states."""

    logprobs: np.ndarray
    hidden: np.ndarray


def request_for(model, *, steps=(), seeds=range(8), until="end", max_tokens=40, **options):
    prompt = Step(PROMPT, tuple(model.tokenize(PROMPT, special=False, begin=True)))
    return ProposeRequest(
        search=0,
        round=1,
        position=options.pop("position", 0),
        prefix=(prompt, *steps),
        seeds=tuple(seeds),
        until=until,
        sampling=options.pop("sampling", WARM),
        limits=Limits(max_tokens=max_tokens, max_step_tokens=max_tokens),
        **options,
    )


def finish(engine, *requests):
    """Run requests to their end and return the steps by (position, child)."""
    for request in requests:
        engine.propose(request)
    found = Found()
    while len(found) < sum(len(request.seeds) for request in requests):
        found.take(engine.tick(), lambda p: (p.position, p.child))
    return found


class Answers(NamedTuple):
    """The answers of a reading, and what it took."""

    values: tuple
    usage: Usage


def read(engine, tokens, questions):
    """Read one text."""
    engine.read(ReadRequest(0, "key", tuple(tokens), tuple(questions)))
    usage = Usage()
    while not (readings := engine.take_readings()):
        usage = sum((each.usage for each in engine.tick()), usage)
    (reading,) = readings
    assert reading.key == "key"
    return Answers(reading.values, usage)


def bytes_of(model, tokens) -> bytes:
    return b"".join(model.piece(token) for token in tokens)


def prefix_of(request) -> list[int]:
    return tokens_of(request.prefix)


def plain(model, tokens) -> Plain:
    """Run one sequence in a fresh context."""
    context = Context(model, ContextSize(N_CONTEXT, 32, 1), EXACT)
    context.want_hidden()
    logprobs, hidden = [], []
    for position, token in enumerate(tokens):
        context.decode([Span(0, position, [token], [0])])
        logprobs.append(context.output(0).logits(range(model.n_vocab), normalised=True))
        hidden.append(context.output(0).hidden())
    context.close()
    return Plain(np.array(logprobs), np.array(hidden))


def assert_as_plain(model, prefix, chains) -> None:
    """Compare the log-probabilities of all sampled tokens with the plain path."""
    differences = []
    for steps in chains:
        tokens = tokens_of(steps)
        expected = plain(model, [*prefix, *tokens]).logprobs[len(prefix) - 1 : -1]
        found = [logprob for step in steps for logprob in step.logprobs]
        differences.append(np.abs(found - expected[np.arange(len(tokens)), tokens]))
    assert np.concatenate(differences).mean() <= 0.01
    assert np.concatenate(differences).max() <= 0.05


def steps_by_hand(model, tokens, delimiter: str) -> list[list[int]]:
    """Cut a chain after each token that completes a delimiter, unless it leaves a character open."""
    return cut_by_hand(model, tokens, lambda text: delimiter in text.lstrip())


def cut_by_hand(model, tokens, is_step) -> list[list[int]]:
    """Cut a chain after each token where the step's text is whole, unless it leaves a character open."""
    steps, step = [], []
    for token in tokens:
        step.append(token)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(bytes_of(model, step))
        if is_step(text) and not decoder.getstate()[0]:
            steps.append(step)
            step = []
    return [*steps, step] if step else steps


def flops_by_hand(info, spans) -> float:
    """Sum 2 · parameters + 4 · layers · width · context over positions."""
    return sum(
        2 * info.parameters + 4 * info.layers * info.width * (position + 1)
        for span in spans
        for position in span
    )
