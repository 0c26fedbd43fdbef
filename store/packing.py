"""Sequences of numbers as bytes, little-endian on every machine."""

from __future__ import annotations

import struct
from collections.abc import Sequence

INT_BYTES = 4
"""Bytes of an integer."""


def pack_ints(values: Sequence[int]) -> bytes:
    """Pack integers of 32 bits."""
    return struct.pack(f"<{len(values)}i", *values)


def pack_floats(values: Sequence[float]) -> bytes:
    """Pack floats of 64 bits."""
    return struct.pack(f"<{len(values)}d", *values)


def unpack_ints(data: bytes) -> tuple[int, ...]:
    """Undo `pack_ints`."""
    return struct.unpack(f"<{len(data) // INT_BYTES}i", data)


def unpack_floats(data: bytes) -> tuple[float, ...]:
    """Undo `pack_floats`."""
    return struct.unpack(f"<{len(data) // 8}d", data)
