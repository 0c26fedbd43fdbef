"""Hidden states and FLOPs of each family."""

import subprocess
import sys

import numpy as np
import pytest
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp.model import Model

from ..plain_path import tokens_of
from ..tiny_gguf import (
    EMBEDDING,
    HEAD,
    HEADS,
    KV_HEADS,
    LAYERS,
    N_CONTEXT,
    write_llama,
)
from .families import assert_as_plain, finish, flops_by_hand, plain, prefix_of, request_for

_LONG_PROMPT = """
import sys
from pathlib import Path
from reasontree.core import Limits, Proposal, ProposeRequest, Sampling, Step
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize
from reasontree.plugins.policies.llama_cpp.engine import Engine
from reasontree.plugins.policies.llama_cpp.model import Model

model = Model(ModelFile("tiny", Path(sys.argv[1])))
engine = Engine(Context(model, ContextSize(512, 128, 16)), n_branches=4, delimiter=".")
prefix = (Step("", tuple(range(5, 105))),)
limits = Limits(max_tokens=4)
engine.propose(
    ProposeRequest(0, 1, 0, prefix, (1,), "end", Sampling(), limits, wants_hidden=True)
)
found = []
while not found:
    found = [each for each in engine.tick() if isinstance(each, Proposal)]
print(len(found[0].steps[-1].hidden))
"""


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


def test_the_flops_booked_are_those_of_each_position_that_was_computed(family, engine):
    made, model = engine("."), family.model
    request = request_for(model, until="step", max_tokens=200)
    found = finish(made, request)
    n_prompt = len(prefix_of(request))
    once = [range(n_prompt), *(range(n_prompt, n_prompt + len(tokens_of(s)) - 1) for s in found.values())]
    assert found.usage.flops.policy == flops_by_hand(model.info, once)

    steps = next(steps for steps in found.values() if steps[-1].end is None)
    again = request_for(model, steps=steps, seeds=range(3), position=1)
    second = finish(made, again)
    chains = second.values()
    n_prefix = len(prefix_of(again))
    twice = [range(n_prefix - 1, n_prefix + len(tokens_of(chain)) - 1) for chain in chains]
    shared = [range(n_prefix - 1, n_prefix)] * (len(twice) - 1)
    expected = flops_by_hand(model.info, twice) - flops_by_hand(model.info, shared)
    assert second.usage.flops.policy == expected
