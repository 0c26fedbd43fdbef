"""The engine on a real model: the plain path computes the same, cells are shared, nothing is lost."""

import numpy as np
import pytest
from reasontree.core import Allowance, End, Limits, Proposal, Sampling, Usage
from reasontree.core.meter import flops_of_span
from reasontree.plugins.policies.llama_cpp.branch import Given
from reasontree.plugins.policies.llama_cpp.library import usable_cores

from . import plain_path
from .plain_path import assert_as_plain, finish, logprobs_of, sampled, tokens_of

pytestmark = pytest.mark.model
PROMPT = "The capital of France is Paris. The capital of Italy is"


def request_for(model, text=PROMPT, **options):
    return plain_path.request_for(model, text, **options)


def test_among_neighbours_a_branch_has_the_log_probabilities_of_the_plain_path(model, engine):
    request = request_for(model, seeds=range(8))
    found = finish(engine(), request)
    assert_as_plain(model, [(request.prefix[0].tokens, steps) for steps in found.values()])


def test_a_fork_from_an_older_step_continues_as_the_plain_path(model, engine):
    made = engine(delimiter=" ")
    first = finish(made, request_for(model, until="step", seeds=range(4)))
    steps = first[0, 0, 2]
    again = request_for(model, until="step", seeds=range(10, 14), steps=steps, position=1)
    prompt = [*again.prefix[0].tokens, *tokens_of(steps)]
    second = finish(made, again)
    assert_as_plain(model, [(prompt, chain) for chain in second.values()])
    assert second.usage.tokens.recomputed == 0


def test_a_prefix_that_is_expanded_again_computes_nothing_but_its_children(model, engine):
    made = engine()
    first = finish(made, request_for(model, seeds=range(4)))
    again = request_for(model, seeds=range(4), position=1)
    second = finish(made, again)
    n_prompt = len(again.prefix[0].tokens)
    ends = [n_prompt + len(tokens_of(steps)) for steps in second.values()]
    assert (second.usage.tokens.prompt, second.usage.tokens.recomputed) == (0, 0)
    assert second.usage.flops.policy == sum(
        flops_of_span(model.info, n_prompt, end - 1) for end in ends
    )  # nobody needs the logits behind a last token
    assert [logprobs_of(s)[0] for s in first.values()] == [logprobs_of(s)[0] for s in second.values()]
    assert_as_plain(model, [(again.prefix[0].tokens, steps) for steps in second.values()])


def test_kept_logits_are_of_no_use_without_the_cells_and_without_the_hidden_state(model, engine):
    made = engine(n_cells=64, n_batch=32)
    finish(made, request_for(model))
    finish(made, request_for(model, "Something else that takes all the cells there are, " * 4, search=1))
    evicted = request_for(model, position=1)
    assert finish(made, evicted).usage.tokens.recomputed == len(evicted.prefix[0].tokens)
    plain = request_for(model, position=2)
    assert finish(made, plain).usage.tokens.recomputed == 0
    for position in (3, 4):
        hidden = request_for(model, position=position, wants_hidden=True, limits=Limits(max_tokens=1))
        found = finish(made, hidden)
        (steps,) = found.values()
        assert len(steps[0].hidden) == 576
    assert found.usage.flops.policy == 0


def test_behind_given_tokens_a_branch_has_the_log_probabilities_of_the_plain_path(model, engine):
    made = engine(n_branches=6)
    texts = " Rome.\nThe capital of Spain is", " Madrid, and"
    given = Given(*(tuple(model.tokenize(each, special=False, begin=False)) for each in texts))
    request = request_for(model, seeds=range(6), says=texts[0], begins=texts[1])
    made.propose(request, given)
    found = plain_path.Found()
    while len(found) < 6:
        found.take(made.tick(), lambda proposal: proposal.child)
    prompt = (*request.prefix[0].tokens, *given.tokens)
    for first, *_ in found.values():
        assert first.text.startswith(texts[1])
        assert (first.n_said, first.n_given) == (len(given.said), len(given.tokens))
    assert_as_plain(model, [(prompt, sampled(steps)) for steps in found.values()])
    assert found.usage.tokens.prompt == len(prompt)
    assert found.usage.tokens.generated == sum(len(logprobs_of(steps)) for steps in found.values())


