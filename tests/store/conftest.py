"""Every database that can be had, and a recorded search."""

from __future__ import annotations

import pytest
from reasontree.core import ROOT, Expansion
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder


@pytest.fixture
def database(where):
    """An open, empty database, for each back end."""
    opened = open_database(where)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path):
    """An open, empty SQLite database."""
    opened = open_database(str(tmp_path / "traces.db"))
    yield opened
    opened.close()


@pytest.fixture
def record(run_record, run_of, search_of, scripted, simulated):
    """Record one search of two rounds; return it finished, and its trace's id."""

    def one(database, settings=run_record):
        recorder = Recorder(database, settings)
        rounds = [Expansion(ROOT, 2), Expansion(ROOT, 1, "end")], [Expansion(1, 1), Expansion(2, 2)]
        search = search_of(scripted(*rounds), index=3, seed=5, scorer="confidence")
        (finished,) = run_of(simulated(depth=3), observers=[recorder]).searches([search])
        return finished, recorder.trace_id(search.number)

    return one
