"""Opening: new, older, newer, another program's, and what is no database at all."""

import re
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from reasontree.core.errors import StoreError
from reasontree.store import migrations
from reasontree.store.database import open_database, open_for_reading, upgrade_database
from reasontree.store.engines import engine_of, name_of, url_of
from reasontree.store.schema import Base
from reasontree.store.traces import list_traces, load_trace
from reasontree.store.upgrading import SCHEMA, create_schema, found_schema, upgrade, version_of
from sqlalchemy import inspect, text


@pytest.fixture
def engine(where):
    """An engine for an empty database that has not been opened, for each back end."""
    made = engine_of(url_of(where))
    yield made
    made.dispose()


def schema_of(engine):
    seen = inspect(engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            sorted(i["name"] for i in seen.get_indexes(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (f["constrained_columns"][0], f["referred_table"], f["options"].get("ondelete"))
                for f in seen.get_foreign_keys(table)
            ),
            sorted(str(u["column_names"]) for u in seen.get_unique_constraints(table)),
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def test_the_migrations_make_the_same_schema_as_the_models(engine):
    upgrade(engine, "migrated")
    migrated = schema_of(engine)
    with engine.begin() as connection:
        assert version_of(connection) == SCHEMA
        connection.execute(text("DROP TABLE alembic_version"))
        Base.metadata.drop_all(connection)
    create_schema(engine, "created")
    assert migrated == schema_of(engine)
    assert set(migrated) == set(Base.metadata.tables)


def test_the_program_knows_the_newest_migration():
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [SCHEMA]


OLD_ROWS = (
    """INSERT INTO runs VALUES (1, 'live', NULL, '2026-01-01 00:00:00', '0', 'greedy', 'm', '', :settings)""",
    """INSERT INTO searches (id, trace, run, number, problem_index, question, prompt, prompt_tokens, started)
        VALUES (1, 'abc', 1, 0, 3, :question, :question, :nothing, '2026-01-01 00:00:00')""",
    """INSERT INTO nodes (search, node, parent, rank, round, position, text, tokens, logprobs)
        VALUES (1, 1, 0, 0, 1, 0, :step, :nothing, :nothing)""",
)
OLD_VALUES = {
    "question": b"Q",
    "step": b"Step",
    "nothing": b"",
    "settings": """{"strategy": "greedy", "policy": "p", "model": {"name": "m"}, "grader": "g", "vote": "v",
        "aggregation": "last", "seed": 5, "version": "0", "sampling": {}, "limits": {}, "budget": {}}""",
}


def make_old(engine):
    """Make a database of schema 0001 with one row in each table that matters."""
    upgrade(engine, "old", to="0001")
    with engine.begin() as connection:
        for statement in map(text, OLD_ROWS):
            connection.execute(statement, {name: OLD_VALUES[name] for name in statement.compile().params})
    engine.dispose()


def test_an_older_database_is_upgraded_with_every_row(where, engine):
    make_old(engine)
    assert upgrade_database(where) == ("0001", SCHEMA)
    opened = open_database(where)
    with opened.transaction() as connection:
        assert version_of(connection) == SCHEMA
    tree = load_trace(opened, "abc").tree
    opened.close()
    assert [node.step.text for node in tree] == ["Q", "Step"]
    assert [node.seed for node in tree] == [2315628595, 261730054]  # what schema 0001 derived from 5 and 3


def test_an_older_file_is_upgraded_when_it_is_opened(tmp_path):
    path = str(tmp_path / "old.db")
    make_old(engine_of(url_of(path)))
    open_for_reading(path).close()
    assert upgrade_database(path) == (SCHEMA, SCHEMA)


def test_an_older_schema_on_a_server_is_left_to_its_owner(postgres):
    engine = engine_of(url_of(postgres))
    make_old(engine)
    for opening in (open_database, open_for_reading):
        with pytest.raises(StoreError, match=f"schema 0001.*writes {SCHEMA}") as error:
            opening(postgres)
        assert str(error.value).endswith(f"run: reason db upgrade --db '{name_of(engine.url)}'")
    assert found_schema(engine) == "0001"
    upgrade_database(postgres)
    open_database(postgres).close()
    engine.dispose()


def test_an_upgrade_of_sqlite_leaves_the_old_file_beside_the_new_one(tmp_path):
    path = tmp_path / "old.db"
    make_old(engine_of(url_of(str(path))))
    open_database(str(path)).close()
    backup = sqlite3.connect(tmp_path / "old.db.schema-0001.backup")
    assert backup.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert backup.execute("SELECT strategy FROM runs").fetchall() == [("greedy",)]
    backup.close()


def test_foreign_keys_hold_again_after_an_upgrade(tmp_path):
    engine = engine_of(url_of(str(tmp_path / "old.db")))
    upgrade(engine, "old")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def stamp(where, version):
    opened = open_database(where)
    with opened.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    opened.close()


def test_an_older_schema_that_nothing_leads_up_from_is_a_clear_error(where):
    stamp(where, "0000")
    with pytest.raises(StoreError, match="cannot be upgraded: Can't locate revision") as error:
        upgrade_database(where)
    assert "\n" not in str(error.value)


def test_a_newer_schema_is_refused_with_both_versions_named(where):
    stamp(where, "9999")
    with pytest.raises(StoreError, match=f"schema 9999.*knows {SCHEMA}"):
        open_database(where)


def test_another_programs_migrations_are_left_alone(where):
    stamp(where, "bd07f7e963c5")
    with pytest.raises(StoreError, match="another program's tables"):
        open_database(where)


def test_another_programs_tables_are_left_alone(where, engine):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (mine INTEGER)"))
    with pytest.raises(StoreError, match="another program's tables"):
        open_database(where)
    assert inspect(engine).get_table_names() == ["runs"]


def test_what_is_no_database_is_a_clear_error(tmp_path):
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is no database, and it is long enough to be read as one" * 100)
    below_a_file = garbage / "traces.db"
    for where in (garbage, tmp_path, below_a_file, "/proc/nowhere/traces.db"):
        with pytest.raises(StoreError, match=re.escape(str(where))) as error:
            open_database(str(where))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    ["nonsense://user:secret@host/db", "://", "postgresql://user:secret@host:port/db", "sqlite+x:///a.db"],
)
def test_what_is_no_url_is_a_clear_error_without_its_password(url):
    with pytest.raises(StoreError) as error:
        open_database(url)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("path", ["~no-such-user/traces.db", "traces\0.db"])
def test_a_path_that_names_no_file_is_a_clear_error(path):
    with pytest.raises(StoreError) as error:
        open_database(path)
    assert "\n" not in str(error.value)
    assert "\0" not in str(error.value)


@pytest.mark.parametrize("password", ["p@ss", "@", "a@b@c", "p@ss:word", "p%40ss"])
def test_a_password_that_holds_the_sign_of_a_host_is_not_shown(password):
    url = url_of(f"postgresql://user:{password}@host/db")
    assert (url.username, url.password, url.host) == ("user", password.replace("%40", "@"), "host")
    assert name_of(url) == "postgresql://user:***@host/db"


@pytest.mark.parametrize("query", ["mode=ro", "immutable=1", "timeout=5&cache=shared"])
def test_what_sqlite_would_not_hear_is_refused(tmp_path, query):
    with pytest.raises(StoreError, match="would not hear"):
        open_database(f"sqlite:///{tmp_path}/x.db?{query}")
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_a_urls_query_is_not_shown():
    name = name_of(url_of("postgresql://user:secret@host/db?sslpassword=secret&host=/run"))
    assert name == "postgresql://user:***@host/db?host=%2Frun"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_plain_postgres_url_gets_the_driver_of_the_extra(scheme):
    assert url_of(f"{scheme}://user@host/db").drivername == "postgresql+psycopg"


def test_a_database_that_may_only_be_read_is_refused(tmp_path):
    path = tmp_path / "traces.db"
    open_database(str(path)).close()
    with pytest.raises(StoreError, match=r"cannot be opened for writing.*readonly"):
        open_database(f"sqlite:///file:{path}?mode=ro&uri=true")


LOOK = """
    import os, sys
    from reasontree.store.database import open_database, open_for_reading
    from reasontree.store.traces import list_traces
    if os.getuid() == 0:
        os.setuid(65534)
    print(*(each.id for each in list_traces(open_for_reading(sys.argv[1]))))
    try:
        open_database(sys.argv[1])
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
def test_a_file_that_may_only_be_read_can_be_looked_at(tmp_path, record, folder_mode):
    path = tmp_path / "folder" / "traces.db"
    opened = open_database(str(path))
    _, trace = record(opened)
    opened.close()
    path.chmod(0o444)
    path.parent.chmod(folder_mode)
    for folder in path.parents[1:4]:
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOOK), path], capture_output=True, text=True, cwd="/"
    )
    path.parent.chmod(0o755)
    assert (done.stdout.split(), done.stderr) == ([trace, "StoreError"], "")


def test_looking_at_a_database_makes_none(tmp_path):
    with pytest.raises(StoreError, match="There is no trace database"):
        open_for_reading(str(tmp_path / "folder" / "none.db"))
    assert not [*tmp_path.iterdir()]


def test_a_database_that_is_looked_at_cannot_be_written(tmp_path):
    open_database(str(tmp_path / "traces.db")).close()
    opened = open_for_reading(str(tmp_path / "traces.db"))
    with pytest.raises(StoreError, match="readonly"), opened.transaction() as connection:
        connection.execute(text("DELETE FROM runs"))
    opened.close()


@pytest.mark.parametrize("where", ["", " ", "\t"])
def test_an_empty_name_is_a_clear_error(where):
    with pytest.raises(StoreError, match="empty name"):
        open_database(where)


def test_a_missing_driver_is_named_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"No driver.*pip install 'reasontree\[postgres\]'") as error:
        open_database("postgresql://user:secret@host/db")
    assert "secret" not in str(error.value)


def test_a_server_that_does_not_answer_is_one_clear_line(lacking):
    if find_spec("psycopg") is None:
        lacking("pip install 'psycopg[binary]' to test PostgreSQL")
    with pytest.raises(StoreError, match="cannot be opened for writing") as error:
        open_database("postgresql://user:secret@127.0.0.1:1/db")
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_environment_names_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv("REASON_DB", str(tmp_path / "elsewhere" / "mine.db"))
    opened = open_database()
    assert opened.name == str(tmp_path / "elsewhere" / "mine.db")
    opened.close()


def test_without_a_name_it_is_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("REASON_DB", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = open_database()
    assert Path(opened.name).name == "traces.db"
    assert Path(opened.name).is_relative_to(tmp_path)
    opened.close()


def test_a_database_in_memory_works(record):
    opened = open_database(":memory:")
    _, trace = record(opened)
    assert [each.id for each in list_traces(opened)] == [trace]
    opened.close()


def test_alembic_is_imported_only_to_migrate(tmp_path):
    program = (
        "import sys; from reasontree.store.database import open_database; "
        "open_database(sys.argv[1]).close(); open_database(sys.argv[1]).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "traces.db")], check=True)


def test_processes_that_make_one_database_at_once_do_not_meet(where):
    program = "import sys; from reasontree.store.database import open_database; open_database(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, where]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4


FOREIGN = [
    "CREATE TABLE wp_posts (id INTEGER, body TEXT)",
    "CREATE TABLE messages (rowid_ INTEGER); CREATE TABLE chats (id INTEGER)",
    "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('0005')",
    "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('0003');"
    "CREATE TABLE invoices (id INTEGER)",
    "CREATE TABLE alembic_version (version_num TEXT)",
]


@pytest.mark.parametrize("script", FOREIGN)
@pytest.mark.parametrize("opened", [open_database, open_for_reading])
def test_a_file_with_any_tables_that_are_not_ours_is_refused_and_left_as_it_is(tmp_path, script, opened):
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's tables"):
        opened(str(path))
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert not tables & {"runs", "nodes"}
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["theirs.db"]


def test_reading_makes_nothing_of_an_empty_file(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreError, match="holds no traces"):
        open_for_reading(str(path))
    assert path.read_bytes() == b""
