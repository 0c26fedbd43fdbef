"""What shall run: one specification, from the command line, a file, a recorded run or a study alike."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, field_validator

from .errors import UsageError
from .options import Options, parse
from .prompt_changes import FIELDS, check_prompt
from .records import Budget, Limits, Sampling
from .value_files import is_toml, read_values

DEFAULT_POLICY, DEFAULT_GRADER = "llama-cpp", "math"
_SAMPLING = tuple(field.name for field in fields(Sampling))
_NAMED = ("strategy", "policy", "vote", "grader")  # what has options of its own, under `<name>_options`

Given = dict[Any, Any]
"""Options by name. Names and values of any text are let through, lone surrogates of file names included."""


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text is wanted, and {value!r:.60} came")
    return value


AnyText = Annotated[str, PlainValidator(_any_text)]
"""A text that pydantic does not look into, since a path may not be UTF-8."""


class RunSpec(Options):
    """What shall run. Empty texts and mappings leave a choice to the plugins.

    It is frozen; `changed` makes another one. Options are values as JSON knows them, or texts as the command
    line gives them; a plugin checks its own when the run is opened.
    """

    strategy: str = Field(default="", description="Which strategy searches; empty takes the model's best.")
    strategy_options: Given = Field(default={}, description="Its options by name.")
    model: AnyText = Field(
        default="", description="A catalog's name, a GGUF file's path, a server's address."
    )
    policy: str = Field(default=DEFAULT_POLICY, description="Which policy proposes steps.")
    policy_options: Given = Field(default={}, description="Its options by name.")
    scorers: dict[str, Given] = Field(default={}, description="Options by scorer; the first one leads.")
    scorer_options: dict[str, Given] = Field(
        default={}, description="More options by scorer; those under an empty name are the leading one's."
    )
    vote: str = Field(default="", description="Which vote decides; empty takes the strategy's own.")
    vote_options: Given = Field(default={}, description="Its options by name.")
    grader: str = Field(default=DEFAULT_GRADER, description="Which grader reads and compares answers.")
    grader_options: Given = Field(default={}, description="Its options by name.")
    aggregation: Literal["last", "min", "prod", "mean"] = Field(
        default="last", description="How the scores of its steps make a solution's score."
    )
    sampling: dict[str, int | float] = Field(
        default={}, description=f"What is other than the model's own: {', '.join(_SAMPLING)}."
    )
    prompt: Given = Field(
        default={}, description=f"What is other than the model's own prompt format: {', '.join(FIELDS)}."
    )
    limits: Limits = Field(
        default=Limits(), description="When a branch counts as finished without an answer."
    )
    budget: Budget = Field(default=Budget(), description="What each search may spend.")
    seed: int = Field(default=0, ge=0, description="Everything random follows from it.")
    keeps_hidden: bool = Field(default=False, description="Record the policy's hidden states.")
    n_active: int = Field(default=64, ge=1, le=65536, description="Searches under way at once.")

    @field_validator("scorers", mode="before")
    @classmethod
    def _name_scorers(cls, given: Any) -> Any:
        """Take a name, or a list of names, for scorers with their options as by default."""
        names = [given] if isinstance(given, str) else given
        return {name: {} for name in names} if isinstance(names, list | tuple) else given

    @field_validator("sampling")
    @classmethod
    def _check_sampling(cls, values: dict[str, int | float]) -> dict[str, int | float]:
        for name, value in values.items():
            if name not in _SAMPLING:
                raise ValueError(f"sampling knows {', '.join(_SAMPLING)}, and not '{name}'")
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} takes a number of 0 or more, and {value} came")
        return values

    @field_validator("prompt")
    @classmethod
    def _check_prompt(cls, values: Given) -> Given:
        return check_prompt(values)

    @field_validator("limits", "budget")
    @classmethod
    def _check_amounts(cls, values: Any) -> Any:
        for name, value in asdict(values).items():
            if value is not None and (not math.isfinite(value) or value <= 0):
                raise ValueError(f"{name} takes a number above 0, and {value} came")
        return values

    @property
    def scorer(self) -> str:
        """The scorer that leads; empty where none is named."""
        return next(iter(self.scorers), "")

    def sampled_as(self, own: Sampling, temperature: float | None = None) -> Sampling:
        """Return a model's own sampling as strategy and spec change it.

        Args:
            temperature: What the strategy cannot do without.
        """
        if temperature is not None:
            own = replace(own, temperature=temperature)
        given = {name: type(getattr(own, name))(value) for name, value in self.sampling.items()}
        return replace(own, **given)

    def changed(self, **changes: Any) -> Self:
        """Return a spec with some fields changed.

        Options, sampling, prompt, limits and budget are added to those that are there. But another plugin has
        its own options, and another strategy its own vote unless one is named.

        Raises:
            UsageError: If a field is unknown or a value is wrong.
        """
        values = self.to_dict(whole=True)
        for name in _NAMED:
            options = f"{name}_options"
            kept = values[options] if changes.get(name, values[name]) == values[name] else {}
            if name in changes or options in changes:
                values[options] = {**kept, **(changes.pop(options, None) or {})}
        for name in ("sampling", "prompt", "limits", "budget"):
            if isinstance(changes.get(name), Mapping):
                changes[name] = {**values[name], **changes[name]}
        if changes.get("strategy", self.strategy) != self.strategy and "vote" not in changes:
            values |= {"vote": "", "vote_options": {}}
        return self.of(values | changes)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make a spec of plain values, such as those of a file.

        Raises:
            UsageError: Naming the field, what was wanted and what came.
        """
        return parse("a run's specification", cls, values)

    def to_dict(self, *, whole: bool = False) -> dict[str, Any]:
        """Return it as JSON knows it; only what is not as by default, unless the `whole` is wanted."""
        found = {name: _plain(getattr(self, name)) for name in type(self).model_fields}
        known = (
            {} if whole else {name: _plain(field.default) for name, field in type(self).model_fields.items()}
        )
        return {name: value for name, value in found.items() if whole or value != known[name]}

    def write(self, path: str | Path) -> None:
        """Write it to a file of JSON, or of TOML where the name ends with `.toml`.

        Raises:
            UsageError: If the file cannot be written.
        """
        import tomli_w

        path, values = Path(path), _without_none(self.to_dict())
        text = tomli_w.dumps(values) if is_toml(path) else json.dumps(values, indent=2) + "\n"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read it back.

        Raises:
            UsageError: If the file cannot be read, or does not hold a specification.
        """
        return cls.of(read_values(Path(path), "a run's specification"))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def _without_none(value: Any) -> Any:
    """Leave out what is None, which TOML cannot hold and a spec has by default."""
    if not isinstance(value, dict):
        return value
    return {name: _without_none(each) for name, each in value.items() if each is not None}
