"""Opens the trace database: SQLite in the user's data folder, or any URL that SQLAlchemy knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Self

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DataError, NoSuchModuleError, SQLAlchemyError

from ..core.errors import StoreError
from .connections import Ask, Shared
from .engines import engine_of, file_of, is_sqlite, name_of, reading_engine_of, url_of
from .upgrading import (
    SCHEMA,
    bring_up_to_date,
    found_schema,
    has_our_tables,
    has_tables,
    not_ours,
    nothing_there,
)

_DRIVERS = {"postgresql": "pip install 'reasontree[postgres]'"}


class Database:
    """An open database; as a context it closes itself.

    Attributes:
        name: What to call it before a person: a path, or a URL without its password.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        self._shared = Shared(engine)

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
    def autocommit(self) -> Iterator[Connection]:
        """Connect outside of any transaction, for what no transaction may hold.

        Raises:
            StoreError: If the database refuses.
        """
        with self._errors_named(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def shared(self) -> Iterator[Ask]:
        """Reach the one connection that all who come here share, for what its server keeps with it.

        Raises:
            StoreError: If the database refuses.
        """
        with self._errors_named(), self._shared.use() as ask:
            yield ask

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            raise StoreError(
                f"The trace database {self.name} cannot hold a value: {_reason(error)}."
            ) from error
        except SQLAlchemyError as error:
            raise StoreError(
                f"The trace database {self.name} cannot be used: {_reason(error)}.",
                hint="Check the disk and its rights, or name another one with --db.",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def open_database(where: str | None = None, *, must_exist: bool = False) -> Database:
    """Open the database at a path or URL; `REASON_DB` or the user's data folder if not given.

    A new database gets its schema; an older SQLite file is upgraded after a backup beside it.

    Raises:
        StoreError: If it cannot be opened or written, is newer than this program, is an older one on a
            server, where `upgrade_database` is left to its owner, or is missing and must exist.
    """
    url = url_of(where)
    if must_exist:
        _check_exists(url)
    _check_ours(url)
    with _opening(url, "for writing"):
        return _opened(engine_of(url), url, partial(bring_up_to_date, may_upgrade=is_sqlite(url)))


def open_for_reading(where: str | None = None) -> Database:
    """Open a database to look at it: nothing is made, and a file that may not be written will do.

    An older SQLite file is upgraded first, as `open_database` does.

    Raises:
        StoreError: If there is none, or it is another program's, or cannot be opened, or not upgraded.
    """
    database = open_unchecked(where)
    with ExitStack() as undo:
        undo.callback(database.close)
        with _opening(database.engine.url, "for reading"):
            found = found_schema(database.engine)
            is_empty = found is None and not has_tables(database.engine)
            if found is None or not has_our_tables(database.engine):
                raise nothing_there(database.name) if is_empty else not_ours(database.name)
        if found == SCHEMA:
            undo.pop_all()
            return database
    return open_database(where)


def open_unchecked(where: str | None = None) -> Database:
    """Open a database to look at it, whatever it is: its schema may be older, newer or another program's.

    Raises:
        StoreError: If there is none, or no driver for it.
    """
    url = url_of(where)
    _check_exists(url)
    with _opening(url, "for reading"):
        return Database(reading_engine_of(url), name_of(url))


def upgrade_database(where: str | None = None) -> tuple[str | None, str]:
    """Upgrade a database, on a server too; return its schema's version before and after.

    Raises:
        StoreError: If it cannot be opened or upgraded, or is newer than this program.
    """
    url = url_of(where)
    with _opening(url, "for writing"):
        engine = engine_of(url)
        found = found_schema(engine)
        _opened(engine, url, bring_up_to_date).close()
    return found, SCHEMA


def _check_exists(url: URL) -> None:
    file = file_of(url)
    if file is not None and not file.exists():
        raise StoreError(
            f"There is no trace database {name_of(url)}.",
            hint="'reason solve' makes one; --db names another.",
        )


def _check_ours(url: URL) -> None:
    """Look at a file before anything is set in it: a new connection for writing changes its header.

    Raises:
        StoreError: If it has tables that are not ours.
    """
    file = file_of(url)
    if file is None or not file.is_file():
        return
    with _opening(url, "for writing"):
        engine = reading_engine_of(url)
        try:
            if has_tables(engine) and not has_our_tables(engine):
                raise not_ours(name_of(url))
        finally:
            engine.dispose()


def _opened(engine: Engine, url: URL, prepare: Callable[[Engine, str], None]) -> Database:
    with ExitStack() as undo:
        undo.callback(engine.dispose)
        prepare(engine, name_of(url))
        undo.pop_all()
    return Database(engine, name_of(url))


@contextmanager
def _opening(url: URL, purpose: str) -> Iterator[None]:
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        hint = _DRIVERS.get(url.get_backend_name(), "")
        raise StoreError(
            f"No driver for the database {name_of(url)}: {error}.", hint=f"Try {hint}." if hint else ""
        ) from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(
            f"The trace database {name_of(url)} cannot be opened {purpose}: {_reason(error)}.",
            hint="Name another one with --db or REASON_DB.",
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
