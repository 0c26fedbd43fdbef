"""Chains with hidden states for training heads; what is recorded is not sampled again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.assembly import SearchSide, asked_as
from ..core.records import ModelInfo, Problem, Sampling
from ..core.run_record import RunRecord
from ..core.spec import RunSpec
from ..plugins import registry
from ..plugins.models.transfer import Progress, silent
from ..plugins.scorers.value_head.head import Binding
from ..store.database import open_database
from ..store.graded import GradedSearch
from .head_chains import find
from .model_files import finder
from .result import Result
from .results import Results
from .session import open_session


class ChainSampler:
    """What shall be sampled, and where it is recorded.

    Attributes:
        model: As much of it as a head is bound to; the file is not opened for that.
    """

    def __init__(self, spec: RunSpec, *, db: str | None = None, progress: Progress = silent) -> None:
        self._spec = spec
        self._db = db
        self._progress = progress
        side = SearchSide(spec, registry())
        own = Sampling()
        self.model = ModelInfo(spec.policy)
        if registry().get("policy", spec.policy).takes_model:
            file = asked_as(spec, finder(progress)(spec.model))
            own = file.sampling
            self.model = ModelInfo(file.name, sha256=file.sha256, prompt_format=file.prompt.digest)
        self._plan = _plan_of(side.spec, side.spec.sampled_as(own, side.temperature))

    def recorded(self, problems: Sequence[Problem]) -> list[GradedSearch]:
        """Return the searches of these problems that are recorded as they would be sampled now."""
        with open_database(self._db) as database:
            found = find(database, Binding.of(self.model), problems)
            return [each for each in found if _plan_of_run(each.record) == self._plan]

    def missing(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return the problems that are not recorded so."""
        known = {each.problem.text for each in self.recorded(problems)}
        return [problem for problem in problems if problem.text not in known]

    def sample(self, problems: Sequence[Problem]) -> Results[Result]:
        """Sample problems; the session closes with its results."""
        session = open_session(self._spec, db=self._db, progress=self._progress)
        return session.solve(problems, closes_session=True)


def _plan_of_run(record: RunRecord) -> tuple[Any, ...]:
    return _plan_of(record.spec, record.sampling)


def _plan_of(spec: RunSpec, sampling: Sampling) -> tuple[Any, ...]:
    """Return what decides the chains, but for the model."""
    return spec.strategy, spec.strategy_options, sampling, spec.limits, spec.budget, spec.seed
