"""The reader on tiny random models: its likelihoods are the plain path's, at the price of the new steps."""

import math

import numpy as np
import pytest
from reasontree.core import Allowance, Step, Usage
from reasontree.core.errors import UsageError
from reasontree.core.records import ModelInfo, Prompt
from reasontree.plugins.policies.llama_cpp import Model, render
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.scorers.reader import ReaderScorer
from reasontree.plugins.scorers.value_head import locations
from reasontree.plugins.scorers.value_head.head import Head, HeadInfo, save_head

from .conftest import QUESTION

STEPS = ("we two", " so the answer", " then two and two is it", " the answer is two")
CHAIN = [STEPS[:n] for n in range(1, len(STEPS) + 1)]
WRITER = ModelInfo("writer", sha256="abc", prompt_format="format")


class Policy:
    """All that a reader asks of a policy."""

    info = WRITER


@pytest.fixture
def reader(tiny, tmp_path, monkeypatch):
    """Make readers on a tiny model, and close them."""
    monkeypatch.setattr(locations, "users_folder", lambda: tmp_path / "heads")
    made = []

    def make(family="llama", **options):
        options = {"model": "tiny", "ctx": 2048, **options}
        made.append(ReaderScorer(ReaderScorer.Options(**options), Policy, tiny[family]))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def tokens_of(tiny):
    """Turn texts into a tiny model's tokens, each text on its own."""

    def turn(family, texts):
        model = Model(tiny[family])
        found = [tuple(model.tokenize(text, special=False, begin=False)) for text in texts]
        model.close()
        return found

    return turn


@pytest.fixture
def plain_logprobs(tiny):
    """Log-probabilities of each token but the first: one sequence, in a fresh context."""

    def read(family, tokens):
        model = Model(tiny[family])
        context = Context(model, ContextSize(512, 512, 256))
        context.decode([Span(0, 0, tokens, list(range(len(tokens))))])
        found = [
            context.output(place).logits((token,), normalised=True)[0]
            for place, token in enumerate(tokens[1:])
        ]
        context.close()
        model.close()
        return found

    return read


def mean_probability(logprobs):
    return math.exp(np.mean(logprobs))


@pytest.mark.parametrize("family", ["llama", "gptneox"])
def test_scores_are_the_geometric_means_of_the_plain_path(
    reader, tiny, tokens_of, plain_logprobs, request_of, scores_of, family
):
    siblings = [[*STEPS[:2], text] for text in (" we", " two", " is it")]
    paths = [*CHAIN, *siblings]
    (found,) = scores_of(reader(family), request_of(paths)).values()
    model = Model(tiny[family])
    prompt = render(model, tiny[family].prompt, QUESTION).tokens(model)
    model.close()
    for node, path in enumerate(paths, start=1):
        steps = [token for step in tokens_of(family, path) for token in step]
        logprobs = plain_logprobs(family, [*prompt, *steps])[len(prompt) - 1 :]
        assert len(logprobs) == len(steps)
        assert found[node] == pytest.approx(mean_probability(logprobs), rel=5e-3)


def test_the_writers_own_tokens_are_read_where_both_have_one_vocabulary(
    reader, tiny, tokens_of, plain_logprobs, request_of, scores_of
):
    model = Model(tiny["llama"])
    prompt = tuple(model.tokenize(QUESTION, special=False, begin=True))
    model.close()
    # The writer split "the answer" otherwise than the tokenizer would: letter by letter.
    letters = tuple(tokens_of("llama", [letter])[0][-1] for letter in "abc")
    request = request_of([(Step("abc", letters, (-0.5, -0.1, -0.3)),)], prompt=prompt)
    (found,) = scores_of(reader(), request._replace(prompt=Prompt(QUESTION, prompt))).values()
    logprobs = plain_logprobs("llama", [*prompt, *letters])[-3:]
    assert found == {1: pytest.approx(mean_probability(logprobs), rel=5e-3)}


def in_rounds(request_of):
    """A chain's steps, each asked for in a round of its own, as a search does."""
    for n in range(1, len(CHAIN) + 1):
        request = request_of(CHAIN[n - 1 : n], round=n)
        yield request._replace(nodes=(n,), parents=(n - 1,))


