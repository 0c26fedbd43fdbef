"""All strategies where children have no score, fail or never come: they end, and do the same again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reasontree.plugins import registry

NAMES = registry().names("strategy")


def test_there_are_eleven():
    assert len(NAMES) == 11


@pytest.mark.parametrize("name", NAMES)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.2, 0.7]), st.sampled_from([1, 3]))
@settings(max_examples=25)
def test_every_strategy_ends_in_any_weather_and_repeats_itself(play, make, name, seed, p_trouble, in_flight):
    kind = registry().get("strategy", name)
    first, second = (
        play(make(kind, seed=seed), seed, p_fail=p_trouble, p_missing=p_trouble, in_flight=in_flight)
        for _ in range(2)
    )
    assert first.rounds == second.rounds
    assert first.expansions == second.expansions


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_ends_where_every_branch_dies_at_once(play, make, name):
    played = play(make(registry().get("strategy", name)), 1, p_fail=1, p_missing=0)
    assert played.tree.n_ended == len(played.tree) - 1 > 0
    assert not played.tree.solutions


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_finds_solutions_without_any_scorer(play, make, name):
    played = play(make(registry().get("strategy", name)), 1, p_fail=0, p_missing=0, p_unscored=1)
    assert played.tree.solutions
