"""How often Python looks for cyclic garbage while trees grow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 100_000  # between two looks for garbage; Python's own number is 700


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for cyclic garbage rarely: it would walk all nodes of all trees again and again.

    At 100,000 nodes that was a third of the loop's time; a tree has no cycles, and its nodes stay.
    """
    before = gc.get_threshold()
    if not before[0] or before[0] >= _NEW_OBJECTS:  # 0 is none at all; another thread may have been here
        yield
        return
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
