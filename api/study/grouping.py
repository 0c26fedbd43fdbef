"""Recorded searches, put together where they are of one way of solving.

Searches count by what they are, whoever recorded them. Those of independent chains are one way of solving
whatever their strategy: every vote may look at all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import ReasonError
from ...core.records import BROKEN_OFF, Sampling
from ...core.run_record import RunRecord
from ...core.trace import Trace
from ...plugins import registry
from ...store.database import Database
from ...store.filters import Filters
from ...store.runs import record_of_run, traces_by_run
from ...store.stats import covered_seconds
from ...store.traces import load_trace
from .plan import is_independent

_FREE = ("seed", "n_active", "keeps_hidden", "model", "prompt")
_OF_CHAINS = ("strategy", "strategy_options", "vote", "vote_options", "scorers", "aggregation")


@dataclass(slots=True)
class SearchGroup:
    """Searches of one way of solving.

    Attributes:
        record: Of the first run among them.
        model: The model's name, with what tells this way of asking it from others of these searches.
        traces: By problem, in the order of the data set.
        votes: Those that the runs had.
        seconds: That the searches took, all together, on the machine that recorded them.
    """

    record: RunRecord
    dataset: str
    is_chains: bool
    model: str = ""
    traces: dict[tuple[str, str | None], list[Trace]] = field(default_factory=dict)
    votes: set[str] = field(default_factory=set)
    seconds: float = 0.0
    n_tokens: int = 0

    def searched(self) -> list[list[Trace]]:
        """Return the searches, problem by problem."""
        return list(self.traces.values())

    @property
    def seconds_per_token(self) -> float:
        """Of all that was under way together."""
        return self.seconds / self.n_tokens if self.n_tokens else 0.0

    def scorers(self) -> list[str]:
        """Return the scorers that have scored all of the searches, those that led first."""
        found = [trace.record.spec.scorers for traces in self.searched() for trace in traces]
        return [name for name in self.record.spec.scorers if all(name in scorers for scorers in found)]

    def add(self, database: Database, traces: Sequence[Trace]) -> None:
        """Add searches of one run."""
        for trace in traces:
            self.traces.setdefault((trace.problem.text, trace.problem.gold), []).append(trace)
        self.seconds += covered_seconds(database, [trace.id for trace in traces])
        self.n_tokens += sum(trace.tokens.generated for trace in traces)


def groups_of(database: Database, filters: Filters) -> list[SearchGroup]:
    """Read searches that came to an end of their own, of problems with right answers.

    Raises:
        StoreError: If a trace cannot be read.
    """
    groups: dict[str, SearchGroup] = {}
    for run, names in traces_by_run(database, (), filters).items():
        record = record_of_run(database, run)
        is_chains = _is_chains(record)
        by_dataset: dict[str, list[Trace]] = {}
        for trace in (load_trace(database, name) for name in names):
            if trace.stopped not in (None, *BROKEN_OFF) and trace.problem.gold is not None:
                by_dataset.setdefault(trace.problem.dataset, []).append(trace)
        for dataset, traces in by_dataset.items():
            key = _key(record, dataset, is_chains=is_chains)
            group = groups.setdefault(key, SearchGroup(record, dataset, is_chains))
            group.votes.add(record.spec.vote)
            group.add(database, traces)
    for group in groups.values():
        group.traces = dict(sorted(group.traces.items(), key=lambda item: item[1][0].problem.index))
    _tell_models_apart(groups.values())
    return list(groups.values())


def _is_chains(record: RunRecord) -> bool:
    try:
        return is_independent(record.spec)
    except ReasonError:  # a strategy that is not installed here: its trees are still trees
        return False


def _key(record: RunRecord, dataset: str, *, is_chains: bool) -> str:
    """Return what all searches of one way of solving have in common."""
    free = {*_FREE, *(_OF_CHAINS if is_chains else ())}
    free |= {"policy_options"} if _runs_on_hardware(record) else set()
    kept = {name: value for name, value in record.spec.to_dict(whole=True).items() if name not in free}
    model, leads = record.model, "" if is_chains else record.spec.scorer
    return json.dumps([kept, leads, model.name, model.sha256, model.prompt_format, dataset], sort_keys=True)


def _runs_on_hardware(record: RunRecord) -> bool:
    """Whether a policy's options say how it uses the machine, which decides no tree."""
    plugins = registry()
    return (
        record.spec.policy in plugins.names("policy")
        and plugins.get("policy", record.spec.policy).takes_model
    )


def _tell_models_apart(groups: Iterable[SearchGroup]) -> None:
    """Name each group's model, with what is not the same in all groups of this model."""
    groups = list(groups)
    for group in groups:
        alike = [_asked(each.record) for each in groups if each.record.model.name == group.record.model.name]
        own = _asked(group.record)
        differing = [name for name in own if len({each[name] for each in alike if name in each}) > 1]
        said = ", ".join(f"{name} {own[name]}" for name in differing)
        group.model = f"{group.record.model.name} ({said})" if said else group.record.model.name


def _asked(record: RunRecord) -> Mapping[str, str]:
    """Return how a model was asked, in words."""
    spec = record.spec.to_dict(whole=True)
    found: dict[str, Any] = {"file": record.model.sha256[:8], "prompt": record.model.prompt_format[:8]}
    found |= {name: value for name, value in spec["sampling"].items() if name in Sampling.__slots__}
    if record.spec.strategy == "greedy":  # its temperature is its own
        del found["temperature"]
    found |= spec["limits"]
    if not _runs_on_hardware(record):
        found |= spec["policy_options"]
    return {name: str(value) for name, value in found.items()}
