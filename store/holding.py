"""One process at a time searches a run; whoever dies lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import BusyError, StoreError
from .database import Database
from .engines import file_of

_LOCK = 0x72756E  # "run": the first half of PostgreSQL's advisory locks, any number that is ours


@contextmanager
def held(database: Database, run: int) -> Iterator[None]:
    """Hold a run: SQLite's by a file beside the database, PostgreSQL's by a lock of the session.

    Raises:
        BusyError: If another process holds it.
    """
    if database.engine.dialect.name == "postgresql":
        with _held_on_server(database, run):
            yield
        return
    file = file_of(database.engine.url)
    if file is None:
        yield  # in memory: no other process can reach it
        return
    with _held_by_file(Path(f"{file}.run-{run}.lock"), run):
        yield


@contextmanager
def _held_by_file(path: Path, run: int) -> Iterator[None]:
    lock = FileLock(path, thread_local=False)  # whoever takes the last result lets it go
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _busy(run) from error
    except OSError as error:
        raise StoreError(f"The lock {path} cannot be made: {error.strerror or error}.") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _held_on_server(database: Database, run: int) -> Iterator[None]:
    key = {"lock": _LOCK, "run": run}
    with database.shared() as ask:
        if not ask("SELECT pg_try_advisory_lock(:lock, :run)", key):
            raise _busy(run)
        try:
            yield
        finally:
            ask("SELECT pg_advisory_unlock(:lock, :run)", key)


def _busy(run: int) -> BusyError:
    return BusyError(f"Another process is searching run {run}.", hint="Wait for it, or stop it first.")
