"""Outputs that are kept: what they sample and tell, and which ones go when there are too many."""

import math

import numpy as np
import pytest
from reasontree.core import Sampling
from reasontree.plugins.policies.llama_cpp.outputs import KeptOutput, KeptOutputs
from reasontree.plugins.policies.llama_cpp.sampler import Sampler

N_VOCAB = 50


def output(row=None, hidden=None):
    row = np.zeros(N_VOCAB) if row is None else row
    return KeptOutput(np.array(row, np.float32), np.empty(N_VOCAB, np.float32), hidden)


def drawn(row, n, **sampling):
    sampler = Sampler(Sampling(**sampling), 7, N_VOCAB)
    tokens = [output(row).sample(sampler) for _ in range(n)]
    sampler.close()
    return np.bincount(tokens, minlength=N_VOCAB) / n


def test_tokens_come_as_often_as_they_are_probable():
    row = np.log(np.arange(1, N_VOCAB + 1) ** 2)
    expected = np.exp(row) / np.exp(row).sum()
    found = drawn(row, 4000, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
    assert np.abs(found - expected).max() < 0.02
    assert np.count_nonzero(drawn(row, 500, temperature=1.0, top_k=3)) == 3
    assert drawn(row, 5, temperature=0)[N_VOCAB - 1] == 1


def test_a_sampler_remembers_what_it_drew_from_kept_logits():
    row = np.zeros(N_VOCAB)
    row[[3, 4]] = 2.0, 1.9
    tokens = drawn(row, 2, temperature=0, repeat_penalty=1.5)
    assert tokens[3] == tokens[4] == 0.5


def test_log_probabilities_are_over_the_whole_vocabulary_however_large_the_logits():
    for shift in (0.0, 500.0):
        row = np.full(N_VOCAB, shift)
        (found,) = output(row).logits((3,), normalised=True)
        assert found == pytest.approx(-math.log(N_VOCAB), abs=1e-4)
        assert output(row).logits((), normalised=False) == pytest.approx((shift,))


def test_the_least_recently_used_output_goes_first():
    one = output().n_bytes
    kept = KeptOutputs(3 * one)
    for prefix in range(3):
        kept.put(0, (prefix,), output())
    assert kept.get(0, (0,), hidden=False) is not None
    kept.put(0, (3,), output())
    assert [kept.get(0, (prefix,), hidden=False) is not None for prefix in range(4)] == [
        True, False, True, True
    ]  # fmt: skip


def test_a_search_sees_and_forgets_its_own_alone():
    kept = KeptOutputs(10**6)
    kept.put(0, (1,), output())
    kept.put(1, (1,), output(hidden=(1.0, 2.0)))
    assert kept.get(0, (1,), hidden=True) is None
    found = kept.get(1, (1,), hidden=True)
    assert found is not None
    assert found.hidden() == (1.0, 2.0)
    kept.release(0)
    assert kept.get(0, (1,), hidden=False) is None
    assert kept.get(1, (1,), hidden=False) is not None


def test_an_output_larger_than_all_room_is_not_kept():
    kept = KeptOutputs(10)
    kept.put(0, (1,), output())
    assert kept.get(0, (1,), hidden=False) is None
