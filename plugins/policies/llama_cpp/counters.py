"""What an engine has done, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """What the engine has done.

    Attributes:
        n_decodes: Batches that were run.
        n_decoded: Tokens in them.
        n_sampled: Tokens that were sampled.
        width_sum: Branches that had all their tokens computed, summed over all decodes.
        n_preemptions: Branches that had to give up their cells and wait.
        max_cells: The most cells that were in use at once.
    """

    n_decodes: int = 0
    n_decoded: int = 0
    n_sampled: int = 0
    width_sum: int = 0
    n_preemptions: int = 0
    max_cells: int = 0
