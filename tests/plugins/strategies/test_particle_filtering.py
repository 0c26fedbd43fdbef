"""Particle filtering: weights, resampling, and a trace with fixed draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Step, Tree
from reasontree.plugins.strategies.particle_filtering import (
    ParticleFiltering,
    flattened_weights_of,
    weights_of,
)

STOP, LENGTH = End.STOP, End.LENGTH


class Halves(np.random.Generator):
    """A generator whose every uniform draw is one half."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def random(self):
        return 0.5


@pytest.fixture
def filter_of():
    """Make a filter whose systematic draws lie at (i + 1/2) / N."""

    def make(**options):
        options = ParticleFiltering.Options(resampling="systematic", **options)
        return ParticleFiltering(options, Halves())

    return make


def test_weights_are_proportional_to_the_odds():
    # Odds of .5, .8 and .2 are 1, 4 and 1/4.
    assert weights_of([0.5, 0.8, 0.2], 1.0) == pytest.approx(np.array([1, 4, 0.25]) / 5.25)
    # At T = 2 they are the odds' square roots.
    assert weights_of([0.5, 0.8, 0.2], 2.0) == pytest.approx(np.array([1, 2, 0.5]) / 3.5)


def test_rewards_of_0_and_1_have_finite_weights():
    assert weights_of([0, 1, 1], 1.0) == pytest.approx([0, 0.5, 0.5], abs=1e-6)
    assert weights_of([0, 0], 0.01) == pytest.approx([0.5, 0.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=64), st.floats(0, 0.99))
def test_flattened_weights_leave_as_many_particles_as_wanted_and_keep_their_order(scores, diversity):
    weights, sharp = flattened_weights_of(scores, 1.0, diversity), weights_of(scores, 1.0)
    number = 1 / np.square(weights).sum()
    assert number >= diversity * len(scores) - 1e-9
    assert (np.diff(weights[np.argsort(sharp)]) >= -1e-12).all()
    if 1 / np.square(sharp).sum() >= diversity * len(scores):
        assert (weights == sharp).all()
    else:
        assert number == pytest.approx(diversity * len(scores), rel=1e-3), "no flatter than need be"


def test_particles_are_drawn_in_proportion_to_their_odds(play, filter_of):
    # N = 4, draws at 1/8, 3/8, 5/8, 7/8.
    script = {
        # Odds 1, 1, 4, 4, so the edges are .1, .2, .6, 1: one b, one c, two d.
        "Q": [("a", 0.5), ("b", 0.5), ("c", 0.8), ("d", 0.8)],
        "b": [("ba", 0.5, LENGTH)],
        "c": [("ca", 0.75, STOP)],
        "d": [("da", 0.5), ("db", 0.75)],
        # ba weighs nothing. ca, da, db: odds 3, 1, 3, edges .43, .57, 1: ca twice, db twice.
        "db": [("dba", 0.5, STOP), ("dbb", 0.5, STOP)],
    }
    played = play(filter_of(width=4), script)
    assert played.rounds == [{"Q": 4}, {"b": 1, "c": 1, "d": 2}, {"db": 2}]
    assert len(played.tree.solutions) == 3


def test_a_finished_particle_can_be_lost_to_a_better_one(play, filter_of):
    # Odds 1 and 99: the draws at 1/4 and 3/4 both fall to b.
    script = {"Q": [("a", 0.5, STOP), ("b", 0.99)], "b": [("ba", 0.5, STOP), ("bb", 0.5, STOP)]}
    played = play(filter_of(width=2), script)
    assert played.rounds == [{"Q": 2}, {"b": 2}]
    assert len(played.tree.solutions) == 3  # and votes all the same


@pytest.mark.parametrize("resampling", ["multinomial", "systematic"])
def test_counts_follow_the_weights(make, resampling):
    strategy = make(ParticleFiltering, width=60_000, resampling=resampling)
    tree = Tree(Step("Q"), scorer="s")
    strategy.select(tree)
    for score in (0.5, 0.8, 0.2):
        tree.add(ROOT, Step("x"), round=1).scores["s"] = score
    shares = [each.width / 60_000 for each in strategy.select(tree)]
    assert shares == pytest.approx([1 / 5.25, 4 / 5.25, 0.25 / 5.25], abs=0.01)


@given(st.integers(0, 10**6), st.integers(1, 24), st.sampled_from(["multinomial", "systematic"]))
def test_there_are_never_more_particles_than_n(play, make, seed, width, resampling):
    played = play(make(ParticleFiltering, seed=seed, width=width, resampling=resampling), seed)
    assert all(sum(round.values()) <= width for round in played.rounds)
    assert len(played.rounds) <= played.tree.depth
