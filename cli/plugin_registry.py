"""The registry that commands share: built-in plugins and every installed package's."""

from __future__ import annotations

from functools import cache

from ..core.registry import Registry, load
from ..plugins import BUILTINS


@cache
def registry() -> Registry:
    """Load all plugins once."""
    return load(BUILTINS)
