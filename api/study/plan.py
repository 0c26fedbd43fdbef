"""From what a study compares to what must be searched.

A cell is one way of solving one data set. Many cells need no searches of their own: a run with n independent
chains is a part of one with more, every vote may look at the same solutions, and pass@n, the oracle and a
random choice come with them. Only trees are grown for each cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from ...core.assembly import ModelSide, SearchSide
from ...core.errors import UnknownNameError, UsageError
from ...core.spec import RunSpec
from ...plugins import registry
from ..arguments import spec_of
from ..choosing import choose
from ..session import FIXED
from .spec import StudyData, StudySpec, Table

_OWN = ("samples", "models")  # what a strategy's table has besides fields of a run's specification
_TOLD = "reliability"  # an option that the scorer tells
_DECIDED_LATER = ("vote", "vote_options", "aggregation")  # what only looks at solutions that are there
_OF_STRATEGY = ("strategy", "strategy_options")
_OF_SCORERS = ("scorers", "scorer_options")


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One way of solving one data set.

    Attributes:
        n_samples: Solutions that it looks for.
    """

    data: StudyData
    spec: RunSpec
    n_samples: int

    @property
    def name(self) -> str:
        """What it is called before a person."""
        spec = self.spec
        words = [spec.model or spec.policy, label_of(spec), f"n={self.n_samples}"]
        words += [f"scorer {spec.scorer}"] if spec.scorer else []
        words += [f"vote {spec.vote}"] if spec.vote else []
        words += [f"seed {spec.seed}"] if spec.seed else []
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """Searches that must be there; all of its cells follow from them.

    Attributes:
        cells: The widest first, whose searches they are.
    """

    spec: RunSpec
    cells: tuple[PlannedCell, ...]

    @property
    def data(self) -> StudyData:
        """The problems."""
        return self.cells[0].data

    @property
    def n_samples(self) -> int:
        """Solutions that each search looks for."""
        return self.cells[0].n_samples

    @property
    def name(self) -> str:
        """What it is called before a person."""
        return self.cells[0].name


def plan(spec: StudySpec) -> list[PlannedRun]:
    """Return what must be searched, model by model, so that each is opened once.

    Raises:
        UsageError: If a name, an option or a field is wrong.
    """
    groups: dict[str, list[PlannedCell]] = {}
    for cell in cells_of(spec):
        groups.setdefault(_key(cell), []).append(cell)
    runs = [_run(cells) for cells in groups.values()]
    opened = {model_key(run.spec): place for place, run in reversed(list(enumerate(runs)))}
    return sorted(runs, key=lambda run: opened[model_key(run.spec)])


def cells_of(study: StudySpec) -> list[PlannedCell]:
    """Return all cells, each once.

    Raises:
        UsageError: If a name, an option or a field is wrong.
    """
    found: dict[str, PlannedCell] = {}
    for cell in _cells(study):
        found.setdefault(_text([cell.data.model_dump(), cell.spec.to_dict(), cell.spec.scorer]), cell)
    if not found:
        raise UsageError("The study has no cells: no strategy looks for so many samples with these models.")
    return list(found.values())


def is_independent(spec: RunSpec) -> bool:
    """Whether a spec's solutions are independent chains, of which fewer are a part of more."""
    strategy = registry().get("strategy", spec.strategy)
    return bool(strategy.is_independent) and spec.budget == RunSpec().budget


def label_of(spec: RunSpec) -> str:
    """Return a strategy's name with its budget and the options that are not as by default, but its size."""
    said = [f"{name}={value}" for name, value in own_options(spec).items()]
    budget = asdict(spec.budget).items()
    return " ".join([spec.strategy, *said, *(f"budget_{name}={value:g}" for name, value in budget if value)])


def own_options(spec: RunSpec) -> dict[str, Any]:
    """Return the strategy's options that are other than by default, apart from its size."""
    plugins = registry()
    if spec.strategy not in plugins.names("strategy"):
        return {}
    strategy = plugins.get("strategy", spec.strategy)
    default = strategy.Options().model_dump(mode="json")
    passed_over = {_TOLD, *(strategy.sized(1) or strategy.sized(2) or {})}
    options = strategy.Options.model_validate(spec.strategy_options).model_dump(mode="json")
    return {
        name: value
        for name, value in options.items()
        if name not in passed_over and value != default.get(name)
    }


