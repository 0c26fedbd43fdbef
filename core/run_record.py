"""What a run was searched with, as the store keeps it: a spec with nothing left to choose, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .records import ModelInfo, Sampling
from .spec import RunSpec


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything that decided a run's trees.

    Attributes:
        spec: With all names, options and sampling that were chosen where the user left them open.
        model: The model that proposed the steps.
        version: Of reasontree.
        libraries: Versions of the packages that decide what a model says and how it is graded.
    """

    spec: RunSpec
    model: ModelInfo
    version: str
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def sampling(self) -> Sampling:
        """How the policy sampled."""
        return self.spec.sampled_as(Sampling())

    def to_dict(self) -> dict[str, Any]:
        """Return it as databases and exported files hold it: the spec's fields beside the others."""
        spec = self.spec.to_dict(whole=True)
        spec["asked_model"] = spec.pop("model")
        libraries = dict(self.libraries)
        return spec | {"model": asdict(self.model), "version": self.version, "libraries": libraries}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> RunRecord:
        """Make it of its stored form.

        Raises:
            KeyError: If something is missing.
            TypeError: If the model has a field that this version does not know.
            UsageError: If the spec has one.
        """
        values, model = dict(stored), ModelInfo(**stored["model"])
        version, libraries = values.pop("version"), values.pop("libraries", {})
        values["model"] = values.pop("asked_model", model.path or model.name)
        return cls(RunSpec.of(values), model, version, libraries)
