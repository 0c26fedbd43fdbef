"""What runs where a spec names no strategy: the one that was measured best for its model and scorer."""

from __future__ import annotations

from pathlib import Path

from ..core.assembly import DEFAULT_STRATEGY
from ..core.errors import UsageError
from ..core.models import ModelEntry, Recommendation
from ..core.prompt_changes import changed_prompt
from ..core.spec import RunSpec
from ..plugins import registry


def choose(spec: RunSpec) -> tuple[RunSpec, str]:
    """Return a spec that names its strategy, and a line that says why it is this one.

    The line is empty where the spec named it already. The spec's own options and vote go before the
    measured ones.

    Raises:
        UsageError: If the chosen strategy does not have one of the spec's options.
    """
    if spec.strategy:
        return spec, ""
    best = recommendation(spec)
    _check_options(spec, best)
    chosen = spec.model_copy(
        update={
            "strategy": best.strategy,
            "strategy_options": {**best.options, **spec.strategy_options},
            "vote": spec.vote or best.vote,
        }
    )
    options = "".join(f", {name} {value}" for name, value in chosen.strategy_options.items())
    why = best.measured or "nothing was measured for this model, asked and scored in this way"
    return chosen, f"{best.strategy}{options}: {why}; see docs/strategies.md"


def _check_options(spec: RunSpec, best: Recommendation) -> None:
    plugins = registry()
    known = plugins.get("strategy", best.strategy).Options.model_fields
    for name in (each for each in spec.strategy_options if each not in known):
        having = [each.name for each in plugins.all("strategy") if name in each.Options.model_fields]
        if having:  # a slip of the pen is answered with the nearest name, where options are parsed
            raise UsageError(
                f"No strategy was named, and '{best.strategy}', which was chosen, has no option '{name}'.",
                hint=f"Name one that has it: {', '.join(having)}.",
            )


def recommendation(spec: RunSpec) -> Recommendation:
    """Return what the catalog recommends for a spec's model, prompt and scorer, or else what loses least."""
    entry = _entry(spec)
    if entry is not None:
        asked = (spec.scorer, _prompt(spec, entry))
        for best in entry.best:
            if (best.scorer, best.prompt) == asked:
                return best
    return Recommendation(DEFAULT_STRATEGY)


def _prompt(spec: RunSpec, entry: ModelEntry) -> str:
    """Return the digest of the format by which the model is asked; empty if it is the model's own."""
    asked = changed_prompt(entry.prompt, spec.prompt, f"'{entry.name}'")
    return "" if asked == entry.prompt else asked.digest


def _entry(spec: RunSpec) -> ModelEntry | None:
    """Return the catalog's entry of a spec's model, known by its name alone: no file is opened."""
    from ..plugins.models.catalog import DEFAULT_MODEL
    from ..plugins.models.resolve import recognise

    if not registry().get("policy", spec.policy).takes_model:
        return None
    name = spec.model or DEFAULT_MODEL
    if name in registry().names("model"):
        entry: ModelEntry = registry().get("model", name)
        return entry
    return recognise(Path(name), registry())
