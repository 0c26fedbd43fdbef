"""Seeds that depend on a place in the tree, never on the order in which work happened to be done."""

from __future__ import annotations

from hashlib import blake2b


def derive(seed: int, *places: int | str) -> int:
    """Derive a seed in [0, 2**32 - 2] from a seed and the places below it.

    The largest 32-bit number is left out: llama.cpp reads it as "choose a seed yourself".
    """
    digest = blake2b(repr((seed, *places)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % (2**32 - 1)
