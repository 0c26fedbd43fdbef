"""Searches that were submitted together, and what has become of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pluggy

from .records import Outcome
from .search import Search


class Finished(NamedTuple):
    """A search that has finished."""

    search: Search
    outcome: Outcome


class Batch:
    """Searches that were submitted together, and what has become of them.

    Args:
        hook: The hooks of observers that are told of these searches alone.

    Attributes:
        error: What was raised where the next search was made; the ones before it go on.
    """

    def __init__(self, searches: Iterable[Search], hook: pluggy.HookRelay | None = None) -> None:
        self.hook = hook
        self.error: Exception | None = None
        self._waiting = iter(searches)
        self._has_more = True
        self._active: set[int] = set()
        self._finished: deque[Finished] = deque()
        self._stopping = False

    @property
    def is_done(self) -> bool:
        """Whether every search has finished; some may still have to be taken."""
        return not self._active and (self._stopping or not self._has_more)

    @property
    def has_finished(self) -> bool:
        """Whether there is anything to take."""
        return bool(self._finished)

    def stop(self) -> None:
        """End its searches with what they have; those that have not begun never do."""
        self._stopping = True

    def take(self) -> Iterator[Finished]:
        """Take the searches that have finished since the last call."""
        while self._finished:
            yield self._finished.popleft()

    def next(self) -> Search | None:
        """Return the next search to begin, or None where no other one is wanted."""
        if self._stopping or not self._has_more:
            return None
        try:
            search = next(self._waiting, None)
        except Exception as error:  # noqa: BLE001 - whoever submitted the searches hears of it
            self.error, search = error, None
        if search is None:
            self._has_more = False
        else:
            self._active.add(search.number)
        return search

    def finish(self, finished: Finished) -> None:
        """Take a search that has finished."""
        self._active.discard(finished.search.number)
        self._finished.append(finished)

    def keep_stopped(self, search: Search) -> None:
        """Pass on to a search that it shall end."""
        if self._stopping:
            search.ledger.stop("interrupted")
