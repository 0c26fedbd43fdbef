"""Training: what is found, what cannot be found, and that no problem tells on itself."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from reasontree.core.errors import ReasonError, UsageError
from reasontree.plugins.scorers.value_head.figures import area
from reasontree.plugins.scorers.value_head.head import expit
from reasontree.plugins.scorers.value_head.training import (
    cross_validate,
    require_scikit_learn,
    rows_of,
    train,
)

SIGNAL = 3  # the number of a state that the fixture plants its signal in


def test_a_planted_signal_is_found(planted):
    fit = train(rows_of(planted(signal=1.0)))
    assert np.argmax(np.abs(fit.weights)) == SIGNAL
    assert fit.weights[SIGNAL] > 0
    fresh = planted(signal=1.0, seed=1)
    assert area(fresh.step_right, fit.logits(rows_of(fresh))) > 0.9


def test_where_there_is_no_signal_none_is_claimed(planted):
    chains = planted(signal=0.0, n_problems=40)
    logits = cross_validate(rows_of(chains))
    assert abs(area(chains.step_right, logits) - 0.5) < 0.1
    assert np.ptp(expit(logits)) < 0.6


def test_problems_are_not_split_between_learning_and_measuring(planted):
    """Each problem leans a way of its own and ends all right or all wrong: seen once, it is known."""
    rights = [bool(place % 2) for place in range(20)]
    chains = planted(signal=0.0, fingerprint=3.0, rights=rights)
    rows = rows_of(chains)
    by_row = replace(rows, problem=np.arange(chains.n_steps))
    assert area(chains.step_right, cross_validate(by_row)) > 0.8
    assert area(chains.step_right, cross_validate(rows)) < 0.7


def test_the_problems_held_out_do_not_change_their_own_scores(planted):
    """Turning all outcomes of one problem round leaves the scores that its own steps get as they were."""
    chains = planted(n_problems=10)
    rows = rows_of(chains)
    turned = rows.right.copy()
    own = rows.problem == 4
    turned[own] = ~turned[own]
    other = replace(rows, right=turned)
    assert np.array_equal(cross_validate(rows)[own], cross_validate(other)[own])
    assert not np.array_equal(cross_validate(rows)[~own], cross_validate(other)[~own])


def test_where_single_states_are_noisy_the_path_is_read(planted):
    """A weak signal in every step of a long chain: means over the path know more than single states."""
    assert train(rows_of(planted(signal=0.3, n_steps=8, n_problems=30))).reads == "path"


def test_where_only_the_last_step_tells_the_step_is_read(planted):
    """Earlier steps lean either way, whatever comes of their chain: a mean over the path is misled."""
    chains = planted(signal=2.0, n_problems=30)
    states = chains.states.copy()
    early = chains.place < 1
    states[early, SIGNAL] *= np.random.default_rng(9).choice([-1, 1], size=early.sum())
    assert train(replace(rows_of(chains), states=states)).reads == "step"


def test_held_out_scores_are_probabilities(planted):
    chains = planted(signal=0.5, n_problems=60)
    scores = expit(cross_validate(rows_of(chains)))
    for low in (0.2, 0.4, 0.6):
        rows = (scores >= low) & (scores < low + 0.2)
        assert abs(scores[rows].mean() - chains.step_right[rows].mean()) < 0.1


def test_the_same_chains_make_the_same_head(planted):
    one, other = (train(rows_of(planted(n_problems=8))) for _ in range(2))
    assert np.array_equal(one.weights, other.weights)
    assert one.bias == other.bias


@pytest.mark.parametrize("options", [{"n_problems": 3}, {"rights": [True] * 20}])
def test_too_little_to_learn_from_is_told(planted, options):
    with pytest.raises(UsageError, match="right and wrong chains of many problems"):
        train(rows_of(planted(**options)))


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ReasonError, match=r"scikit-learn.*pip install 'reasontree\[train\]'"):
        require_scikit_learn()
