"""A policy and scorers of the record, which live ones may back."""

from __future__ import annotations

from typing import Generic, TypeVar

from ..kinds import Policy, Scorer
from ..records import ModelInfo, Problem, Prompt

LiveT = TypeVar("LiveT", Policy, Scorer)


class _Backed(Generic[LiveT]):
    """Hands on what a live plugin has to know of.

    Attributes:
        live: Who answers what was not recorded, if anybody does.
    """

    live: LiveT | None

    def cut(self, search: int) -> None:
        """Let the live one compute nothing more for a search."""
        if self.live is not None:
            self.live.cut(search)

    def close(self) -> None:
        """Free what the live one holds."""
        if self.live is not None:
            self.live.close()


class BackedPolicy(_Backed[Policy], Policy):
    """What recorded policies leave to a live one."""

    def __init__(self, info: ModelInfo, live: Policy | None = None) -> None:
        self.info = info
        self.live = live
        self.takes_turns = live is None or live.takes_turns
        self.takes_beginnings = live is None or live.takes_beginnings

    def render(self, problem: Problem) -> Prompt:
        """Show a problem as the live policy does; a recorded search has its own prompt."""
        return self.live.render(problem) if self.live else Prompt("")

    def release(self, search: int) -> None:
        """Forget a search that has ended."""
        if self.live is not None:
            self.live.release(search)


class BackedScorer(_Backed[Scorer], Scorer):
    """What recorded scorers leave to a live one."""

    def __init__(self, name: str, live: Scorer | None = None) -> None:
        self.name = name
        self.live = live
