"""What an expansion gives to its children, the user's words and a beginning, on each family."""

import codecs

import pytest
from reasontree.core import Allowance, End, Sampling, Step
from reasontree.plugins.policies.llama_cpp.branch import Given

from ..plain_path import Found, sampled, tokens_of
from .families import assert_as_plain, bytes_of, flops_by_hand, prefix_of, request_for

SAYS, BEGINS = "Is it so?", "So then.\n\nThe answer is. Then"
GREEDY = Sampling(temperature=0.0, repeat_penalty=1.5)


@pytest.fixture
def given(family):
    """Both texts as tokens."""
    return Given(*(tuple(family.model.tokenize(each, special=False, begin=False)) for each in (SAYS, BEGINS)))


def finish(engine, *pairs):
    """Run requests, each with what is given, and return the steps by (position, child)."""
    for request, given in pairs:
        engine.propose(request, given)
    found = Found()
    while len(found) < sum(len(request.seeds) for request, _ in pairs):
        found.take(engine.tick(), lambda p: (p.position, p.child))
    return found


def asked(model, **options):
    return request_for(model, says=SAYS, begins=BEGINS, **options)


def end_token(model):
    return next(token for token in range(model.n_vocab) if model.ends(token))


def test_log_probabilities_behind_given_tokens_are_those_of_the_plain_path(family, engine, given):
    request = asked(family.model)
    chains = finish(engine(n_branches=4, n_batch=16), (request, given)).values()
    assert_as_plain(family.model, [*prefix_of(request), *given.tokens], map(sampled, chains))
    assert len({tuple(tokens_of(steps)) for steps in chains}) == 8
    for first, *others in chains:
        assert first.tokens[: first.n_given] == given.tokens
        assert (first.said, first.n_said) == (SAYS, len(given.said))
        assert all((step.said, step.n_given, step.n_said) == ("", 0, 0) for step in others)
        assert len(first.logprobs) == first.n_sampled


def test_replies_to_a_finished_solution_are_those_of_the_plain_path(family, engine, given):
    """The token that ended the turn goes, since the user's words bring their own."""
    made, model = engine(), family.model
    made.keeps_finished = True
    (chain,) = finish(made, (request_for(model, seeds=[3], max_tokens=12), Given())).values()
    ended = Step("", (*tokens_of(chain), end_token(model)), end=End.STOP)
    request = asked(model, steps=(ended,), position=1)
    found = finish(made, (request, given))
    read = [*prefix_of(request)[:-1], *given.tokens]
    assert_as_plain(model, read, map(sampled, found.values()))
    assert found.usage.tokens.prompt == len(given.tokens)
    assert found.usage.tokens.recomputed <= 1  # the last token of `chain`, which in truth did not end there

    steps = next(steps for steps in found.values() if len(steps) > 1)
    again = asked(model, steps=(ended, *steps), position=2)
    chains = finish(made, (again, given)).values()
    read += [*tokens_of(sampled(steps)), *given.tokens]
    assert_as_plain(model, read, map(sampled, chains))


def test_what_is_given_is_computed_once_and_booked_as_prompt(family, engine, given):
    made, model = engine(n_batch=16), family.model
    first = finish(made, (asked(model), given))
    n_prompt = len(prefix_of(asked(model)))
    assert first.usage.tokens.prompt == n_prompt + len(given.tokens)
    assert first.usage.tokens.generated == sum(step.n_sampled for steps in first.values() for step in steps)
    n_read = n_prompt + len(given.tokens)
    spans = [range(n_read), *(range(n_read, n_prompt + len(tokens_of(s)) - 1) for s in first.values())]
    assert first.usage.flops.policy == flops_by_hand(model.info, spans)

    again = finish(made, (asked(model, position=1, seeds=range(50, 54)), given))
    assert (again.usage.tokens.prompt, again.usage.tokens.recomputed) == (0, 0)
    other = Given((), given.begins)
    second = finish(made, (request_for(model, position=2, begins=BEGINS), other))
    n_shared = given.said[0] == given.begins[0]  # the space before a text of SentencePiece is there already
    assert (second.usage.tokens.prompt, second.usage.tokens.recomputed) == (len(given.begins) - n_shared, 0)


def test_no_step_ends_within_what_is_given(family, engine, given):
    for delimiter in ("\n\n", "."):
        chains = finish(engine(delimiter), (asked(family.model, until="step"), given)).values()
        for (step,) in chains:
            assert step.text.startswith(BEGINS)
            assert step.n_sampled > 0
            data = bytes_of(family.model, step.tokens[step.n_given :])
            assert step.text == BEGINS + codecs.getincrementaldecoder("utf-8")("replace").decode(data)
            assert delimiter in step.text[len(BEGINS) - len(delimiter) + 1 :] or step.end


def test_a_stop_within_what_is_given_ends_nothing(family, engine, given):
    chains = finish(engine("☃", stops=("answer", "\n.")), (asked(family.model), given)).values()
    assert any(step.end is End.LENGTH for steps in chains for step in steps)
    assert all(steps[0].text.startswith(BEGINS) for steps in chains)


def test_a_limit_counts_a_beginning_and_not_the_users_words(family, engine, given):
    made, model = engine("☃"), family.model
    n_begun = len(given.begins)
    chains = finish(made, (asked(model, max_tokens=n_begun + 5), given)).values()
    assert {sum(step.n_solution for step in steps) for steps in chains} <= set(range(n_begun + 6))
    whole = [steps for steps in chains if steps[-1].end is End.LENGTH]
    assert whole
    assert all(sum(step.n_sampled for step in steps) == 5 for steps in whole)


def test_a_beginning_that_fills_the_limit_comes_back_alone_and_computes_nothing(family, engine, given):
    request = asked(family.model, max_tokens=len(given.begins))
    found = finish(engine(), (request, given))
    assert set(found.values()) == {(Step(BEGINS, given.tokens, (), End.LENGTH, None, SAYS,
                                         len(given.tokens), len(given.said)),)}  # fmt: skip
    assert found.usage.tokens == (0, 0, 0, 0, 0)


def test_a_child_that_sampled_nothing_has_no_step(family, engine, given):
    request = asked(family.model, allowance=Allowance(tokens=3))
    chains = finish(engine(), (request, given)).values()
    assert sum(step.n_sampled for steps in chains for step in steps) == 3
    assert sorted(len(steps) for steps in chains) == [0, 0, 0, 0, 0, 1, 1, 1]


def test_a_chain_behind_given_tokens_is_the_steps_one_at_a_time(family, engine, given):
    made, model = engine("."), family.model
    options = {"seeds": [0], "max_tokens": 120, "sampling": GREEDY}
    (chain,) = finish(made, (asked(model, **options), given)).values()
    (steps,) = finish(made, (asked(model, until="step", position=1, **options), given)).values()
    while not steps[-1].end:
        request = request_for(model, steps=steps, until="step", position=1 + len(steps), **options)
        (found,) = finish(made, (request, Given())).values()
        steps += found
    assert len(steps) > 2
    assert [step.tokens for step in steps] == [step.tokens for step in chain]
    assert [step.text for step in steps] == [step.text for step in chain]


def test_solutions_keep_their_cells_once_a_user_has_spoken(family, engine, given):
    made, model = engine(), family.model
    finish(made, (asked(model, max_tokens=40), given))
    (chain,) = finish(made, (request_for(model, seeds=[3], max_tokens=12, position=1), Given())).values()
    again = finish(made, (asked(model, steps=chain, position=2, seeds=[0]), given))
    assert again.usage.tokens.recomputed == 0
