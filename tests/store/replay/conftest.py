"""Recorded searches whose policy and scorer answered late and out of order."""

import pytest
from reasontree.store.recorder import Recorder
from reasontree.store.traces import load_trace


@pytest.fixture
def search_late(run_record, late_run, search_of):
    """Record a search by a strategy; return it finished, and its trace."""

    def search(database, strategy, seed=0, *, observers=()):
        recorder = Recorder(database, run_record)
        search = search_of(strategy, seed=5, scorer="confidence")
        (finished,) = late_run(seed, observers=[*observers, recorder]).searches([search])
        return finished, load_trace(database, recorder.trace_id(search.number))

    return search
