"""The shakiest span, by hand."""

import math

import pytest
from reasontree.core import Step
from reasontree_lookahead.shakiest_span import shakiest

PATH = (Step("a", (1, 2, 3), (-0.1, -0.3, -0.5)), Step("b", (4, 5), (-0.2, -0.0)))


@pytest.mark.parametrize(
    ("window", "logprob"),
    [(1, -0.5), (2, -0.4), (3, -1.0 / 3), (4, -1.1 / 4), (5, -1.1 / 5), (99, -1.1 / 5)],
)
def test_the_least_sure_span_counts(window, logprob):
    assert shakiest(PATH, window) == pytest.approx(math.exp(logprob))


def test_a_step_below_is_no_surer_than_the_span_above_it():
    assert shakiest(PATH[:1], 2) == shakiest(PATH, 2)


def test_there_is_no_score_without_log_probabilities():
    assert shakiest((Step("a", (1,)), Step("")), 4) is None
