"""Sequences of numbers as bytes, little-endian on every machine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def pack_ints(values: Sequence[int]) -> bytes:
    """Pack integers of 32 bits."""
    return np.asarray(values, dtype="<i4").tobytes()


def pack_floats(values: Sequence[float]) -> bytes:
    """Pack floats of 64 bits."""
    return np.asarray(values, dtype="<f8").tobytes()


def unpack_ints(data: bytes) -> tuple[int, ...]:
    """Undo `pack_ints`."""
    return tuple(np.frombuffer(data, dtype="<i4").tolist())


def unpack_floats(data: bytes) -> tuple[float, ...]:
    """Undo `pack_floats`."""
    return tuple(np.frombuffer(data, dtype="<f8").tolist())
