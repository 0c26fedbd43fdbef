"""Which model, strategy, number of samples, scorer and vote to use, by what was measured.

Nothing is extrapolated: what was not measured is not advised, and where a budget or a target lies beyond what
was measured, the advice says so.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...core.errors import UsageError
from ...core.records import Limits
from ...core.spec import DEFAULT_POLICY, RunSpec
from ...plugins import registry
from ...plugins.models.prompts import NAMED
from .cells import Cell
from .comparing import COST_NAMES, COSTS, Comparison, Cost, compare
from .plan import own_options


@dataclass(frozen=True, slots=True)
class Advice:
    """What to use.

    Attributes:
        runner_up: The best cell of another model, strategy or scorer that would do; None if there is none.
        lead: Of the choice over the runner-up.
        notes: What else a person should know, a sentence each.
    """

    cell: Cell
    cost: Cost
    runner_up: Cell | None
    lead: Comparison | None
    notes: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line that searches in this way."""
        return command_of(self.cell)


def advise(
    cells: Sequence[Cell],
    *,
    budget_flops: float | None = None,
    budget_seconds: float | None = None,
    target_accuracy: float | None = None,
    as_paper: bool = False,
    dataset: str | None = None,
) -> Advice:
    """Choose among measured cells: the most accurate one within a budget, or the cheapest one at a target.

    Args:
        budget_flops, budget_seconds: What a problem may take.
        target_accuracy: The share of right answers that is wanted, in (0, 1].
        as_paper: Count FLOPs as Wu et al. 2024 do, without prompts, attention and scorers.
        dataset: Of this data set; needed where cells are of several.

    Raises:
        UsageError: If nothing was measured that would do; says what comes nearest.
    """
    cost: Cost = "seconds" if budget_seconds is not None else "paper" if as_paper else "flops"
    mine = _of_dataset(cells, dataset)
    if target_accuracy is not None:
        budget = budget_seconds if budget_seconds is not None else budget_flops
        return _cheapest(mine, cost, target_accuracy, budget)
    if budget_flops is None and budget_seconds is None:
        raise UsageError("A budget of FLOPs or seconds for a problem, or a target accuracy, is wanted.")
    return _best(mine, cost, float(budget_flops if budget_flops is not None else budget_seconds or 0.0))


def _of_dataset(cells: Sequence[Cell], dataset: str | None) -> list[Cell]:
    known = sorted({cell.dataset for cell in cells})
    if dataset is None and len(known) > 1:
        raise UsageError(
            f"The study has several data sets: {', '.join(known)}.", hint="Name one with --dataset."
        )
    if dataset is not None and dataset not in known:
        raise UsageError(f"The study has no data set '{dataset}'; it has {', '.join(known) or 'none'}.")
    return [cell for cell in cells if dataset in (None, cell.dataset)]


def _best(cells: Sequence[Cell], cost: Cost, budget: float) -> Advice:
    of = COSTS[cost]
    affordable = [cell for cell in cells if of(cell) <= budget]
    if not affordable:
        cheapest = min(cells, key=of)
        raise UsageError(
            f"Nothing that was measured takes as little as {_amount(budget, cost)} a problem; the least is "
            f"{cheapest.name} with {_amount(of(cheapest), cost)}."
        )
    ranked = sorted(affordable, key=lambda cell: (-cell.accuracy.value, of(cell)))
    notes = []
    dearest = max(map(of, cells))
    if budget > dearest:
        notes.append(
            f"Nothing was measured that takes more than {_amount(dearest, cost)} a problem, so nobody "
            f"knows what {_amount(budget, cost)} could give."
        )
    return _advice(ranked, cost, notes)


def _cheapest(cells: Sequence[Cell], cost: Cost, target: float, budget: float | None) -> Advice:
    of = COSTS[cost]
    affordable = [cell for cell in cells if budget is None or of(cell) <= budget]
    reaching = [cell for cell in affordable if cell.accuracy.value >= target]
    if not reaching:
        best = max(affordable or cells, key=lambda cell: cell.accuracy.value)
        within = f" within {_amount(budget, cost)} a problem" if budget is not None else ""
        raise UsageError(
            f"Nothing that was measured is right in {target:.1%} of the problems{within}; the best is "
            f"{best.name} with {best.accuracy.value:.1%}."
        )
    ranked = sorted(reaching, key=lambda cell: (of(cell), -cell.accuracy.value))
    low = ranked[0].accuracy.low
    notes = (
        [f"Its accuracy may be as low as {low:.1%}: the lower bound is below the target."]
        if low < target
        else []
    )
    return _advice(ranked, cost, notes)


def _advice(ranked: Sequence[Cell], cost: Cost, notes: Sequence[str]) -> Advice:
    first = ranked[0]
    runner_up = next((cell for cell in ranked if cell.series != first.series), None)
    lead = compare(first, runner_up) if runner_up and set(first.problems) & set(runner_up.problems) else None
    return Advice(first, cost, runner_up, lead, tuple(notes))


def _amount(value: float, cost: Cost) -> str:
    return f"{value:.3g} s" if cost == "seconds" else f"{value:.3g} {COST_NAMES[cost]}"


def command_of(cell: Cell) -> str:
    """Return the command line that searches as a cell does; what is as by default is left out."""
    settings = cell.settings
    policy, model = settings.get("policy", ""), str(settings.get("model") or "")
    words = ["reason", "solve", "QUESTION"]
    words += ["--policy", policy] if policy and policy != DEFAULT_POLICY else []
    words += ["--model", model] if model and model != policy else []
    named = next((name for name, made in NAMED.items() if made().digest == settings.get("prompt_format")), "")
    words += ["--prompt", named] if named else []
    words += ["--strategy", cell.plugin]
    for name, value in _options(cell).items():
        words += ["-o", f"{name}={value}"]
    words += ["--scorer", cell.scorer] if cell.scorer else []
    words += ["--aggregate", settings["aggregation"]] if settings.get("aggregation", "last") != "last" else []
    words += ["--vote", cell.vote] if cell.vote != _own_vote(cell.plugin) else []
    temperature = settings.get("sampling", {}).get("temperature")
    words += ["--temperature", f"{temperature:g}"] if temperature else []
    limits = settings.get("limits", {})
    if limits.get("max_tokens") != Limits().max_tokens:
        words += ["--max-tokens", str(limits.get("max_tokens"))]
    return shlex.join(words)


def _options(cell: Cell) -> dict[str, Any]:
    """Return the options of a cell's strategy that are to be typed."""
    strategy = cell.settings.get("strategy", cell.plugin)
    if strategy != cell.plugin:  # votes over chains that another strategy asked for
        return {"width": cell.n}
    options = {**cell.settings.get("strategy_options", {})}
    size = registry().get("strategy", cell.plugin).sized(cell.n) if _is_known(cell.plugin) else {}
    spec = RunSpec(strategy=cell.plugin, strategy_options=options)
    own = own_options(spec) if _is_known(cell.plugin) else options
    return {**(size or {}), **own}


def _own_vote(strategy: str) -> str:
    return registry().get("strategy", strategy).vote if _is_known(strategy) else ""


def _is_known(strategy: str) -> bool:
    return strategy in registry().names("strategy")
