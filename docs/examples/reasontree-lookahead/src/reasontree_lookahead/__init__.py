"""Lookahead search and the scorer `shakiest-span`: a whole plugin package for reasontree."""

from __future__ import annotations

from collections.abc import Iterable

from reasontree.core import Scorer, Strategy, hookimpl

from .shakiest_span import ShakiestSpan
from .strategy import Lookahead

__all__ = ["Lookahead", "ShakiestSpan", "register_scorers", "register_strategies"]


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register lookahead search."""
    return [Lookahead]


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the scorer of the shakiest span."""
    return [ShakiestSpan]
