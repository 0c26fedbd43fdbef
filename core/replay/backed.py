"""A policy and scorers of the record, which live ones may back."""

from __future__ import annotations

from ..kinds import Policy, Scorer
from ..records import ModelInfo, Problem, Prompt


class BackedPolicy(Policy):
    """What recorded policies leave to a live one.

    Args:
        live: Who answers what was not recorded, if anybody does.
    """

    def __init__(self, info: ModelInfo, live: Policy | None = None) -> None:
        self.info = info
        self.live = live
        self.takes_turns = live is None or live.takes_turns
        self.takes_beginnings = live is None or live.takes_beginnings

    def render(self, problem: Problem) -> Prompt:
        """Show a problem as the live policy does; a recorded search has its own prompt."""
        return self.live.render(problem) if self.live else Prompt("")

    def cut(self, search: int) -> None:
        """Let the live policy generate nothing more for a search."""
        if self.live is not None:
            self.live.cut(search)

    def release(self, search: int) -> None:
        """Forget a search that has ended."""
        if self.live is not None:
            self.live.release(search)

    def close(self) -> None:
        """Free the live model."""
        if self.live is not None:
            self.live.close()


class BackedScorer(Scorer):
    """What recorded scorers leave to a live one.

    Args:
        live: Who scores what was not recorded, if anybody does.
    """

    def __init__(self, name: str, live: Scorer | None = None) -> None:
        self.name = name
        self.live = live

    def cut(self, search: int) -> None:
        """Compute nothing more for a search."""
        if self.live is not None:
            self.live.cut(search)

    def close(self) -> None:
        """Free what the live scorer holds."""
        if self.live is not None:
            self.live.close()