def _cells(study: StudySpec) -> Iterator[PlannedCell]:
    for model in study.models:
        asked = spec_of(spec_of(RunSpec(), study.common), model)
        for strategy in study.strategies:
            if not _is_for(strategy, asked.model, study):
                continue
            for n, sized in _sizes(asked, strategy, strategy.get("samples", study.samples)):
                seeds = study.seeds or (sized.seed,)
                crossed = product(study.data, study.scorers, study.votes, study.budgets, seeds)
                for data, scorer, vote, budget, seed in crossed:
                    yield PlannedCell(data, _crossed(sized, scorer, vote, budget, seed), n)


def _is_for(strategy: Table, model: str, study: StudySpec) -> bool:
    """Whether a strategy is compared with this model."""
    only = strategy.get("models")
    if only is None:
        return True
    known = [each.get("model", "") for each in study.models]
    for name in only:
        if name not in known:
            raise UnknownNameError("model of the study called", name, known)
    return model in only


def _sizes(asked: RunSpec, strategy: Table, samples: Sequence[int]) -> list[tuple[int, RunSpec]]:
    """Return the specs of a strategy by the solutions that it looks for; one that finds one has that."""
    found = [(n, sized) for n in samples if (sized := _sized(asked, strategy, n))]
    single = None if found else _sized(asked, strategy, 1)
    return found if single is None else [(1, single)]


def _sized(asked: RunSpec, strategy: Table, n_samples: int) -> RunSpec | None:
    """Return the spec of a strategy that looks for so many solutions; None if it cannot."""
    fields = {name: value for name, value in strategy.items() if name not in _OWN}
    spec, _ = choose(spec_of(asked, fields))
    plugin = registry().get("strategy", spec.strategy)
    size = plugin.sized(n_samples)
    if size is None:
        return None
    if plugin.temperature is not None and "temperature" not in fields:  # greedy is greedy at any model's own
        sampling = {name: value for name, value in spec.sampling.items() if name != "temperature"}
        spec = spec.model_copy(update={"sampling": sampling})
    sized = spec.changed(strategy_options={**size, **spec.strategy_options})
    SearchSide(sized, registry())  # names and options are checked before any model is opened
    ModelSide(sized, registry())
    return sized


def _crossed(spec: RunSpec, scorer: Table, vote: str, budget: Table, seed: int) -> RunSpec:
    changes: dict[str, Any] = {**scorer, **({"vote": vote} if vote else {}), **budget, "seed": seed}
    crossed = spec_of(spec, changes)
    SearchSide(crossed, registry())
    ModelSide(crossed, registry())
    return crossed


def _key(cell: PlannedCell) -> str:
    """Return what all cells have in common that follow from the same searches."""
    values = _without(cell.spec.to_dict(whole=True), _DECIDED_LATER) | {"leads": cell.spec.scorer}
    if is_independent(cell.spec):
        has_scorers = bool(cell.spec.scorers)  # a model's own default one is known when it is open
        values = {**_without(values, (*_OF_STRATEGY, *_OF_SCORERS, "leads")), "has_scorers": has_scorers}
    return _text({"data": cell.data.model_dump(), "spec": values})


def _run(cells: Sequence[PlannedCell]) -> PlannedRun:
    """Return the run that all of some cells follow from: the widest one's, with the scorers of all."""
    ranked = sorted(cells, key=lambda cell: -cell.n_samples)
    widest = ranked[0].spec
    scorers = {name: options for cell in ranked for name, options in reversed(cell.spec.scorers.items())}
    leading = {**widest.scorers, **{name: scorers[name] for name in scorers if name not in widest.scorers}}
    spec = widest if leading == widest.scorers else widest.changed(scorers=leading)
    return PlannedRun(spec, tuple(ranked))


def model_key(spec: RunSpec) -> str:
    """Return what decides which session a run needs."""
    return _text([spec.scorer, {name: spec.to_dict(whole=True)[name] for name in FIXED}])


def _without(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _text(values: Any) -> str:
    return json.dumps(values, sort_keys=True, default=str)
