"""Every database that can be had, and a recorded search."""

from __future__ import annotations

import os

import pytest
from reasontree.core import ROOT, Expansion
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder
from sqlalchemy import create_engine, make_url, text

POSTGRES = os.environ.get("REASON_TEST_POSTGRES")
NO_POSTGRES = (
    "PostgreSQL is not tested: pip install 'psycopg[binary]' and set "
    "REASON_TEST_POSTGRES=postgresql://user@host/name to a database that may be emptied"
)


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """The path or URL of an empty database, for each back end."""
    if request.param == "sqlite":
        return str(tmp_path / "traces.db")
    return request.getfixturevalue("postgres")


@pytest.fixture
def postgres(lacking):
    """The URL of an empty database of PostgreSQL; in continuous integration there must be one."""
    if not POSTGRES:
        lacking(NO_POSTGRES)
    engine = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return POSTGRES


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
def record(run_settings, run_of, search_of, scripted, simulated):
    """Record one search of two rounds; return it finished, and its trace's id."""

    def one(database, settings=run_settings):
        recorder = Recorder(database, settings)
        rounds = [Expansion(ROOT, 2), Expansion(ROOT, 1, "end")], [Expansion(1, 1), Expansion(2, 2)]
        search = search_of(scripted(*rounds), index=3, seed=5, scorer="confidence")
        (finished,) = run_of(simulated(depth=3), observers=[recorder]).searches([search])
        return finished, recorder.trace_id(search.number)

    return one
