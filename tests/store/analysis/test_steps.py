"""What recorded steps are like, counted by hand."""

import pytest
from reasontree.core import ROOT, End, Expansion, Step
from reasontree.core.statistics import wilson
from reasontree.store.analysis.steps import step_figures
from reasontree.store.filters import EVERYTHING, Filters
from reasontree.store.recorder import Recorder

from ...recorded import respec

TEXTS = ("To solve this:\n\n", "Step 1: Add them.\n\n", "1. It is 4.\n\n", "So x = 5.\n\n")


@pytest.fixture
def record_texts(database, run_record, run_of, search_of, scripted, simulated):
    """Record a search of four first steps, two of which go on to an end, with given texts."""

    def record(texts, settings=run_record):
        policy = simulated(depth=3, step_tokens=4)
        propose, left = policy.propose, iter(texts)

        def reworded(requests):
            for each in propose(requests):
                if not hasattr(each, "steps") or not each.steps or each.round > 1:
                    yield each
                    continue
                first = each.steps[0]
                step = Step(next(left), first.tokens, first.logprobs, first.end, first.hidden)
                yield each._replace(steps=(step,))

        policy.propose = lambda requests: list(reworded(requests))
        recorder = Recorder(database, settings)
        rounds = [Expansion(ROOT, 4)], [Expansion(1, 1, "end"), Expansion(2, 1, "end")]
        search = search_of(scripted(*rounds), seed=5, scorer="confidence")
        (finished,) = run_of(policy, observers=[recorder]).searches([search])
        return finished.search.tree

    return record


def test_first_steps_tokens_and_depth_are_counted(database, record_texts):
    tree = record_texts(TEXTS)
    (figures,) = step_figures(database, EVERYTHING, ["model", "strategy"])
    assert figures.key == ("simulated", "scripted")
    assert (figures.n_first, figures.n_first_without_number, figures.n_first_with_colon) == (4, 2, 1)
    assert figures.without_number == wilson(2, 4)
    nodes = [node for node in tree if node.id]
    assert (figures.n_steps, figures.n_tokens) == (len(nodes), sum(len(node.step.tokens) for node in nodes))
    ends = [node for node in nodes if node.end is End.STOP]
    assert len(ends) == 2
    assert figures.depth == sum(node.depth for node in ends) / 2
    assert figures.tokens_a_step == figures.n_tokens / figures.n_steps


def test_the_number_of_a_formats_own_label_does_not_count(database, record_texts, run_record):
    record_texts(("Schritt 1: Dazu.",) * 4, respec(run_record, prompt={"step_start": "Schritt {n}:"}))
    record_texts(("Schritt 1: Dazu.",) * 4)
    own, none = step_figures(database, EVERYTHING, ["run"])
    assert (own.n_first_without_number, none.n_first_without_number) == (4, 0)


def test_formats_are_told_apart(database, record_texts, run_record):
    record_texts(TEXTS)
    model = run_record.model.__class__("simulated", prompt_format="abc")
    record_texts(TEXTS[2:3] * 4, respec(run_record, model=model))
    before, after = step_figures(database, EVERYTHING, ["prompt"])
    assert (before.key, after.key) == (("",), ("abc",))
    assert (before.without_number.value, after.without_number.value) == (0.5, 0)


def test_filters_narrow_what_is_counted_and_nothing_is_no_share(database, record_texts):
    record_texts(TEXTS)
    assert step_figures(database, Filters(model="none"), ["model"]) == ()
    (figures,) = step_figures(database, Filters(runs=(1,)), ["run"])
    assert figures.key == (1,)
    empty = type(figures)(("x",))
    assert (empty.without_number, empty.with_colon, empty.tokens_a_step, empty.depth) == (None,) * 4
