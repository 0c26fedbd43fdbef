"""One connection that many threads share, for what its server keeps as long as it lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

Ask = Callable[[str, Mapping[str, Any]], Any]
"""Executes a statement with its parameters outside of any transaction, and returns the first value found."""


class Shared:
    """A connection that is open while anybody uses it, however many do.

    The pool of an engine has few connections. Whoever kept one of them for each of many runs would leave none
    to record with.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._n_users = 0

    @contextmanager
    def use(self) -> Iterator[Ask]:
        """Keep the connection open."""
        with self._turn:
            if self._connection is None:
                opened = self._engine.connect()
                self._connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            self._n_users += 1
        try:
            yield self._ask
        finally:
            with self._turn:
                self._n_users -= 1
                if not self._n_users:
                    self._connection.close()
                    self._connection = None

    def _ask(self, statement: str, parameters: Mapping[str, Any]) -> Any:
        with self._turn:
            assert self._connection is not None, "it is open while it is used"
            try:
                return self._connection.scalar(text(statement), parameters)
            finally:
                self._connection.rollback()  # nothing was begun on the server; a lost connection comes back
