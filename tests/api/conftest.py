"""A database, and a session with the simulated policy that records into it."""

import pytest
import reasontree


@pytest.fixture
def db(tmp_path):
    return str(tmp_path / "traces.db")


@pytest.fixture
def session(db):
    with reasontree.open(policy="simulated", strategy="majority", width=4, seed=3, db=db) as opened:
        yield opened
