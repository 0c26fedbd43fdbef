"""Recorded searches, one of them with texts that want to do harm, and a browser to look at their pages."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from reasontree.core import Problem
from reasontree.core.search import Search
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.plugins.strategies.rebase import Rebase
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder
from reasontree.store.traces import load_trace

from ...recorded import record_of
from .browser import Browser
from .hostile import hostile

__all__ = ["hostile"]
NO_BROWSER = (
    "No Chromium to test pages with. On Debian: apt-get install chromium; or set REASON_TEST_CHROMIUM."
)


@pytest.fixture
def rebase(tmp_path, run_of, simulated, no_options):
    """Record a search of REBASE with the scripted policy, five steps deep; return its trace."""

    def record(*, width=16):
        policy = simulated(depth=5)
        kept = record_of(policy.name, strategy="rebase", seed=4, scorers={"confidence": {}})
        strategy = Rebase(Rebase.Options(width=width, allocation="exact"), np.random.default_rng(4))
        search = Search(Problem("What is it?", "42"), strategy, seed=4, scorer="confidence")
        with open_database(str(tmp_path / "rebase.db")) as database:
            recorder = Recorder(database, kept)
            run = run_of(policy, scorers=[Confidence(no_options, policy)], observers=[recorder])
            list(run.searches([search]))
            return load_trace(database, recorder.trace_id(0))

    return record


@pytest.fixture
def hostile_trace(hostile):
    """The recorded search whose texts want to do harm."""
    path, trace = hostile
    with open_database(str(path)) as database:
        return load_trace(database, trace)


@pytest.fixture(scope="module")
def browser(lacking):
    """A headless Chromium."""
    program = os.environ.get("REASON_TEST_CHROMIUM") or shutil.which("chromium")
    if not program:
        lacking(NO_BROWSER)
    opened = Browser(program)
    yield opened
    opened.close()
