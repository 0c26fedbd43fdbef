"""Searches whose policy and scorer answered late and out of order, with their traces."""

import pytest
from reasontree.core.trace import trace_of


@pytest.fixture
def search_late(run_record, late_run, search_of):
    """Search by a strategy; return the search finished, and its trace."""

    def search(strategy, seed=0, *, budget=None, observers=(), **policy):
        run = late_run(seed, observers=observers, policy=policy)
        search = search_of(strategy, seed=5, scorer="confidence", budget=budget)
        (finished,) = run.searches([search])
        return finished, trace_of(*finished, run_record)

    return search
