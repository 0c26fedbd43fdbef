"""What some recorded searches come to, as values: cells, limits, frontiers and what can be said of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .cells import Cell, Limit
from .comparing import COSTS, Comparison, Cost, Findings, frontier


@dataclass(frozen=True)
class StudySummary:
    """What some recorded searches come to.

    Attributes:
        name: What it is called.
        cells: Every way of solving that was recorded or is implied.
        limits: What votes come to with endless samples.
    """

    name: str
    cells: tuple[Cell, ...]
    limits: tuple[Limit, ...]

    @cached_property
    def findings(self) -> Findings:
        """What can be said of the cells."""
        return Findings(self.cells)

    def frontier(self, cost: Cost = "flops") -> list[Cell]:
        """Return the cells that no other one beats at no more compute, cheapest first."""
        return frontier(self.cells, cost)

    def sentences(self) -> dict[str, list[str]]:
        """Return all comparisons in words, by what they ask."""
        asked: dict[str, Sequence[Comparison]] = {
            "Search against sampling, one model, equal samples": self.findings.within_models,
            "A smaller model against a larger one, at no more compute": self.findings.across_models,
            "Twice as many samples": self.findings.saturation,
        }
        return {title: [each.sentence for each in found] for title, found in asked.items() if found}

    def rows(self) -> list[dict[str, Any]]:
        """Return a flat row for each cell."""
        on_frontier = {cost: {id(cell) for cell in self.frontier(cost)} for cost in COSTS}
        return [
            cell.to_dict() | {f"frontier_{cost}": id(cell) in found for cost, found in on_frontier.items()}
            for cell in self.cells
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        return {
            "name": self.name,
            "cells": self.rows(),
            "limits": [asdict(each) | {"accuracy": each.accuracy._asdict()} for each in self.limits],
            "findings": self.sentences(),
        }

    def to_json(self) -> str:
        """Return everything as a JSON object."""
        return json.dumps(self.to_dict(), indent=2) + "\n"
