"""What a study compares: models × strategies × numbers of samples, and whatever else is crossed with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationInfo, field_validator

from ...core.errors import UsageError
from ...core.options import Options, parse
from ...core.records import Problem
from ...core.value_files import read_values
from ..problems import read_problems

Table = dict[Any, Any]
_NAMED = {"data": "data", "models": "model", "strategies": "strategy", "scorers": "scorer"}


class StudyData(Options):
    """Problems of a study."""

    data: str = Field(description="A data set's name or a file of rows.")
    offset: int = Field(default=0, ge=0, description="Rows to skip.")
    limit: int | None = Field(default=None, ge=1, description="Rows to take.")
    shuffle_seed: int | None = Field(
        default=None, ge=0, description="Shuffle the rows before, with this seed."
    )
    fields: dict[str, str] = Field(default={}, description="Where the rows have question and gold.")

    def problems(self) -> list[Problem]:
        """Read the problems.

        Raises:
            UsageError: If they cannot be read, or one has no right answer to compare with.
        """
        found = read_problems(
            self.data,
            offset=self.offset,
            limit=self.limit,
            shuffle_seed=self.shuffle_seed,
            fields=self.fields,
        )
        ungraded = next((each for each in found if each.gold is None), None)
        if ungraded is not None:
            raise UsageError(
                f"{self.data}, problem {ungraded.index + 1}: a study compares with right answers, and this "
                "one has none."
            )
        return found


class StudySpec(Options):
    """What a study compares. Each list is crossed with the others.

    `models`, `strategies`, `scorers`, `budgets` and `common` say parts of a run's specification, in the
    words of `reasontree.open`: `{model = "mine.gguf", temperature = 0.6}`, `{strategy = "rebase",
    allocation = "exact"}`, `{budget_tokens = 2000}`. A text stands for a name alone. A strategy may have
    `samples`, and `models` (names), of its own.
    """

    data: tuple[StudyData, ...] = Field(min_length=1, description="Data sets.")
    models: tuple[Table, ...] = Field(default=({},), min_length=1, description="Models, and how to ask them.")
    strategies: tuple[Table, ...] = Field(min_length=1, description="Strategies with their options.")
    samples: tuple[int, ...] = Field(
        default=(1, 2, 4, 8, 16), min_length=1, description="Solutions that each strategy looks for."
    )
    scorers: tuple[Table, ...] = Field(default=({},), min_length=1, description="Scorers that lead.")
    votes: tuple[str, ...] = Field(
        default=("",), min_length=1, description="Votes; an empty name is each strategy's own."
    )
    budgets: tuple[Table, ...] = Field(default=({},), min_length=1, description="What each search may spend.")
    seeds: tuple[int, ...] = Field(
        default=(), description="Each is a study of its own; that of the runs if empty."
    )
    common: Table = Field(default={}, description="What all runs share.")

    @field_validator("*", mode="before")
    @classmethod
    def _as_list(cls, given: Any, info: ValidationInfo) -> Any:
        """Take one thing for a list of it, and a text for the name of what the list is of."""
        listed = [given] if isinstance(given, str | int | Mapping) and info.field_name != "common" else given
        name = _NAMED.get(info.field_name or "")
        if name is None or not isinstance(listed, list | tuple):
            return listed
        return [{name: each} if isinstance(each, str) else each for each in listed]

    @field_validator("samples")
    @classmethod
    def _check_samples(cls, given: tuple[int, ...]) -> tuple[int, ...]:
        return _checked_samples(given)

    @field_validator("strategies")
    @classmethod
    def _check_strategies(cls, given: tuple[Table, ...]) -> tuple[Table, ...]:
        return tuple(_checked_strategy(each) for each in given)

    def all_samples(self) -> tuple[int, ...]:
        """Return the numbers of samples of all strategies."""
        own = (n for each in self.strategies for n in each.get("samples", ()))
        return tuple(sorted({*self.samples, *own}))

    def own_votes(self) -> tuple[str, ...]:
        """Return the votes that are named."""
        return tuple(vote for vote in self.votes if vote)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make it of plain values, such as those of a file.

        Raises:
            UsageError: Naming the field, what was wanted and what came.
        """
        return parse("a study", cls, values)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read it from a file of TOML or JSON. Paths of data in it begin at the file's folder.

        Raises:
            UsageError: If the file cannot be read, or does not hold a study.
        """
        path = Path(path)
        spec = cls.of(read_values(path, "a study"))
        data = tuple(each.model_copy(update={"data": _beside(path, each.data)}) for each in spec.data)
        return spec.model_copy(update={"data": data})


def _checked_samples(given: Any) -> tuple[int, ...]:
    listed = [given] if isinstance(given, int) else given
    for each in listed if isinstance(listed, list | tuple) else [listed]:
        if not isinstance(each, int) or isinstance(each, bool) or each < 1:
            raise ValueError(f"a number of samples is 1 or more, and {each!r} came")
    if not listed:
        raise ValueError("a number of samples is wanted, and none came")
    return tuple(listed)


def _checked_strategy(given: Table) -> Table:
    """Check what a strategy's table has besides fields of a run's specification."""
    found = dict(given)
    if "samples" in found:
        found["samples"] = _checked_samples(found["samples"])
    if "models" in found:
        models = [found["models"]] if isinstance(found["models"], str) else found["models"]
        if not isinstance(models, list | tuple) or not all(isinstance(each, str) for each in models):
            raise ValueError(f"the models of a strategy are a list of names, and {found['models']!r} came")
        found["models"] = tuple(models)
    return found


def _beside(path: Path, data: str) -> str:
    """Return a file of rows as seen from here; a data set's name stays."""
    found = path.parent / data
    return str(found) if not Path(data).is_absolute() and found.is_file() else data
