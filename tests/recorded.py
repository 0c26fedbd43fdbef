"""Records of runs, as tests make them."""

from dataclasses import replace

from reasontree.core.records import ModelInfo
from reasontree.core.run_record import RunRecord
from reasontree.core.spec import RunSpec


def record_of(policy="simulated", *, model=None, version="0", **spec):
    """Make a run's record of some fields of its spec."""
    named = {"strategy": "scripted", "grader": "plain", "vote": "counting"} | spec
    return RunRecord(RunSpec(policy=policy, **named), model or ModelInfo(policy), version)


def respec(record, *, model=None, **changes):
    """Change fields of a record's spec, unchecked, or its model."""
    spec = record.spec.model_copy(update=changes)
    return replace(record, spec=spec, model=model or record.model)
