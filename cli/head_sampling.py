"""Samples chains with hidden states for `reason train-head`; what is recorded is not sampled again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import ReasonError
from ..core.records import ModelInfo, Problem
from ..core.settings import Settings
from ..plugins.scorers.value_head.head import Binding
from ..store.database import open_database
from ..store.graded import Graded
from .assembly import Assembly, Wanted
from .head_chains import find
from .show.summary import Summary
from .solving import Output, model_file, opened, say


class ChainSampler:
    """What shall be sampled, and where it is recorded.

    Attributes:
        model: As much of it as a head is bound to; the file is not opened for that.
    """

    def __init__(self, wanted: Wanted, db: str | None) -> None:
        assembly = Assembly(wanted)
        file = model_file(wanted, assembly)
        self._wanted = wanted
        self._db = db
        self._plan = (
            wanted.strategy,
            assembly.strategy_options,
            assembly.sampling(file),
            wanted.limits,
            wanted.budget,
            wanted.seed,
        )
        self.model = ModelInfo(wanted.policy)
        if file is not None:
            self.model = ModelInfo(file.name, sha256=file.sha256, prompt_format=file.prompt.digest)

    def sample(self, problems: Sequence[Problem]) -> list[Graded]:
        """Sample the problems that are not recorded with these settings; return the searches of all of them.

        Raises:
            ReasonError: If it was interrupted; what was found is recorded.
        """
        known = {each.problem.text for each in self._recorded(problems)}
        missing = [problem for problem in problems if problem.text not in known]
        if len(missing) < len(problems):
            say(f"{len(problems) - len(missing)} of {len(problems)} problems are recorded already")
        if missing:
            self._sample(missing)
        return self._recorded(problems)

    def _recorded(self, problems: Sequence[Problem]) -> list[Graded]:
        database = open_database(self._db)
        try:
            found = find(database, Binding.of(self.model), problems)
            return [each for each in found if _plan_of(each.settings) == self._plan]
        finally:
            database.close()

    def _sample(self, problems: Sequence[Problem]) -> None:
        summary = Summary(len(problems))
        with opened(self._wanted, Output(db=self._db)) as session:
            for finished in session.solve(problems):
                summary.add(finished)
                say(summary.progress())
                if finished.search.error is not None:
                    index = finished.search.problem.index
                    say(f"reason: row {index + 1} failed and is left out: {finished.search.error}")
        n_whole = summary.n_done - summary.n_interrupted
        if n_whole < len(problems):
            raise ReasonError(
                f"{n_whole} of {len(problems)} problems were sampled to their end; they are recorded.",
                hint="The same command goes on from there.",
            )


def _plan_of(settings: Settings) -> tuple[Any, ...]:
    """Return what decides the chains, but for the model."""
    return (
        settings.strategy,
        settings.strategy_options,
        settings.sampling,
        settings.limits,
        settings.budget,
        settings.seed,
    )
