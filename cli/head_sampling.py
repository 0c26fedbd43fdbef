"""Samples chains with hidden states for `reason train-head`; what is recorded is not sampled again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import ReasonError
from ..core.models import ModelFile
from ..core.records import ModelInfo, Problem
from ..core.run import Settings
from ..store.database import open_database
from ..store.graded import Graded
from .assembly import Assembly, Wanted
from .head_chains import Asked, find
from .solving import Output, model_file, opened, say
from .summary import Summary


def sample(wanted: Wanted, problems: Sequence[Problem], db: str | None) -> list[Graded]:
    """Sample the problems that are not recorded with these settings, and return the searches of all of them.

    Raises:
        ReasonError: If it was interrupted, or a search failed; what was found is recorded.
    """
    assembly = Assembly(wanted)
    file = model_file(wanted, assembly)
    missing = _missing(assembly, wanted, file, problems, db)
    if len(missing) < len(problems):
        say(f"{len(problems) - len(missing)} of {len(problems)} problems are recorded already")
    if missing:
        _sample(wanted, missing, db)
    return _recorded(assembly, wanted, file, problems, db)


def model_meant(wanted: Wanted) -> ModelInfo:
    """Return what a head is bound to, of the model that is meant, without opening it."""
    return _model_info(wanted, model_file(wanted, Assembly(wanted)))


def _model_info(wanted: Wanted, file: ModelFile | None) -> ModelInfo:
    if file is None:
        return ModelInfo(wanted.policy)
    return ModelInfo(file.name, sha256=file.sha256, prompt_format=file.prompt.digest)


def _sample(wanted: Wanted, problems: Sequence[Problem], db: str | None) -> None:
    summary = Summary(len(problems))
    with opened(wanted, Output(db=db)) as session:
        for finished in session.solve(problems):
            summary.add(finished)
            say(summary.progress())
            if finished.search.error is not None:
                say(f"reason: problem {finished.search.problem.index}: {finished.search.error}")
    n_whole = summary.n_done - summary.n_failed - summary.n_interrupted
    if n_whole < len(problems):
        raise ReasonError(
            f"{n_whole} of {len(problems)} problems were sampled to their end; they are recorded.",
            hint="The same command goes on from there.",
        )


def _missing(
    assembly: Assembly, wanted: Wanted, file: ModelFile | None, problems: Sequence[Problem], db: str | None
) -> list[Problem]:
    known = {each.problem.text for each in _recorded(assembly, wanted, file, problems, db)}
    return [problem for problem in problems if problem.text not in known]


def _recorded(
    assembly: Assembly, wanted: Wanted, file: ModelFile | None, problems: Sequence[Problem], db: str | None
) -> list[Graded]:
    """Return searches of these problems by this model under these very settings."""
    plan = (
        wanted.strategy,
        assembly.strategy_options,
        assembly.sampling(file),
        wanted.limits,
        wanted.budget,
        wanted.seed,
    )
    database = open_database(db)
    try:
        asked = Asked.of_model(_model_info(wanted, file))
        return [each for each in find(database, asked, problems) if _plan_of(each.settings) == plan]
    finally:
        database.close()


def _plan_of(settings: Settings) -> tuple[Any, ...]:
    return (
        settings.strategy,
        settings.strategy_options,
        settings.sampling,
        settings.limits,
        settings.budget,
        settings.seed,
    )
