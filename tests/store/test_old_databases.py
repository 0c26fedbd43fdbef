"""A database that an older reasontree recorded is upgraded, and says what that program said."""

import json
import shutil
from pathlib import Path

import pytest
from reasontree.store.checking import check
from reasontree.store.database import open_database, upgrade_database
from reasontree.store.engines import engine_of, url_of
from reasontree.store.traces import list_traces, load_trace
from reasontree.store.upgrading import SCHEMA, upgrade
from sqlalchemy import MetaData, insert, select

ASSETS = Path(__file__).parent / "assets"
VERSIONS = sorted(path.stem.removeprefix("schema-") for path in ASSETS.glob("*.sqlite3"))


def test_every_schema_so_far_has_a_database():
    assert [f"{number:04}" for number in range(1, int(SCHEMA) + 1)] == VERSIONS


@pytest.fixture(params=VERSIONS)
def version(request):
    """A version of the schema."""
    return request.param


@pytest.fixture
def printed(version):
    """What the program of that version printed of each trace."""
    return [json.loads(line) for line in (ASSETS / f"schema-{version}.jsonl").read_text().splitlines()]


def assert_says_the_same(database, printed):
    assert [each.id for each in list_traces(database)] == [row["trace_id"] for row in reversed(printed)]
    for row in printed:
        trace = load_trace(database, row["trace_id"])
        assert (trace.answer, trace.correct, trace.stopped) == (row["answer"], row["correct"], "done")
        assert (trace.record.spec.strategy, trace.problem.index) == (row["strategy"], row["index"])
        assert len(trace.tree.solutions) == row["n_solutions"]
        assert [(tally.answer, tally.count, tally.weight) for tally in trace.tallies] == [
            (vote["answer"], vote["count"], vote["weight"]) for vote in row["votes"]
        ]
        assert trace.tokens.generated == row["tokens"]["generated"]
        assert trace.flops._asdict() == row["flops"]
        assert sum(len(node.step.tokens) for node in trace.tree if node.id) == row["tokens"]["generated"]
        assert all(node.scores.keys() == {"confidence"} for node in trace.tree if node.id)


def test_a_file_of_an_older_program_is_upgraded_and_read(tmp_path, version, printed):
    path = tmp_path / "old.db"
    shutil.copy(ASSETS / f"schema-{version}.sqlite3", path)
    is_sound = version == SCHEMA
    assert (check(str(path)).problems == ()) is is_sound
    opened = open_database(str(path))
    assert_says_the_same(opened, printed)
    opened.close()
    assert check(str(path)).problems == ()
    backup = tmp_path / f"old.db.schema-{version}.backup"
    assert backup.exists() is not is_sound


def test_a_server_of_an_older_program_is_upgraded_and_read(postgres, version, printed):
    copy_to_server(ASSETS / f"schema-{version}.sqlite3", version, postgres)
    assert upgrade_database(postgres) == (version, SCHEMA)
    opened = open_database(postgres)
    assert_says_the_same(opened, printed)
    opened.close()
    assert check(postgres).problems == ()


def copy_to_server(path, version, url):
    """Make the tables by that version's migrations, and copy every row."""
    source, target = (
        engine_of(url_of(f"sqlite:///file:{path}?mode=ro&immutable=1&uri=true")),
        engine_of(url_of(url)),
    )
    upgrade(target, "old", to=version)
    tables = MetaData()
    tables.reflect(target)
    with source.connect() as old, target.begin() as new:
        for table in tables.sorted_tables:
            rows = [dict(row) for row in old.execute(select(table)).mappings()]
            if rows and table.name != "alembic_version":
                new.execute(insert(table), rows)
    source.dispose()
    target.dispose()
