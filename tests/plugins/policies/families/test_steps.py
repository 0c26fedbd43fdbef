"""Where steps end, and how branches fork, on each family."""

import codecs

import pytest
from reasontree.core import End, Sampling, step_content
from reasontree.core.step_content import has_content, label_pattern

from ..plain_path import tokens_of
from .families import (
    assert_as_plain,
    bytes_of,
    cut_by_hand,
    finish,
    prefix_of,
    request_for,
    steps_by_hand,
)


@pytest.mark.parametrize("delimiter", ["\n\n", ".\n", ".", "é", "the", "\n"])
def test_a_step_ends_where_its_delimiter_is_complete_though_tokens_split_it(family, engine, delimiter):
    request = request_for(family.model, seeds=range(12), max_tokens=120)
    chains = finish(engine(delimiter, n_branches=12), request).values()
    for steps in chains:
        by_hand = steps_by_hand(family.model, tokens_of(steps), delimiter)
        assert [list(step.tokens) for step in steps if step.tokens] == by_hand
    assert sum(len(steps) - 1 for steps in chains) > 0, "no step ended, so nothing was tested"


def test_a_step_ends_with_the_token_that_completes_the_next_label(family, engine):
    request = request_for(family.model, seeds=range(12), max_tokens=120)
    label, n_ended = label_pattern("the"), 0
    for steps in finish(engine("", n_branches=12, step_start="the"), request).values():
        by_hand = cut_by_hand(
            family.model,
            tokens_of(steps),
            lambda text: any(text[: each.start()].strip() for each in label.finditer(text)),
        )
        assert [list(step.tokens) for step in steps if step.tokens] == by_hand
        n_ended += len(steps) - 1
    assert n_ended > 0, "no step ended, so nothing was tested"


def test_a_step_without_content_goes_on(family, engine):
    made = engine(".", n_branches=12, needs_content=True)
    request = request_for(family.model, seeds=range(12), max_tokens=300)
    chains = finish(made, request).values()

    def is_step(text):
        return any(has_content(text[:n]) for n in range(len(text)) if text[n] == "." and text[:n].strip())

    for steps in chains:
        by_hand = cut_by_hand(family.model, tokens_of(steps), is_step)
        assert [list(step.tokens) for step in steps if step.tokens] == by_hand
    assert sum(len(steps) - 1 for steps in chains) > 0, "no step ended, so nothing was tested"


def test_the_steps_of_a_chain_join_to_its_text_and_no_character_is_broken(family, engine):
    model = family.model
    request = request_for(model, seeds=range(12), max_tokens=120)
    for steps in finish(engine("\n", n_branches=12), request).values():
        data, text = bytes_of(model, tokens_of(steps)), "".join(step.text for step in steps)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        assert text == decoder.decode(data)
        tail = decoder.decode(b"", final=True)
        assert text + tail == data.decode(errors="replace")
        for step in steps[:-1]:
            assert step.text == bytes_of(model, step.tokens).decode(errors="replace")


def test_random_models_write_whole_characters_and_broken_ones(family, engine):
    request = request_for(family.model, seeds=range(12), max_tokens=120)
    chains = finish(engine(n_branches=12), request).values()
    text = "".join(step.text for steps in chains for step in steps)
    assert {"é", "�"} <= set(text)


@pytest.mark.parametrize(
    "ends", [{}, {"step_start": "is"}, {"needs_content": True}], ids=["delimiter", "label", "content"]
)
def test_steps_one_at_a_time_are_the_steps_of_the_chain(family, engine, ends, monkeypatch):
    monkeypatch.setattr(step_content, "LEAST_WORDS", 1)  # a random model says little
    greedy = Sampling(temperature=0.0, repeat_penalty=1.5)
    made, model = engine(".", **ends), family.model
    how = {"seeds": [0], "max_tokens": 60, "sampling": greedy}
    (chain,) = finish(made, request_for(model, **how)).values()
    steps = ()
    while not (steps and steps[-1].end):
        request = request_for(model, steps=steps, until="step", position=len(steps), **how)
        (found,) = finish(made, request).values()
        steps += found
    assert len(steps) > 2
    assert [step.tokens for step in steps] == [step.tokens for step in chain]
    assert [step.text for step in steps] == [step.text for step in chain]


def test_a_stop_that_spans_tokens_ends_the_text_before_it(family, engine):
    made = engine("☃", n_branches=12, stops=("\n.",))
    chains = finish(made, request_for(family.model, seeds=range(12), max_tokens=200)).values()
    stopped = [steps for steps in chains if b"\n." in bytes_of(family.model, tokens_of(steps))]
    assert stopped
    for steps in stopped:
        whole = bytes_of(family.model, tokens_of(steps)).decode(errors="replace")
        assert "".join(step.text for step in steps) == whole[: whole.index("\n.")]
        assert steps[-1].end is End.STOP


def test_the_children_of_one_stem_have_the_log_probabilities_of_the_plain_path(family, engine):
    request = request_for(family.model, seeds=range(12))
    chains = finish(engine(n_branches=8, n_batch=16), request).values()
    assert_as_plain(family.model, prefix_of(request), chains)
    assert len({tuple(tokens_of(steps)) for steps in chains}) == 12


def test_an_older_step_that_is_entered_again_continues_as_the_plain_path(family, engine):
    made, model = engine("."), family.model
    first = finish(made, request_for(model, until="step", max_tokens=200))
    steps = next(steps for steps in first.values() if steps[-1].end is None)
    open_ones = [each for each in first.values() if each[-1].end is None]
    other = next(each for each in open_ones if tokens_of(each) != tokens_of(steps))
    onward = request_for(model, steps=other, until="step", max_tokens=200, position=1)
    finish(made, onward)
    again = request_for(model, steps=steps, until="step", seeds=range(50, 58), max_tokens=200, position=2)
    third = finish(made, again)
    assert_as_plain(model, prefix_of(again), third.values())
    assert third.usage.tokens.recomputed == 0


def test_with_few_cells_evicted_branches_continue_as_the_plain_path(family, engine):
    request = request_for(family.model, seeds=range(8), max_tokens=50)
    made = engine("☃", n_cells=192, n_batch=32)
    found = finish(made, request)
    assert found.usage.tokens.recomputed > 0
    assert_as_plain(family.model, prefix_of(request), found.values())
