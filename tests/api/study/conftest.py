"""Small reports made by hand, some of whose names want to do harm, and a browser to look at their pages."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from reasontree.api.study.cells import Cell, Limit
from reasontree.api.study.report import StudyReport
from reasontree.core.statistics import Interval

from ...store.pages.browser import Browser

HOSTILE = "</script><script>alert(1)</script>|$x_{$ [a](http://b) <img src=x onerror=alert(2)>"
PROBLEMS = tuple(f"problem {i}" for i in range(8))
_SCORED = {"weighted-majority", "rebase"}


def cell_of(chance=0.5, **more):
    """Return a cell of eight problems that are alike, at a cost that grows with the samples."""
    n = more.setdefault("n", 1)
    plugin = more.setdefault("plugin", "majority")
    each = np.ones(len(PROBLEMS))
    fields = {
        "dataset": "sums",
        "model": "small",
        "strategy": plugin,
        "scorer": "confidence" if plugin in _SCORED else "",
        "vote": "majority",
        "is_implied": False,
        "problems": PROBLEMS,
        "chance": np.array([chance + 0.01 * i for i in range(-4, 4)]).clip(0, 1),
        "covers": min(1.0, chance + 0.1) * each,
        "random": 0.4 * each,
        "tokens": 30.0 * n * each,
        "policy": 1e9 * n * each,
        "scorer_flops": 1e8 * each,
        "paper": 9e8 * n * each,
        "answers": each,
        "beginnings": each,
        "seconds": 0.2 * n * each,
        "n_searches": len(PROBLEMS),
        "settings": {"parameters": 500},
    }
    return Cell(**fields | more)


def series(model, dataset, parameters, better):
    """Return the cells of one model: greedy, two votes and a search over trees."""
    of = {"model": model, "dataset": dataset, "settings": {"parameters": parameters}}
    yield cell_of(0.3 + better, plugin="greedy", **of)
    for plugin in ("majority", "weighted-majority", "rebase"):
        for place, n in enumerate((1, 2, 4)):
            yield cell_of(0.3 + better + 0.15 * place, plugin=plugin, n=n, is_implied=n < 4, **of)


def limits_of(model, dataset):
    """Return the limits of two votes."""
    between = Interval(0.5, 0.7, 0.9)
    yield Limit(dataset, model, "majority", "", 4, between)
    yield Limit(dataset, model, "weighted-majority", "confidence", 4, between)


@pytest.fixture
def report():
    """Two models, one of them with a name that wants to do harm, on two data sets, one of them likewise."""
    models = (("small", 500, 0.0), (HOSTILE, 1500, 0.2))
    datasets = ("sums", f"../{HOSTILE}")
    cells = [
        cell for dataset in datasets for name, size, up in models for cell in series(name, dataset, size, up)
    ]
    limits = [each for dataset in datasets for name, *_ in models for each in limits_of(name, dataset)]
    return StudyReport(f"report of {HOSTILE}", tuple(cells), tuple(limits))


@pytest.fixture
def report_of():
    """A function that makes a report of cells, on one data set."""

    def make(*cells):
        return StudyReport("small", cells, ())

    return make


@pytest.fixture(scope="module")
def browser(lacking):
    """A headless Chromium."""
    program = os.environ.get("REASON_TEST_CHROMIUM") or shutil.which("chromium")
    if not program:
        lacking("No Chromium to test pages with; set REASON_TEST_CHROMIUM.")
    opened = Browser(program)
    yield opened
    opened.close()