def test_with_few_cells_branches_are_evicted_and_computed_again_and_none_is_lost(model, engine):
    roomy, tight = engine(), engine(n_cells=96, n_batch=32)
    long = Limits(max_tokens=40)
    plenty = finish(roomy, request_for(model, seeds=range(12), limits=long))
    request = request_for(model, seeds=range(12), limits=long)
    little = finish(tight, request)
    assert tight.sequences.n_evictions + tight.counters.n_preemptions > 0
    assert little.usage.tokens.recomputed > 0
    assert set(little) == set(plenty)
    assert all(steps[-1].end in (End.STOP, End.LENGTH) for steps in little.values())
    assert_as_plain(model, [(request.prefix[0].tokens, steps) for steps in little.values()])


def test_cells_in_use_never_exceed_prompt_and_branches_and_one_batch(model, engine):
    made = engine(n_branches=16)
    request = request_for(model, seeds=range(16))
    made.propose(request)
    n_prompt, done = len(request.prefix[0].tokens), 0
    while done < 16:
        done += sum(isinstance(each, Proposal) for each in made.tick())
        lengths = made.n_live_tokens - n_prompt * made.n_active
        assert made.sequences.n_cells <= n_prompt + lengths + made.context.size.n_batch
    assert made.counters.max_cells <= n_prompt + 16 * 24


def test_the_prompt_is_computed_once_for_all_children_and_all_searches(model, engine):
    made = engine()
    requests = [request_for(model, seeds=range(6), search=search) for search in range(3)]
    found = finish(made, *requests)
    tokens = [found.usage_of[search].tokens for search in range(3)]
    n_prompt = len(requests[0].prefix[0].tokens)
    assert tokens[0].prompt == n_prompt
    assert sum(each.prompt for each in tokens) <= 3 * n_prompt
    assert all(each.reused >= 6 * (n_prompt - 1) for each in tokens)


def test_slots_are_refilled_while_work_waits(model, engine):
    made = engine(n_branches=4)
    finish(made, *(request_for(model, seeds=range(6), search=search) for search in range(4)))
    assert made.counters.width_sum / made.counters.n_decodes > 0.75 * 4


def test_an_older_search_goes_first_so_that_trees_the_cache_cannot_all_hold_are_computed_once(model, engine):
    """Five searches of six rounds: each expands the first node of the last round that has not ended."""
    made = engine(n_cells=192, n_branches=4, n_batch=64, delimiter="a")
    prompts = [f"Once there were {number} goats on a hill. " * 2 for number in range(5)]
    usage, running, ended = Usage(), {}, []

    def expand(search, chain=()):
        options = {"seeds": range(8), "until": "step", "limits": Limits(500, 40)}
        request = request_for(model, prompts[search], search=search, round=len(chain), steps=chain, **options)
        running[search] = request, {}
        made.propose(request)

    for search in range(5):
        expand(search)
    while running:
        handed = made.tick()
        usage = sum((each.usage for each in handed), usage)
        for proposal in (each for each in handed if isinstance(each, Proposal)):
            request, children = running[proposal.search]
            children[proposal.child] = proposal.steps
            if len(children) < 8:
                continue
            chain = (*request.prefix[1:], *next(s for s in children.values() if not s[-1].end))
            if len(chain) < 6:
                expand(proposal.search, chain)
            else:
                del running[proposal.search]
                ended.append(proposal.search)
                made.release(proposal.search)
    assert ended == sorted(ended)
    assert usage.tokens.recomputed <= 0.05 * usage.tokens.generated


