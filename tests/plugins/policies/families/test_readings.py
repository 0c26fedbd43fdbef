"""Reading texts on each family."""

import numpy as np
import pytest
from reasontree.plugins.policies.llama_cpp.branch import Question, ReadRequest

from .families import PROMPT, assert_as_plain, finish, flops_by_hand, plain, prefix_of, read, request_for


def test_a_reading_has_the_log_probabilities_of_the_plain_path(family, engine):
    made, model = engine(n_batch=16), family.model
    tokens = model.tokenize(PROMPT + " we\n\nso it is é ☃.", special=False, begin=True)
    named = tuple(range(0, model.n_vocab, 7))
    questions = [Question(position, named) for position in (0, 5, 6, 15, 16, len(tokens) - 1)]
    values = read(made, tokens, questions).values
    expected = plain(model, tokens).logprobs
    for question, found in zip(questions, values, strict=True):
        assert np.abs(found - expected[question.position, named]).max() <= 0.01


def test_a_reading_of_raw_logits_differs_from_log_probabilities_by_a_constant(family, engine):
    model = family.model
    tokens, named = model.tokenize(PROMPT, special=False, begin=True), tuple(range(model.n_vocab))
    questions = [Question(4, named, normalised=False), Question(4, named)]
    raw, normalised = np.array(read(engine(), tokens, questions).values)
    assert np.ptp(raw - normalised) < 1e-4
    assert np.exp(normalised).sum() == pytest.approx(1)


def test_a_second_reading_of_a_longer_text_computes_only_what_is_new(family, engine):
    made, model = engine(), family.model
    tokens = model.tokenize(PROMPT, special=False, begin=True)
    longer = [*tokens, *tokens[len(family.begin) :]]
    last = [Question(len(tokens) - 1, (5, 6))]
    first = read(made, tokens, last)
    assert first.usage.tokens.scored == len(tokens)
    second = read(made, longer, [Question(len(longer) - 1, (5, 6))])
    (found,), usage = second.values, first.usage + second.usage
    assert usage.tokens.scored == len(longer)
    assert np.allclose(found, plain(model, longer).logprobs[-1, 5:7], atol=0.01)
    assert usage.flops.scorer == flops_by_hand(model.info, [range(len(longer))])
    assert usage.flops.policy == 0


def test_readings_share_decodes_with_branches_that_want_hidden_states(family, engine):
    made, model = engine(n_batch=24), family.model
    request = request_for(model, wants_hidden=True, max_tokens=12)
    tokens = model.tokenize(PROMPT + " so", special=False, begin=True)
    questions = tuple(Question(position, (3, 9)) for position in range(len(tokens) - 4, len(tokens)))
    made.read(ReadRequest(0, "key", tuple(tokens), questions))
    chains = finish(made, request).values()
    (reading,) = made.take_readings()
    expected = plain(model, tokens).logprobs[-4:][:, [3, 9]]
    assert np.abs(np.array(reading.values) - expected).max() <= 0.01
    assert_as_plain(model, prefix_of(request), chains)
