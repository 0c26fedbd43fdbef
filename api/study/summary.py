"""What some recorded searches come to, as values: cells, limits, frontiers and what can be said of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .cells import Cell, Limit
from .comparing import COSTS, Comparison, Cost, across_models, frontier, saturation, votes, within_models


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

    def frontier(self, cost: Cost = "flops") -> list[Cell]:
        """Return the cells that no other one beats at no more compute, cheapest first."""
        return frontier(self.cells, cost)

    @cached_property
    def comparisons(self) -> dict[str, list[Comparison]]:
        """All comparisons, by what they ask; what nothing can be compared for is left out."""
        asked = {
            "Search against sampling, one model, equal samples": within_models(self.cells),
            "A smaller model against a larger one, at no more compute": across_models(self.cells),
            "Votes over the same samples": votes(self.cells),
            "Twice as many samples": saturation(self.cells),
        }
        return {title: made for title, found in asked.items() if (made := list(found))}

    def sentences(self) -> dict[str, list[str]]:
        """Return all comparisons in words, by what they ask."""
        return {title: [each.sentence for each in found] for title, found in self.comparisons.items()}

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
