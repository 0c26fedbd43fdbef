"""What a run was searched with, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .records import Budget, Limits, ModelInfo, Sampling


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a run's trees, in a form that can be stored and rebuilt.

    Attributes:
        strategy_options, policy_options, grader_options: By option name, values as JSON knows them.
        scorers: Options by scorer; the first one leads the search.
        version: Of reasontree.
        libraries: Versions of the packages that decide what a model says and how it is graded.
        keeps_hidden: Whether the policy's hidden states are recorded too; a replay needs none.
    """

    strategy: str
    policy: str
    model: ModelInfo
    grader: str
    vote: str
    aggregation: str
    seed: int
    version: str
    strategy_options: Mapping[str, Any] = field(default_factory=dict)
    policy_options: Mapping[str, Any] = field(default_factory=dict)
    grader_options: Mapping[str, Any] = field(default_factory=dict)
    scorers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    libraries: Mapping[str, str] = field(default_factory=dict)
    keeps_hidden: bool = False
