"""Makes the tables of a new database, and brings an older one up to date.

Alembic is imported only where there is something to migrate: importing it takes longer than everything else
that happens when a database is opened.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..core.errors import StoreError
from .schema import Base

SCHEMA = "0005"
"""The newest migration; `store/migrations/versions` ends with it."""

_OF_EVERY_VERSION = {"runs", "searches", "nodes"}
_LOCK = 0x726561736F6E  # "reason": the key of PostgreSQL's advisory lock, any number that is ours


def found_schema(engine: Engine) -> str | None:
    """Return the version of the schema that a database has, or None where no program has set one."""
    with engine.connect() as connection:
        return version_of(connection)


def bring_up_to_date(engine: Engine, name: str, *, may_upgrade: bool = True) -> None:
    """Check the schema's version and do what it takes to reach `SCHEMA`.

    Args:
        name: What to call the database before a person.
        may_upgrade: Whether an older schema is upgraded; otherwise the command that does it is named.

    Raises:
        StoreError: If it is newer than this program, another program's, or cannot or may not be upgraded.
    """
    found = found_schema(engine)
    if found is None:
        create_schema(engine, name)
    elif not (re.fullmatch(r"\d{4}", found) and has_our_tables(engine)):
        raise not_ours(name)
    elif found == SCHEMA:
        _check_writable(engine)
    elif found > SCHEMA:
        raise StoreError(
            f"The trace database {name} has schema {found}, and this reasontree knows {SCHEMA}.",
            hint="Upgrade reasontree, or name another database with --db.",
        )
    elif may_upgrade:
        upgrade(engine, name)
    else:
        raise StoreError(
            f"The trace database {name} has schema {found}, and this reasontree writes {SCHEMA}.",
            hint=f"Make a backup, then run: reason db upgrade --db '{name}'",
        )


def version_of(connection: Connection) -> str | None:
    """Return the schema's version, or None where no program has set one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def create_schema(engine: Engine, name: str) -> None:
    """Make all tables; a test proves that the migrations make the same.

    Raises:
        StoreError: If a file has any tables, or a server tables of the same names: they are not ours.
    """
    with _alone(engine) as connection:
        if version_of(connection) is not None:
            return  # another process was faster
        there = set(inspect(connection).get_table_names())
        if there & set(Base.metadata.tables) or (there and connection.dialect.name == "sqlite"):
            raise not_ours(name)
        Base.metadata.create_all(connection)
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": SCHEMA})


def upgrade(engine: Engine, name: str, to: str = "head") -> None:
    """Run all migrations that are missing; SQLite is copied to a file beside it first.

    Raises:
        StoreError: If there is no way up from the version found.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with _alone(engine) as connection:
            found = version_of(connection)
            if found == SCHEMA:
                return  # another process was faster
            if found is not None:
                _back_up(connection, found)
            config.attributes.update(connection=connection, metadata=Base.metadata)
            command.upgrade(config, to)
    except CommandError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise StoreError(f"The trace database {name} cannot be upgraded: {reason}.") from error


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which no other process changes the schema.

    SQLite's foreign keys are off in it: a migration that makes a table anew drops the old one, and that
    would delete all rows that refer to it.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _check_writable(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def _back_up(connection: Connection, version: str) -> None:
    """Copy a SQLite file through SQLite, since its newest pages may still be in the log beside it."""
    if connection.dialect.name != "sqlite":
        return
    path = connection.exec_driver_sql("PRAGMA database_list").one()[2]
    part = Path(f"{path}.schema-{version}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    part.replace(f"{path}.schema-{version}.backup")


def has_our_tables(engine: Engine) -> bool:
    """Whether the tables are there that every version has: others number their schemas too."""
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) >= _OF_EVERY_VERSION


def has_tables(engine: Engine) -> bool:
    """Whether there are any tables at all."""
    with engine.connect() as connection:
        return bool(inspect(connection).get_table_names())


def nothing_there(name: str) -> StoreError:
    """Say that a database is empty."""
    return StoreError(f"The database {name} holds no traces.", hint="'reason solve' records some.")


def not_ours(name: str) -> StoreError:
    """Say that a database is another program's."""
    return StoreError(
        f"The database {name} holds another program's tables.",
        hint="Name another one with --db or REASON_DB.",
    )