def test_a_seed_decides_its_branch_whatever_runs_beside_it(model, engine):
    alone = finish(engine(), request_for(model, seeds=[5]))
    again = finish(engine(), request_for(model, seeds=[5]))
    assert alone == again
    greedy = Sampling(temperature=0)
    one, two = (finish(engine(), request_for(model, seeds=[s], sampling=greedy))[0, 0, 0] for s in (1, 2))
    assert tokens_of(one) == tokens_of(two)


def test_steps_of_a_chain_join_to_the_chains_text(model, engine):
    (steps,) = finish(engine(delimiter=" "), request_for(model)).values()
    text = b"".join(model.piece(token) for token in tokens_of(steps)).decode(errors="replace")
    assert "".join(step.text for step in steps) == text
    assert all(step.text.strip() for step in steps[:-1])


def test_a_budget_cuts_every_branch_at_once(model, engine):
    request = request_for(model, seeds=range(8), allowance=Allowance(tokens=50))
    found = finish(engine(), request)
    assert found.usage.tokens.generated == sum(len(tokens_of(steps)) for steps in found.values()) == 50
    assert {steps[-1].end for steps in found.values() if steps} == {End.CUT}


def test_a_cut_search_hands_in_what_it_has_and_others_go_on(model, engine):
    made = engine()
    for search in range(2):
        made.propose(request_for(model, seeds=range(4), search=search))
    handed = [each for _ in range(5) for each in made.tick()]
    made.cut(1)
    while sum(isinstance(each, Proposal) for each in handed) < 8:
        handed += made.tick()
    ends = {search: {e.steps[-1].end for e in handed if isinstance(e, Proposal) and e.search == search}
            for search in range(2)}  # fmt: skip
    assert ends[1] == {End.CUT}
    assert End.CUT not in ends[0]


def test_the_limits_of_a_solution_and_of_a_step_end_it(model, engine):
    by_step = Limits(max_tokens=99, max_step_tokens=5)
    (steps,) = finish(engine(delimiter="☃"), request_for(model, until="step", limits=by_step)).values()
    assert (len(tokens_of(steps)), steps[-1].end) == (5, End.LENGTH)
    (steps,) = finish(engine(), request_for(model, limits=Limits(max_tokens=7))).values()
    assert (len(tokens_of(steps)), steps[-1].end) == (7, End.LENGTH)


def test_a_released_search_leaves_no_cells(model, engine):
    made = engine(delimiter=" ")
    finish(made, request_for(model, until="step", seeds=range(4)))
    assert made.sequences.n_cells > 0
    made.release(0)
    assert made.sequences.n_cells == 0


def test_sampling_follows_its_options(model, engine):
    narrow = Sampling(temperature=1.0, top_k=1)
    one, two = (finish(engine(), request_for(model, seeds=[s], sampling=narrow))[0, 0, 0] for s in (1, 2))
    assert tokens_of(one) == tokens_of(two)
    (hot,) = finish(
        engine(), request_for(model, seeds=[1], sampling=Sampling(temperature=9, top_k=0))
    ).values()
    assert np.mean(logprobs_of(hot)) < np.mean(logprobs_of(one)) - 2
    stuck = Sampling(temperature=0, repeat_penalty=1.8)
    (steps,) = finish(engine(), request_for(model, "la la la la la la", sampling=stuck)).values()
    plain = Sampling(temperature=0)
    (other,) = finish(engine(), request_for(model, "la la la la la la", sampling=plain)).values()
    assert tokens_of(steps) != tokens_of(other)


def test_tokens_and_text_are_each_others_inverse(model):
    for text in ("Hello, world", "naïve café ☃ 日本", " two  spaces\n\nand lines"):
        tokens = model.tokenize(text, special=False, begin=False)
        assert b"".join(model.piece(token) for token in tokens).decode() == text


def test_the_models_figures_are_read_from_the_file(model):
    assert (model.info.layers, model.info.width, model.info.n_context) == (30, 576, 8192)
    assert 134e6 < model.info.parameters < 135e6
    assert model.kv_bytes_per_token == 2 * 2 * 30 * 3 * 64
    assert usable_cores() >= 1
