"""The families of the papers, as tiny random models: Llemma and Mistral (llama), and Pythia (gptneox).

The plain path is one sequence in a fresh context, one token a decode. Weights and cells are in single
precision and flash attention, which rounds cells to 16 bits, is off. So the engine must agree with the plain
path closely, whatever runs beside a branch.
"""

import codecs
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from reasontree.core import End, Limits, ProposeRequest, Sampling, Step
from reasontree.core.errors import ModelError
from reasontree.core.ledger import Ledger
from reasontree.core.models import ModelFile, PromptFormat
from reasontree.plugins.policies.llama_cpp.branch import Question, ReadRequest
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.policies.llama_cpp.engine import Engine
from reasontree.plugins.policies.llama_cpp.hardware import Hardware
from reasontree.plugins.policies.llama_cpp.model import Model
from reasontree.plugins.policies.llama_cpp.prompt import render, tokenize

from .tiny_gguf import (
    EMBEDDING,
    HEAD,
    HEADS,
    KV_HEADS,
    LAYERS,
    N_CONTEXT,
    TinyModel,
    write_gptneox,
    write_llama,
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


_LONG_PROMPT = """
import sys
from pathlib import Path
from reasontree.core import Limits, ProposeRequest, Sampling, Step
from reasontree.core.ledger import Ledger
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize
from reasontree.plugins.policies.llama_cpp.engine import Engine
from reasontree.plugins.policies.llama_cpp.model import Model

model = Model(ModelFile("tiny", Path(sys.argv[1])))
engine = Engine(Context(model, ContextSize(512, 128, 16)), n_branches=4, delimiter=".")
prefix = (Step("", tuple(range(5, 105))),)
limits = Limits(max_tokens=4)
engine.propose(
    ProposeRequest(0, 1, 0, prefix, (1,), "end", Sampling(), limits, Ledger(), wants_hidden=True)
)
while not (found := engine.tick()):
    pass
print(len(found[0].steps[-1].hidden))
"""


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


@pytest.fixture(scope="module", params=["llama", "gptneox"])
def family(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("families")
    tiny = write_llama(folder) if request.param == "llama" else write_gptneox(folder)
    model = Model(ModelFile(request.param, tiny.path))
    yield Family(tiny, model, *((b" ", [1]) if request.param == "llama" else (b"", [])))
    model.close()


@pytest.fixture
def engine(family):
    """Make engines over contexts of a given size, and close them."""
    contexts = []

    def make(delimiter="\n\n", *, n_cells=4096, n_branches=8, n_batch=64, stops=()):
        context = Context(family.model, ContextSize(n_cells, n_batch, 64), EXACT)
        contexts.append(context)
        return Engine(context, n_branches=n_branches, delimiter=delimiter, stops=stops)

    yield make
    for context in contexts:
        context.close()


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
        ledger=options.pop("ledger", Ledger()),
        **options,
    )


def finish(engine, *requests):
    """Run requests to their end and return the steps by (position, child)."""
    for request in requests:
        engine.propose(request)
    found = {}
    while len(found) < sum(len(request.seeds) for request in requests):
        found |= {(p.position, p.child): p.steps for p in engine.tick()}
    return found


def read(engine, tokens, questions, ledger):
    """Read one text and return the answers."""
    engine.read(ReadRequest(0, "key", tuple(tokens), tuple(questions), ledger))
    while not (readings := engine.take_readings()):
        engine.tick()
    (reading,) = readings
    assert reading.key == "key"
    return reading.values


def tokens_of(steps: Sequence[Step]) -> list[int]:
    return [token for step in steps for token in step.tokens]


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
        logprobs.append(context.logits(0, range(model.n_vocab), normalised=True))
        hidden.append(context.hidden(0))
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
    steps, step = [], []
    for token in tokens:
        step.append(token)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(bytes_of(model, step))
        if delimiter in text.lstrip() and not decoder.getstate()[0]:
            steps.append(step)
            step = []
    return [*steps, step] if step else steps


# Tokens and text.


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
    text = render(family.model, prompt, question)
    tokens = tokenize(family.model, text, prompt)
    assert tokens[: len(family.begin)] == family.begin
    assert family.model.begin_token not in tokens[len(family.begin) :]
    assert bytes_of(family.model, tokens) == family.dummy + f"{question}\nA:".encode()


def test_a_chat_prompt_that_writes_its_begin_token_has_it_once(family):
    if not family.begin:
        with pytest.raises(ModelError, match="no chat template"):
            render(family.model, PromptFormat(), "two")
        return
    prompt = PromptFormat(instruction="")
    text = render(family.model, prompt, "two")
    assert text == "<s>[INST] two [/INST]"
    tokens = tokenize(family.model, text, prompt)
    assert tokens[0] == 1 and tokens.count(1) == 1
    assert bytes_of(family.model, tokens) == b" [INST] two [/INST]"


# Steps.


@pytest.mark.parametrize("delimiter", ["\n\n", ".\n", ".", "é", "the", "\n"])
def test_a_step_ends_where_its_delimiter_is_complete_though_tokens_split_it(family, engine, delimiter):
    request = request_for(family.model, seeds=range(12), max_tokens=120)
    chains = finish(engine(delimiter, n_branches=12), request).values()
    for steps in chains:
        by_hand = steps_by_hand(family.model, tokens_of(steps), delimiter)
        assert [list(step.tokens) for step in steps if step.tokens] == by_hand
    assert sum(len(steps) - 1 for steps in chains) > 0, "no step ended, so nothing was tested"


def test_the_steps_of_a_chain_join_to_its_text_and_no_character_is_broken(family, engine):
    model = family.model
    request = request_for(model, seeds=range(12), max_tokens=120)
    for steps in finish(engine("\n", n_branches=12), request).values():
        data, text = bytes_of(model, tokens_of(steps)), "".join(step.text for step in steps)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        assert text == decoder.decode(data)
        tail = decoder.decode(b"", final=True)
        assert text + tail == data.decode(errors="replace")
        for step in steps[:-1]:
            assert step.text == bytes_of(model, step.tokens).decode(errors="replace")


def test_random_models_write_whole_characters_and_broken_ones(family, engine):
    request = request_for(family.model, seeds=range(12), max_tokens=120)
    chains = finish(engine(n_branches=12), request).values()
    text = "".join(step.text for steps in chains for step in steps)
    assert {"é", "�"} <= set(text)


def test_steps_one_at_a_time_are_the_steps_of_the_chain(family, engine):
    greedy = Sampling(temperature=0.0, repeat_penalty=1.5)
    made, model = engine("."), family.model
    (chain,) = finish(made, request_for(model, seeds=[0], max_tokens=60, sampling=greedy)).values()
    steps = ()
    while not (steps and steps[-1].end):
        request = request_for(
            model, steps=steps, seeds=[0], until="step", max_tokens=60, sampling=greedy, position=len(steps)
        )
        (found,) = finish(made, request).values()
        steps += found
    assert len(steps) > 2
    assert [step.tokens for step in steps] == [step.tokens for step in chain]
    assert [step.text for step in steps] == [step.text for step in chain]


def test_a_stop_that_spans_tokens_ends_the_text_before_it(family, engine):
    made = engine("☃", n_branches=12, stops=("\n.",))
    chains = finish(made, request_for(family.model, seeds=range(12), max_tokens=200)).values()
    stopped = [steps for steps in chains if b"\n." in bytes_of(family.model, tokens_of(steps))]
    assert stopped
    for steps in stopped:
        whole = bytes_of(family.model, tokens_of(steps)).decode(errors="replace")
        assert "".join(step.text for step in steps) == whole[: whole.index("\n.")]
        assert steps[-1].end is End.STOP


# Forks.


def test_the_children_of_one_stem_have_the_log_probabilities_of_the_plain_path(family, engine):
    request = request_for(family.model, seeds=range(12))
    chains = finish(engine(n_branches=8, n_batch=16), request).values()
    assert_as_plain(family.model, prefix_of(request), chains)
    assert len({tuple(tokens_of(steps)) for steps in chains}) == 12


def test_an_older_step_that_is_entered_again_continues_as_the_plain_path(family, engine):
    made, model = engine("."), family.model
    first = finish(made, request_for(model, until="step", max_tokens=200))
    steps = next(steps for steps in first.values() if steps[-1].end is None)
    open_ones = [each for each in first.values() if each[-1].end is None]
    other = next(each for each in open_ones if tokens_of(each) != tokens_of(steps))
    onward = request_for(model, steps=other, until="step", max_tokens=200, position=1)
    finish(made, onward)
    again = request_for(model, steps=steps, until="step", seeds=range(50, 58), max_tokens=200, position=2)
    assert_as_plain(model, prefix_of(again), finish(made, again).values())
    assert again.ledger.tokens.recomputed == 0


def test_with_few_cells_evicted_branches_continue_as_the_plain_path(family, engine):
    request = request_for(family.model, seeds=range(8), max_tokens=50)
    made = engine("☃", n_cells=192, n_batch=32)
    chains = finish(made, request).values()
    assert request.ledger.tokens.recomputed > 0
    assert_as_plain(family.model, prefix_of(request), chains)


# Hidden states.


@pytest.mark.parametrize("until", ["step", "end"])
def test_a_step_comes_with_the_hidden_state_that_its_last_token_was_sampled_from(family, engine, until):
    model = family.model
    request = request_for(model, until=until, max_tokens=60, wants_hidden=True)
    n_prompt = len(prefix_of(request))
    chains = finish(engine("the", n_batch=16), request).values()
    states = {}
    for steps in chains:
        tokens = [*prefix_of(request), *tokens_of(steps)]
        expected = plain(model, tokens).hidden
        ends = n_prompt + np.cumsum([len(step.tokens) for step in steps])
        for step, end in zip(steps, ends, strict=True):
            assert len(step.hidden) == model.n_embedding == EMBEDDING
            assert np.allclose(step.hidden, expected[end - 2], atol=1e-3)
            states[tuple(tokens[: end - 1])] = step.hidden
    assert len(set(states.values())) == len(states) > 4


def test_log_probabilities_that_come_with_hidden_states_are_those_of_the_plain_path(family, engine):
    request = request_for(family.model, wants_hidden=True)
    chains = finish(engine(n_batch=16), request).values()
    assert_as_plain(family.model, prefix_of(request), chains)


def test_a_prompt_longer_than_the_wanted_outputs_may_come_with_hidden_states(family):
    """In a process of its own, since llama.cpp ends the process where a batch has too many outputs."""
    ended = subprocess.run(
        [sys.executable, "-c", _LONG_PROMPT, family.tiny.path], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (0, f"{EMBEDDING}\n"), ended.stderr[-300:]


def test_hidden_states_change_no_token(family, engine):
    bare = finish(engine(), request_for(family.model))
    made = finish(engine(), request_for(family.model, wants_hidden=True))
    assert {key: tokens_of(steps) for key, steps in bare.items()} == {
        key: tokens_of(steps) for key, steps in made.items()
    }
    assert all(step.hidden is None for steps in bare.values() for step in steps)


# FLOPs.


def test_the_figures_of_the_model_are_those_of_the_tensors_that_were_written(family):
    """The code counts all tensors but the embedding, hence norms and biases too; here they are 1 to 3 %."""
    tensors, info = family.tiny.tensors, family.model.info
    matrices = sum(t.size for name, t in tensors.items() if t.ndim == 2 and name != "token_embd.weight")
    vectors = sum(tensor.size for tensor in tensors.values() if tensor.ndim == 1)
    assert info.parameters == matrices + vectors
    heads = HEAD if family.begin else EMBEDDING // HEADS
    assert (info.layers, info.width, info.n_context) == (LAYERS, HEADS * heads, N_CONTEXT)
    kv_heads = KV_HEADS if family.begin else HEADS
    assert family.model.kv_bytes_per_token == 2 * 2 * LAYERS * kv_heads * heads


def test_an_embedding_that_is_the_output_head_too_is_counted_once(tmp_path):
    tiny = write_llama(tmp_path, is_tied=True)
    model = Model(ModelFile("tied", tiny.path))
    assert model.info.parameters == sum(tensor.size for tensor in tiny.tensors.values())
    model.close()


def test_the_ledger_books_the_flops_of_each_position_that_was_computed(family, engine):
    made, model = engine("."), family.model
    request = request_for(model, until="step", max_tokens=200)
    found = finish(made, request)
    n_prompt = len(prefix_of(request))
    once = [range(n_prompt), *(range(n_prompt, n_prompt + len(tokens_of(s)) - 1) for s in found.values())]
    assert request.ledger.flops.policy == flops_by_hand(model.info, once)

    steps = next(steps for steps in found.values() if steps[-1].end is None)
    again = request_for(model, steps=steps, seeds=range(3), position=1)
    chains = finish(made, again).values()
    n_prefix = len(prefix_of(again))
    twice = [range(n_prefix - 1, n_prefix + len(tokens_of(chain)) - 1) for chain in chains]
    shared = [range(n_prefix - 1, n_prefix)] * (len(twice) - 1)
    expected = flops_by_hand(model.info, twice) - flops_by_hand(model.info, shared)
    assert again.ledger.flops.policy == expected


def flops_by_hand(info, spans) -> float:
    """Sum 2 · parameters + 4 · layers · width · context over positions."""
    return sum(
        2 * info.parameters + 4 * info.layers * info.width * (position + 1)
        for span in spans
        for position in span
    )


# Readings.


def test_a_reading_has_the_log_probabilities_of_the_plain_path(family, engine):
    made, model = engine(n_batch=16), family.model
    tokens = model.tokenize(PROMPT + " we\n\nso it is é ☃.", special=False, begin=True)
    named = tuple(range(0, model.n_vocab, 7))
    questions = [Question(position, named) for position in (0, 5, 6, 15, 16, len(tokens) - 1)]
    values = read(made, tokens, questions, Ledger())
    expected = plain(model, tokens).logprobs
    for question, found in zip(questions, values, strict=True):
        assert np.abs(found - expected[question.position, named]).max() <= 0.01


def test_a_reading_of_raw_logits_differs_from_log_probabilities_by_a_constant(family, engine):
    model = family.model
    tokens, named = model.tokenize(PROMPT, special=False, begin=True), tuple(range(model.n_vocab))
    questions = [Question(4, named, normalised=False), Question(4, named)]
    raw, normalised = np.array(read(engine(), tokens, questions, Ledger()))
    assert np.ptp(raw - normalised) < 1e-4
    assert np.exp(normalised).sum() == pytest.approx(1)


def test_a_second_reading_of_a_longer_text_computes_only_what_is_new(family, engine):
    made, model, ledger = engine(), family.model, Ledger()
    tokens = model.tokenize(PROMPT, special=False, begin=True)
    longer = [*tokens, *tokens[len(family.begin) :]]
    last = [Question(len(tokens) - 1, (5, 6))]
    read(made, tokens, last, ledger)
    assert ledger.tokens.scored == len(tokens)
    (found,) = read(made, longer, [Question(len(longer) - 1, (5, 6))], ledger)
    assert ledger.tokens.scored == len(longer)
    assert np.allclose(found, plain(model, longer).logprobs[-1, 5:7], atol=0.01)
    assert ledger.flops.scorer == flops_by_hand(model.info, [range(len(longer))])
    assert ledger.flops.policy == 0


def test_readings_share_decodes_with_branches_that_want_hidden_states(family, engine):
    made, model = engine(n_batch=24), family.model
    request = request_for(model, wants_hidden=True, max_tokens=12)
    tokens = model.tokenize(PROMPT + " so", special=False, begin=True)
    questions = tuple(Question(position, (3, 9)) for position in range(len(tokens) - 4, len(tokens)))
    made.read(ReadRequest(0, "key", tuple(tokens), questions, Ledger()))
    chains = finish(made, request).values()
    (reading,) = made.take_readings()
    expected = plain(model, tokens).logprobs[-4:][:, [3, 9]]
    assert np.abs(np.array(reading.values) - expected).max() <= 0.01
    assert_as_plain(model, prefix_of(request), chains)
