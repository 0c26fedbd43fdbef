"""Opens the trace database: SQLite in the user's data folder, or any URL that SQLAlchemy knows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ..core.errors import StoreError
from .upgrading import bring_up_to_date

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
        with self._errors_named(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a transaction for reading, which sees nothing that is written after its first look.

        A trace is read table by table; a run that still records must not commit a round between two of them.

        Raises:
            StoreError: If the database refuses.
        """
        with self._errors_named(), self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")  # the driver itself begins only before a write
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
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
        return _opened(_engine(url))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        hint = _DRIVERS.get(url.get_backend_name(), "")
        raise StoreError(
            f"No driver for the database {_name(url)}: {error}.", hint=f"Try {hint}." if hint else ""
        ) from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(
            f"The trace database {_name(url)} cannot be opened for writing: {_reason(error)}.",
            hint="Name another one with --db or REASON_DB.",
        ) from error


def _opened(engine: Engine) -> Database:
    with ExitStack() as undo:
        undo.callback(engine.dispose)
        bring_up_to_date(engine, _name(engine.url))
        undo.pop_all()
    return Database(engine)


def _url_of(where: str) -> URL:
    if "://" not in where:
        return URL.create("sqlite", database=where if where == ":memory:" else _path_of(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:  # the port may be no number
        scheme = where.partition("://")[0]  # what follows may hold a password
        raise StoreError(
            f"'{scheme}://…' is no database URL.", hint="Try a path, or postgresql://…"
        ) from error
    is_plain = url.drivername in ("postgresql", "postgres")  # the second is what many hosts hand out
    return url.set(drivername="postgresql+psycopg") if is_plain else url


def _path_of(where: str) -> str:
    try:
        path = Path(where).expanduser()
    except RuntimeError as error:  # there is no such user
        raise StoreError(f"The trace database {where} has no home folder: {error}") from error
    if "\0" in where:
        raise StoreError(f"The trace database {where!r} cannot be opened: a path cannot hold a NUL.")
    return str(path)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return url.set(query={}).render_as_string()  # the query may hold a password too


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
