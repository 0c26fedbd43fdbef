"""`reason db`: where it is, whether it is sound, and a newer schema for an older one."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from reasontree.store.upgrading import SCHEMA

OLD = Path(__file__).parents[2] / "store" / "assets" / "schema-0001.sqlite3"


@pytest.fixture
def path(tmp_path, reason):
    """The database of the command, with one trace in it."""
    assert reason("solve", "What is 6 times 7?", "--policy", "simulated", "-o", "width=4", "-q")[0] == 0
    return tmp_path / "traces.db"


def run_sql(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_the_path_is_where_traces_go(reason, tmp_path):
    assert reason("db", "path") == (0, f"{tmp_path / 'traces.db'}\n", "")
    assert reason("db", "path", "--db", "postgres://me:secret@host/db")[1] == "postgresql://me:***@host/db\n"


def test_a_sound_database_is_said_to_be_sound(reason, path):
    run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    code, out, err = reason("db", "check")
    assert (code, err) == (0, "")
    assert f"schema    {SCHEMA}\n" in out
    assert "1 run, 1 search" in out.replace("runs", "run").replace("searches", "search")
    code, out, _ = reason("db", "check", "--json")
    found = json.loads(out)
    assert (code, found["problems"], found["schema"], found["counts"]["searches"]) == (0, [], SCHEMA, 1)
    assert found["n_bytes"] == path.stat().st_size


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("DELETE FROM nodes WHERE node = 3", "lacks nodes"),
        ("DELETE FROM nodes WHERE node = 1", "lacks nodes"),
        ("UPDATE nodes SET parent = 9 WHERE node = 2", "has a node before its parent"),
        ("UPDATE nodes SET tokens = x'0102' WHERE node = 2", "cut off"),
        (
            "INSERT INTO scores SELECT search, 999, scorer, value FROM scores LIMIT 1",
            "nodes that are missing",
        ),
        ("DELETE FROM searches", "refers to one of 'searches' that is missing"),
        ("DELETE FROM alembic_version", "has no schema of reasontree's"),
        ("UPDATE alembic_version SET version_num = '9999'", f"newer than this reasontree's {SCHEMA}"),
    ],
)
def test_what_is_wrong_is_found(reason, path, statement, wanted):
    run_sql(path, statement)
    code, _, err = reason("db", "check")
    assert code == 1
    assert wanted in err


def test_a_damaged_file_is_found(reason, path):
    run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    code, _, err = reason("db", "check")
    assert code == 1
    assert err.startswith("reason: ")
    path.write_bytes(b"no database at all" * 1000)
    code, _, err = reason("db", "check")
    assert (code, err) == (1, "reason: It cannot be read: file is not a database.\n")


def test_a_check_upgrades_nothing_and_says_what_does(reason, tmp_path):
    path = tmp_path / "traces.db"
    shutil.copy(OLD, path)
    before = path.read_bytes()
    code, out, err = reason("db", "check")
    assert (code, "schema    0001\n" in out) == (1, True)
    assert f"run: reason db upgrade --db '{path}'" in err
    assert path.read_bytes() == before


def test_an_upgrade_says_from_what_to_what(reason, tmp_path):
    path = tmp_path / "traces.db"
    shutil.copy(OLD, path)
    assert reason("db", "upgrade") == (0, f"{path} was upgraded from schema 0001 to {SCHEMA}.\n", "")
    assert reason("db", "upgrade") == (0, f"{path} has schema {SCHEMA} already.\n", "")
    assert reason("db", "check")[0] == 0
    assert Path(f"{path}.schema-0001.backup").exists()


def test_an_upgrade_makes_a_new_database(reason, tmp_path):
    assert reason("db", "upgrade")[1] == f"{tmp_path / 'traces.db'} is new and has schema {SCHEMA}.\n"


def test_room_is_given_back_to_the_disk(reason, path):
    for _ in range(3):
        reason("solve", "Q " * 20_000, "--policy", "simulated", "-o", "width=4", "-q")
    run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    reason("trace", "rm", "--all", "--yes")
    code, out, _ = reason("db", "vacuum")
    assert code == 0
    assert out.endswith(" now.\n")
    run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before


@pytest.mark.parametrize("command", ["check", "vacuum"])
def test_a_database_that_is_not_there_is_one_clear_line(reason, tmp_path, command):
    code, out, err = reason("db", command)
    assert (code, out) == (1, "")
    assert "There is no trace database" in err
    assert not (tmp_path / "traces.db").exists()
