"""Step confidence."""

import math

from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import Step
from reasontree.plugins.scorers.confidence import confidence


@given(st.lists(st.floats(-50, 0), min_size=1, max_size=30))
def test_confidence_is_the_geometric_mean_of_the_probabilities(logprobs):
    step = Step("x", tuple(range(len(logprobs))), tuple(logprobs))
    expected = math.prod(math.exp(logprob) ** (1 / len(logprobs)) for logprob in logprobs)
    assert math.isclose(confidence(step), expected, rel_tol=1e-6, abs_tol=1e-12)
    assert 0 <= confidence(step) <= 1


def test_a_step_without_log_probabilities_has_no_score():
    assert confidence(Step("x")) is None


def test_tokens_that_were_given_say_nothing_of_confidence():
    step = Step("So it is", (1, 2, 3), (-1.0,), n_given=2)
    assert confidence(step) == math.exp(-1.0)
    assert confidence(Step("So", (1, 2), n_given=2)) is None
