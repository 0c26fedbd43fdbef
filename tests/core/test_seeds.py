"""Seeds that name a place."""

from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.seeds import derive


@given(st.integers(0, 2**64), st.lists(st.integers(0, 100), max_size=5))
def test_a_seed_is_a_function_of_its_place_and_fits_llama_cpp(seed, places):
    assert derive(seed, *places) == derive(seed, *places)
    assert 0 <= derive(seed, *places) < 2**32 - 1


def test_neighbouring_places_have_unrelated_seeds():
    seeds = {derive(7, i) for i in range(10_000)}
    assert len(seeds) == 10_000
    assert 0.45 < sum(seed > 2**31 for seed in seeds) / 10_000 < 0.55
