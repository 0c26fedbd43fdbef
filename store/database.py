"""Opens the trace database: SQLite in the user's data folder, or any URL that SQLAlchemy knows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ..core.errors import StoreError
from .schema import Base

SCHEMA = "0001"
"""The newest migration; `store/migrations/versions` ends with it."""

_BUSY_MS = 30_000
_DRIVERS = {"postgresql": "pip install 'reasontree[postgres]'"}


class Database:
    """An open database with the newest schema."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def name(self) -> str:
        """What to call it before a person: a path, or a URL without its password."""
        return _name(self.engine.url)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that ends whole or not at all.

        Raises:
            StoreError: If the database refuses.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(
                f"The trace database {self.name} cannot be used: {_reason(error)}.",
                hint="Check the disk and its rights, or name another one with --db.",
            ) from error

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def default_path() -> Path:
    """Return where traces go if nobody says otherwise."""
    return user_data_path("reasontree") / "traces.db"


def open_database(where: str | None = None) -> Database:
    """Open the database at a path or URL; `REASON_DB` or the user's data folder if not given.

    A new database gets its schema; an older one is upgraded, SQLite after a backup beside it.

    Raises:
        StoreError: If it cannot be opened or written, or is newer than this program.
    """
    url = _url_of(where or os.environ.get("REASON_DB") or str(default_path()))
    try:
        engine = _engine(url)
        database = Database(engine)
        _bring_up_to_date(engine)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        hint = _DRIVERS.get(url.get_backend_name(), "")
        raise StoreError(
            f"No driver for the database {_name(url)}: {error}.", hint=f"Try {hint}." if hint else ""
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(
            f"The trace database {_name(url)} cannot be opened for writing: {_reason(error)}.",
            hint="Name another one with --db or REASON_DB.",
        ) from error
    return database


def _url_of(where: str) -> URL:
    if "://" not in where:
        return URL.create("sqlite", database=where if where == ":memory:" else str(Path(where).expanduser()))
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise StoreError(f"'{where}' is no database URL.", hint="Try a path, or postgresql://…") from error
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _bring_up_to_date(engine: Engine) -> None:
    """Check the schema's version; Alembic is imported only where there is something to migrate."""
    with engine.connect() as connection:
        found = _version(connection)
    if found == SCHEMA:
        _check_writable(engine)
    elif found is None:
        create_schema(engine)
    elif found > SCHEMA:
        raise StoreError(
            f"The trace database {_name(engine.url)} has schema {found}, and this reasontree knows {SCHEMA}.",
            hint="Upgrade reasontree, or name another database with --db.",
        )
    else:
        _back_up(engine, found)
        upgrade(engine)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _check_writable(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def create_schema(engine: Engine) -> None:
    """Make all tables; a test proves that the migrations make the same."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # two processes may both find it empty
        if _version(connection) is not None:
            return
        Base.metadata.create_all(connection)
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": SCHEMA})


def upgrade(engine: Engine) -> None:
    """Run all migrations that are missing."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            config.attributes.update(connection=connection, metadata=Base.metadata)
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"The trace database {_name(engine.url)} cannot be upgraded: {error}.") from error


def _back_up(engine: Engine, version: str) -> None:
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path and path != ":memory:":
        shutil.copy2(path, f"{path}.schema-{version}.backup")


def _name(url: URL) -> str:
    return url.database or ":memory:" if url.get_backend_name() == "sqlite" else url.render_as_string()


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
