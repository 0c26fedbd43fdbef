"""The study that comes with reasontree: its tables are those of its traces, computed in another way."""

import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import reasontree
from reasontree.api.study.advising import advise
from reasontree.api.study.comparing import frontier
from reasontree.api.study.plan import plan
from reasontree.api.study.spec import StudySpec

from ..api.study import recomputed

STUDY = Path(__file__).parents[2] / "docs" / "study"
TRACES = sorted((STUDY / "traces").glob("*.jsonl.gz"))
VOTES = {"majority": "majority", "weighted-majority": "weighted", "best-of-n": "best"}
CHAINS = set(VOTES)


@pytest.fixture(scope="module")
def traces():
    return [trace for path in TRACES for trace in recomputed.traces_of(path)]


@pytest.fixture(scope="module")
def report():
    return reasontree.report(TRACES)


@pytest.fixture(scope="module")
def rows():
    with (STUDY / "report" / "cells.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def of(traces, model, *strategies):
    found = [
        trace
        for trace in traces
        if trace["settings"]["model"]["name"] == model and trace["settings"]["strategy"] in strategies
    ]
    return sorted(found, key=lambda trace: trace["index"])


def test_the_tables_are_those_of_the_traces(report, rows):
    """`make study` would write what is there."""
    mine = report.rows()
    assert len(mine) == len(rows)
    for own, written in zip(mine, rows, strict=True):
        for name, value in own.items():
            if isinstance(value, float):
                assert float(written[name]) == pytest.approx(value, rel=1e-9), name
            else:
                assert written[name] == str(value), name
    kept = json.loads((STUDY / "report" / "report.json").read_text(encoding="utf-8"))
    assert kept["findings"] == report.sentences()


def test_figures_are_there():
    names = {path.name for path in (STUDY / "report").iterdir()}
    assert {"report.md", "cells.csv", "report.json"} <= names
    assert sum(name.endswith(".png") for name in names) == sum(name.endswith(".svg") for name in names) >= 2


def test_votes_are_those_of_every_subset(report, traces):
    """For the numbers of chains whose subsets can all be looked at; the others are random ones of them."""
    n_checked = 0
    for cell in (each for each in report.cells if each.plugin in CHAINS):
        chains = of(traces, cell.model, *CHAINS)
        m = len(recomputed.chains_of(chains[0], ""))
        if math.comb(m, cell.n) > 1000:
            continue
        how = chains[0]["settings"]["aggregation"]
        scorer = cell.scorer or next(iter(chains[0]["settings"]["scorers"]))
        expected = recomputed.chances(chains, VOTES[cell.plugin], cell.n, scorer, how)
        assert cell.chance == pytest.approx(expected, abs=1e-9), cell.name
        assert cell.covers.mean() == pytest.approx(recomputed.coverage(chains, cell.n))
        low, high = recomputed.interval(expected)
        assert (cell.accuracy.low, cell.accuracy.high) == pytest.approx((low, high), abs=1.5 / 60)
        n_checked += 1
    assert n_checked >= 12


def test_trees_are_what_was_recorded(report, traces):
    for cell in (each for each in report.cells if each.plugin not in CHAINS):
        its = [
            trace
            for trace in of(traces, cell.model, cell.plugin)
            if (
                trace["settings"]["strategy_options"].get("width")
                or trace["settings"]["strategy_options"].get("solutions")
                or 1
            )
            == cell.n
            and trace["settings"]["strategy_options"].get("allocation", "divisor")
            == (re.findall(r"allocation=(\w+)", cell.strategy) or ["divisor"])[0]
        ]
        assert [float(trace["correct"]) for trace in its] == list(cell.chance), cell.name
        for name in ("policy", "scorer", "paper"):
            expected = [trace["usage"]["flops"][name] for trace in its]
            own = {"policy": cell.policy, "scorer": cell.scorer_flops, "paper": cell.paper}[name]
            assert own == pytest.approx(expected)
        assert list(cell.tokens) == [trace["usage"]["tokens"]["generated"] for trace in its]


def test_tokens_and_flops_of_chains(report, traces):
    for cell in (each for each in report.cells if each.plugin in CHAINS):
        chains = of(traces, cell.model, *CHAINS)
        model = chains[0]["settings"]["model"]
        lengths = [[each[2] for each in recomputed.chains_of(trace, "")] for trace in chains]
        tokens = [cell.n * np.mean(each) for each in lengths]
        assert cell.tokens == pytest.approx(tokens)
        assert cell.paper == pytest.approx([2.0 * model["parameters"] * each for each in tokens])
        for own, trace, its in zip(cell.policy, chains, lengths, strict=True):
            whole, n_prompt = trace["usage"]["flops"]["policy"], len(trace["prompt_tokens"])
            prompt = recomputed.flops_of_tokens(
                model, n_prompt - trace["usage"]["tokens"]["prompt"], n_prompt
            )
            assert own == pytest.approx(prompt + (whole - prompt) * cell.n / len(its))


def test_the_limits_of_majority_voting(report, traces):
    for limit in (each for each in report.limits if each.strategy == "majority"):
        expected = recomputed.majority_limit(of(traces, limit.model, *CHAINS))
        assert tuple(limit.accuracy) == pytest.approx(expected, abs=1.5 / 60)


@pytest.mark.parametrize(
    "asked", [{"budget_flops": b} for b in (3e12, 1e13, 3e13)] + [{"target_accuracy": 0.6}]
)
def test_advice_is_on_the_frontier(report, asked):
    advice = advise(report.cells, **asked)
    assert advice.cell in frontier(report.cells, "flops")
    assert "reason solve QUESTION --model qwen2.5-coder-" in advice.command


def test_the_study_can_be_gone_on_with():
    spec = StudySpec.read(STUDY / "study.toml")
    assert len(plan(spec)) >= 60


def test_no_hidden_states_are_kept(traces):
    assert not any("hidden" in node for trace in traces for node in trace["nodes"])
    assert sum(path.stat().st_size for path in TRACES) < 8e6


def test_every_quoted_sentence_is_the_reports(report):
    said = {sentence for found in report.sentences().values() for sentence in found}
    quoted = re.findall(r"^> (.+)$", (STUDY / "README.md").read_text(encoding="utf-8"), re.M)
    assert len(quoted) >= 4
    assert set(quoted) <= said
