"""Comparisons, frontier and advice: on cells made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from reasontree.api.study.advising import advise, command_of
from reasontree.api.study.cells import Cell
from reasontree.api.study.comparing import across_models, compare, frontier, saturation, votes, within_models
from reasontree.core.errors import UsageError
from reasontree.core.statistics import accuracy_interval, bootstrap_interval, wilson

PROBLEMS = tuple(f"rows:{i}" for i in range(40))


def cell(right, flops, *, plugin="majority", n=4, model="small", scorer="", **more):
    """A cell that is right in the first `right` of forty problems."""
    chance = (np.arange(40) < right).astype(float)
    costs = np.full(40, float(flops))
    given = {
        "dataset": "rows",
        "model": model,
        "plugin": plugin,
        "strategy": plugin,
        "scorer": scorer,
        "vote": "majority",
        "n": n,
        "is_implied": False,
        "problems": PROBLEMS,
        "chance": chance,
        "covers": chance,
        "random": chance,
        "tokens": costs,
        "policy": costs,
        "scorer_flops": np.zeros(40),
        "paper": costs / 2,
        "answers": np.ones(40),
        "beginnings": np.ones(40),
        "seconds": costs / 100,
        "n_searches": 40,
        "settings": {"parameters": {"small": 1, "large": 3}[model], "strategy": plugin},
    }
    return Cell(**(given | more))


def test_a_difference_is_paired():
    """Two cells that differ in five problems, all one way: paired, the interval leaves 0 out."""
    found = compare(cell(25, 100), cell(20, 100))
    assert found.difference.value == pytest.approx(5 / 40)
    assert found.difference.low > 0
    assert found.is_told_apart
    unpaired = accuracy_interval(cell(25, 100).chance), accuracy_interval(cell(20, 100).chance)
    assert unpaired[0].low < unpaired[1].high


def test_only_common_problems_are_compared():
    few = replace(cell(25, 100), problems=PROBLEMS[:30], chance=cell(25, 100).chance[:30])
    assert compare(few, cell(20, 100)).n_problems == 30
    with pytest.raises(ValueError, match="without a common problem"):
        compare(few, replace(cell(1, 1), problems=tuple(f"other:{i}" for i in range(40))))


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (25, 20, "small rebase n=4 beats small majority n=4: +12.5 points [+"),
        (20, 25, "small majority n=4 beats small rebase n=4: +12.5 points [+"),
        (20, 21, "small rebase n=4 and small majority n=4 cannot be told apart: -2.5 points [-"),
    ],
)
def test_a_sentence_names_the_winner_or_none(one, other, said):
    sentence = compare(cell(one, 100, plugin="rebase"), cell(other, 100)).sentence
    assert sentence.startswith(said)
    assert sentence.endswith("], 40 problems.")


def test_a_sentence_across_models_says_what_the_first_one_takes():
    sentence = compare(cell(25, 50), cell(20, 100, model="large"), cost="flops").sentence
    assert sentence.endswith("; the first takes 0.50 of the second's FLOPs.")


def test_findings_ask_what_the_paper_claims():
    cells = [
        cell(20, 100, n=4),
        cell(22, 200, n=8),
        cell(24, 110, n=4, plugin="rebase", scorer="head"),
        cell(21, 150, n=1, model="large"),
        cell(30, 600, n=4, model="large"),
    ]
    assert [(each.one.plugin, each.other.plugin) for each in within_models(cells)] == [("rebase", "majority")]
    assert [(each.one.n, each.other.n) for each in saturation(cells)] == [(8, 4)]
    best = cell(23, 200, n=8, plugin="best-of-n", vote="best")
    assert [(each.one.plugin, each.other.n) for each in votes([*cells, best])] == [("best-of-n", 8)]
    across = [(each.one.name, each.other.name, each.cost) for each in across_models(cells)]
    assert ("small rebase (head) n=4", "large majority n=1", "flops") in across
    assert ("small rebase (head) n=4", "large majority n=4", "paper") in across


def test_the_frontier_is_what_nothing_beats_at_no_more_compute():
    cells = [cell(20, 100), cell(19, 120), cell(20, 130), cell(25, 200), cell(30, 300), cell(29, 300, n=8)]
    assert [each.flops for each in frontier(cells, "flops")] == [100, 200, 300]
    other = replace(cell(1, 500), dataset="other")
    assert other in frontier([*cells, other], "flops")


CELLS = [
    cell(10, 50, plugin="greedy", n=1),
    cell(20, 100),
    cell(25, 200, n=8),
    cell(24, 190, n=8, plugin="rebase", scorer="head"),
    cell(30, 900, model="large", n=8),
]


@pytest.mark.parametrize("budget", [60, 150, 500])
def test_the_advice_within_a_budget_is_on_the_frontier(budget):
    advice = advise(CELLS, budget_flops=budget)
    assert advice.cell in frontier(CELLS, "flops")
    assert advice.cell.flops <= budget
    assert all(each.accuracy.value <= advice.cell.accuracy.value for each in CELLS if each.flops <= budget)


def test_the_advice_for_a_target_is_the_cheapest_that_reaches_it():
    advice = advise(CELLS, target_accuracy=0.6)
    assert advice.cell.name == "small rebase (head) n=8"
    assert advice.cell in frontier(CELLS, "flops")
    assert advice.runner_up.name == "small majority n=8"
    assert "the lower bound is below the target" in advice.notes[0]


def test_other_conventions_and_seconds():
    assert advise(CELLS, budget_flops=60, as_paper=True).cell.n == 4
    assert advise(CELLS, budget_seconds=1.95).cell.plugin == "rebase"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"budget_flops": 10},
            "takes as little as 10 FLOPs a problem; the least is small greedy n=1 with 50",
        ),
        (
            {"target_accuracy": 0.9},
            "is right in 90.0% of the problems; the best is large majority n=8 with 75.0%",
        ),
        (
            {"target_accuracy": 0.7, "budget_flops": 300},
            "within 300 FLOPs a problem; the best is small majority",
        ),
        ({}, "is wanted"),
        ({"budget_flops": 100, "dataset": "none"}, "no data set 'none'; it has rows"),
    ],
)
def test_what_was_not_measured_is_not_advised(asked, said):
    with pytest.raises(UsageError) as error:
        advise(CELLS, **asked)
    assert said in str(error.value)


def test_a_budget_beyond_what_was_measured_is_said():
    (note,) = advise(CELLS, budget_flops=1e6).notes
    assert note == (
        "Nothing was measured that takes more than 900 FLOPs a problem, so nobody knows what 1e+06 FLOPs "
        "could give."
    )


def test_several_data_sets_ask_for_one():
    with pytest.raises(UsageError, match="--dataset"):
        advise([*CELLS, replace(CELLS[0], dataset="other")], budget_flops=100)


def test_the_command_leaves_out_what_is_as_by_default():
    settings = {
        "policy": "llama-cpp",
        "model": "mine.gguf",
        "strategy": "majority",
        "strategy_options": {"width": 16},
        "sampling": {"temperature": 0.6},
        "limits": {"max_tokens": 512, "max_step_tokens": 256, "max_depth": 25},
        "aggregation": "last",
    }
    weighted = cell(
        1, 1, plugin="weighted-majority", n=8, scorer="value-head", vote="weighted", settings=settings
    )
    assert command_of(weighted) == (
        "reason solve QUESTION --model mine.gguf --strategy weighted-majority -o width=8 --scorer value-head "
        "--temperature 0.6 --max-tokens 512"
    )
    tree = {
        "strategy": "rebase",
        "strategy_options": {"width": 8, "allocation": "exact", "balance_temperature": 0.2},
    }
    other = cell(
        1, 1, plugin="rebase", n=8, vote="best", settings={**settings, **tree, "aggregation": "mean"}
    )
    assert command_of(other) == (
        "reason solve QUESTION --model mine.gguf --strategy rebase -o width=8 -o allocation=exact "
        "--aggregate mean --vote best --temperature 0.6 --max-tokens 512"
    )


def test_a_bootstrap_is_that_of_the_mean():
    values = np.random.default_rng(0).normal(0.3, 1.0, 400)
    found = bootstrap_interval(values)
    spread = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - spread, values.mean() + spread), abs=0.02
    )
    assert bootstrap_interval(values) == found


def test_problems_that_came_out_alike_give_no_certainty():
    assert accuracy_interval(np.ones(20)) == wilson(20, 20)
    assert accuracy_interval(np.zeros(20)).high > 0.1
    halves = accuracy_interval(np.full(20, 0.5))
    assert halves.low < 0.5 < halves.high