def test_step_by_step_says_the_same_and_costs_a_step_and_a_token(reader, tokens_of, request_of, scores_of):
    (whole,) = scores_of(reader(), request_of(CHAIN)).values()
    one_by_one = reader()
    for n, request in enumerate(in_rounds(request_of), start=1):
        (found,) = scores_of(one_by_one, request, spent=(spent := [])).values()
        assert found[n] == pytest.approx(whole[n], rel=5e-3)
        if n > 1:
            assert sum(spent, Usage()).tokens.scored == len(tokens_of("llama", [STEPS[n - 1]])[0]) + 1


def test_a_search_that_was_resumed_is_read_from_its_beginning(reader, request_of, scores_of):
    (whole,) = scores_of(reader(), request_of(CHAIN)).values()
    *_, last = in_rounds(request_of)
    (found,) = scores_of(reader(), last).values()
    assert found[len(CHAIN)] == pytest.approx(whole[len(CHAIN)], rel=5e-3)


def test_a_step_without_tokens_has_no_score(reader, request_of, scores_of):
    (found,) = scores_of(reader(), request_of([("",), ("we two",)])).values()
    assert list(found) == [2]


def test_what_a_budget_cuts_has_no_score(reader, request_of, scores_of):
    long = [STEPS * n for n in range(1, 7)]  # more than one batch
    (whole,) = scores_of(reader(batch=32), request_of(long)).values()
    (found,) = scores_of(reader(batch=32), request_of(long, allowance=Allowance(flops=1.0))).values()
    assert len(whole) == 6
    assert len(found) < 6


def test_what_is_cut_is_handed_in(reader, request_of, scores_of):
    cut = reader(batch=32)
    (found,) = scores_of(cut, request_of([STEPS * 6]), between=lambda: cut.cut(0)).values()
    assert found == {}


def head_for(reader_sha256, **info):
    facts = {"model": "writer", "model_sha256": "abc", "prompt_format": "format", "reader": "tiny-llama"}
    made = HeadInfo(**{**facts, "reader_sha256": reader_sha256, "reliability": (0.6, 0.8), **info})
    return Head(np.array([3.0, -1.0, 0.5]), np.zeros(3), np.ones(3), 0.25, made)


def test_a_head_makes_probabilities_of_path_writer_and_step(reader, request_of, scores_of, tmp_path):
    plain = reader()
    paths = [
        (Step("we two", logprobs=(-0.5, -0.1)),),
        (Step("we two", logprobs=(-0.5, -0.1)), Step(STEPS[1])),
    ]
    (raw,) = scores_of(plain, request_of(paths)).values()
    save_head(head_for("tiny-llama"), tmp_path / "heads" / "mine.npz")
    led = reader()
    (found,) = scores_of(led, request_of(paths)).values()
    path = math.log(raw[1])
    logit = 3 * path - 1 * -0.3 + 0.5 * path + 0.25  # of a first step, the step is the path
    assert found[1] == pytest.approx(1 / (1 + math.exp(-logit)), rel=2e-2)
    assert led.options.sha256 and led.reliability == (0.6, 0.8)
    assert plain.options.sha256 == "" and not plain.reliability


def test_heads_of_others_are_passed_over_or_refused(reader, tmp_path):
    saved = save_head(head_for("another"), tmp_path / "heads" / "mine.npz")
    assert reader().options.sha256 == ""
    with pytest.raises(
        UsageError, match="was trained on what tiny-llama says, and what tiny-llama says came"
    ):
        reader(head=str(tmp_path / "heads" / "mine.npz"))
    with pytest.raises(UsageError, match="There is no head with the SHA-256"):
        reader(sha256=saved.digest)
    save_head(head_for("tiny-llama", prompt_format="other"), tmp_path / "other.npz")
    with pytest.raises(UsageError, match="prompt format"):
        reader(head=str(tmp_path / "other.npz"))
    save_head(head_for("", reader=""), tmp_path / "states.npz")
    with pytest.raises(UsageError, match="was trained on hidden states, and what tiny-llama says came"):
        reader(head=str(tmp_path / "states.npz"))
