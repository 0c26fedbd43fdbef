"""Every filter takes what it names and nothing else, on every database that can be had."""

from datetime import datetime

import pytest
from reasontree.core import ROOT, Expansion, Problem
from reasontree.core.records import ModelInfo
from reasontree.store.filters import Filters
from reasontree.store.recorder import Recorder
from reasontree.store.schema import SearchRow
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import update

from ..recorded import respec

RECORDED = {
    # name: strategy, model, data set, gold, kind
    "right": ("rebase", "Qwen2.5-Coder-0.5B", "gsm8k.jsonl", True, "live"),
    "wrong": ("majority", "qwen2.5-coder-1.5b", "gsm8k.jsonl", False, "live"),
    "lone": ("rebase", "100%_sure\\model", "", None, "replay"),
    "odd": ("greedy", "mod\udcffel\x00", "math_500.jsonl", True, "live"),
}


@pytest.fixture
def names(database, run_record, run_of, search_of, scripted, simulated):
    """Record one trace for each kind, a day apart; return their ids by name."""
    ids = {}
    for day, (name, (strategy, model, dataset, correct, kind)) in enumerate(RECORDED.items(), start=1):
        recorder = Recorder(
            database, respec(run_record, strategy=strategy, model=ModelInfo(model)), kind=kind
        )
        search = search_of(scripted([Expansion(ROOT, 1)]), seed=5)
        search.problem = Problem("What is it?", "42", dataset=dataset)
        list(run_of(simulated(), observers=[recorder]).searches([search]))
        ids[name] = recorder.trace_id(0)
        with database.transaction() as connection:
            change = update(SearchRow).where(SearchRow.trace == ids[name])
            connection.execute(change.values(correct=correct, started=datetime(2026, 1, day)))
    return ids


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), "right wrong lone odd"),
        (Filters(runs=(2,)), "wrong"),
        (Filters(kind="replay"), "lone"),
        (Filters(strategy="rebase"), "right lone"),
        (Filters(strategy="REBASE"), "right lone"),
        (Filters(strategy="r*"), "right lone"),
        (Filters(strategy="reb"), ""),
        (Filters(model="qwen2.5-coder-*"), "right wrong"),
        (Filters(model="100%_sure\\model"), "lone"),
        (Filters(model="*%*"), "lone"),
        (Filters(model="qwen2_5*"), ""),
        (Filters(model="mod\udcffel\x00"), "odd"),
        (Filters(dataset="gsm8k*"), "right wrong"),
        (Filters(dataset=""), "lone"),
        (Filters(correct=True), "right odd"),
        (Filters(correct=False), "wrong"),
        (Filters(since=datetime(2026, 1, 3)), "lone odd"),
        (Filters(until=datetime(2026, 1, 3)), "right wrong"),
        (Filters(strategy="rebase", correct=True), "right"),
    ],
)
def test_a_filter_takes_what_it_names(database, names, filters, wanted):
    listed = list_traces(database, filters)
    assert [each.id for each in listed] == [names[name] for name in wanted.split()][::-1]
    assert filters.any is (filters != Filters())


def test_a_problems_data_set_comes_back(database, names):
    assert load_trace(database, names["right"]).problem.dataset == "gsm8k.jsonl"
    assert list_traces(database, Filters(runs=(1,)))[0].dataset == "gsm8k.jsonl"
