"""Bytes and counts as a person reads them."""

from __future__ import annotations


def size(n_bytes: int | None) -> str:
    """Return a size with its unit, in powers of 1,000 as disks have it."""
    if n_bytes is None:
        return "unknown size"
    value, unit = float(n_bytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"


def count(n: int, what: str) -> str:
    """Return how many there are of something whose plural takes an s."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
