"""The policy 'completions' for reasontree."""

from __future__ import annotations

from collections.abc import Iterable

from reasontree.core import Policy, hookimpl

from .policy import CompletionsPolicy


@hookimpl
def register_policies() -> Iterable[type[Policy]]:
    """Register the policy."""
    return [CompletionsPolicy]
