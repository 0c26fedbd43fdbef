"""From what a person calls a database to an engine that reaches it."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from ..core.errors import StoreError

_BUSY_MS = 30_000


_OF_A_URI = {"mode", "cache", "immutable", "nolock", "vfs", "psow", "modeof"}  # sqlite.org/uri.html


def default_path() -> Path:
    """Return where traces go if nobody says otherwise."""
    return user_data_path("reasontree") / "traces.db"


def url_of(where: str | os.PathLike[str] | None) -> URL:
    """Return the URL of a path or a URL; of `REASON_DB` or the user's data folder if not given.

    Raises:
        StoreError: If it is neither.
    """
    where = os.environ.get("REASON_DB") or str(default_path()) if where is None else os.fspath(where)
    if not where.strip():
        raise StoreError("The trace database has an empty name.", hint="Name a path or a URL with --db.")
    if "://" not in where:
        return URL.create("sqlite", database=where if where == ":memory:" else _path_of(where))
    try:
        url = make_url(_with_plain_password(where))
    except (ArgumentError, ValueError) as error:  # the port may not be a number
        scheme = where.partition("://")[0]  # what follows may hold a password
        raise StoreError(
            f"'{scheme}://…' is not a database URL.", hint="Try a path, or postgresql://…"
        ) from error
    _check_query(url)
    is_plain = url.drivername in ("postgresql", "postgres")  # the second is what many hosts hand out
    return url.set(drivername="postgresql+psycopg") if is_plain else url


def _with_plain_password(where: str) -> str:
    """Escape the `@` in a password: the last one stands before the host."""
    scheme, _, rest = where.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    return f"{scheme}://{user.replace('@', '%40')}{at}{host}{slash}{path}"


def _check_query(url: URL) -> None:
    """Refuse what SQLite takes in a URI of its own alone, and would pass over in silence here.

    Raises:
        StoreError: Naming it.
    """
    is_uri = (url.database or "").startswith("file:")
    unheard = [key for key in url.query if key in _OF_A_URI] if is_sqlite(url) and not is_uri else []
    if unheard:
        raise StoreError(
            f"The database URL says '{unheard[0]}', which SQLite would not hear here.",
            hint="Leave it out: what only reads writes nothing.",
        )


def name_of(url: URL) -> str:
    """Return what to call a database before a person: a path, or a URL without its password."""
    if is_sqlite(url):
        return url.database or ":memory:"
    secret = [key for key in url.query if "password" in key.lower()]
    shown = url.difference_update_query(secret)
    return shown.render_as_string().replace("postgresql+psycopg:", "postgresql:", 1)


def is_sqlite(url: URL) -> bool:
    """Whether it is SQLite's."""
    return url.get_backend_name() == "sqlite"


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for any other, one in memory, or one named by a URI."""
    name = url.database
    if not is_sqlite(url) or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def engine_of(url: URL) -> Engine:
    """Return an engine that may write; the folder of a SQLite file is made."""
    if not is_sqlite(url):
        return create_engine(url, pool_pre_ping=True)
    file = file_of(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    return _sqlite_engine(url, "journal_mode=WAL", "synchronous=NORMAL")


def reading_engine_of(url: URL) -> Engine:
    """Return an engine that writes nothing to the database; a file that may not be written can be read.

    A SQLite file in a folder that may not be written is read as it stands, unless a log lies beside it:
    SQLite needs to write there to take the log into account.
    """
    file = file_of(url)
    if file is None:
        return engine_of(url)
    may_write_beside = os.access(file.parent, os.W_OK)
    if may_write_beside and os.access(file, os.W_OK):
        return _sqlite_engine(url, "query_only=ON")
    is_still = not may_write_beside and not Path(f"{file}-wal").exists()
    query = {"mode": "ro", "uri": "true"} | ({"immutable": "1"} if is_still else {})
    return _sqlite_engine(url.set(database=file.absolute().as_uri(), query=query))


def _path_of(where: str) -> str:
    try:
        path = Path(where).expanduser()
    except RuntimeError as error:  # there is no such user
        raise StoreError(f"The trace database {where} has no home folder: {error}") from error
    if "\0" in where:
        raise StoreError(f"The trace database {where!r} cannot be opened: a path cannot hold a NUL.")
    return str(path)


def _sqlite_engine(url: URL, *pragmas: str) -> Engine:
    arguments: dict[str, Any] = {"timeout": _BUSY_MS / 1000}
    if url.database == ":memory:":  # it is where its connection is: all threads take turns with one
        arguments |= {"check_same_thread": False}
        pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    else:
        pool = {}
    engine = create_engine(url, connect_args=arguments, **pool)
    pragmas = (*pragmas, "foreign_keys=ON", f"busy_timeout={_BUSY_MS}")
    event.listen(engine, "connect", partial(_prepare, pragmas))
    return engine


def _prepare(pragmas: tuple[str, ...], connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        _set(cursor, pragma)
    cursor.close()


def _set(cursor: Any, pragma: str) -> None:
    """Set a pragma; wait while another process makes the same new database, which SQLite refuses at once."""
    deadline = monotonic() + _BUSY_MS / 1000
    while True:
        try:
            cursor.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return
