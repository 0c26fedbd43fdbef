"""The house's own plugins keep the contracts that strangers' plugins are held to."""

from typing import Literal, get_args, get_origin

import pytest
from reasontree.core.models import ModelFile
from reasontree.core.testing import (
    GraderContract,
    PolicyContract,
    Reasoner,
    ScorerContract,
    StrategyContract,
    VoteContract,
)
from reasontree.plugins import registry
from reasontree.plugins.models.resolve import resolve

from .policies.tiny_gguf import TURNS, write_llama

STRATEGIES, SCORERS, VOTES = (registry().all(kind) for kind in ("strategy", "scorer", "vote"))


def variants(strategy):
    """Yield option sets: the defaults, the narrowest search, and each other choice of each option."""
    fields = strategy.Options.model_fields
    bounds = {
        name: [rule.ge for rule in info.metadata if hasattr(rule, "ge")] for name, info in fields.items()
    }
    yield "defaults", {}
    smallest = {n: max(1, b[0]) for n, b in bounds.items() if b and fields[n].annotation is int}
    if smallest:
        yield "smallest", smallest
    for name, info in fields.items():
        if get_origin(info.annotation) is Literal:
            yield from ((f"{name}_{c}", {name: c}) for c in get_args(info.annotation) if c != info.default)


def contract(base, kind, plugin, suffix="", **attributes):
    """Make a test class for a plugin, as its author would write it."""
    words = f"{plugin.name}-{suffix}".replace("_", "-").split("-")
    name = f"Test{kind.title()}{''.join(word.title() for word in words)}"
    globals()[name] = type(name, (base,), {kind: plugin, "__module__": __name__, **attributes})


for _strategy in STRATEGIES:
    for _name, _options in variants(_strategy):
        contract(StrategyContract, "strategy", _strategy, _name, options=_options)
for _vote in VOTES:
    contract(VoteContract, "vote", _vote)
contract(ScorerContract, "scorer", registry().get("scorer", "confidence"))
contract(PolicyContract, "policy", registry().get("policy", "simulated"))
contract(PolicyContract, "policy", Reasoner, make=lambda self: Reasoner())
contract(
    GraderContract,
    "grader",
    registry().get("grader", "math"),
    options={"limit_s": 1.0},
    solutions={
        "6 shelves, 45 books each.\nThe answer is: \\boxed{270}": "270",
        "#### 1,000": "1000",
        "I do not know.": None,
    },
    equal=[("1/2", "0.5"), ("\\frac{1}{2}", "0.50"), ("$1,000", "1000"), ("x = 5", "5")],
    different=[("1/2", "1/3"), ("12", "21"), ("(1, 2)", "(2, 1)")],
)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_every_strategy_is_held_to_its_contract(strategy):
    held = [thing for thing in globals().values() if getattr(thing, "strategy", None) is strategy]
    assert held
    assert all(issubclass(each, StrategyContract) for each in held)


class TestLlamaCpp(PolicyContract):
    """The engine, on a tiny random model."""

    policy = registry().get("policy", "llama-cpp")
    options = {"ctx": 4096, "branches": 8}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def _open(self, tmp_path):
        self.model = ModelFile("tiny", write_llama(tmp_path, chat=TURNS).path)


@pytest.mark.model
class TestLlamaCppOnARealModel(TestLlamaCpp):
    """The engine, on a real model."""

    @pytest.fixture(autouse=True)
    def _open(self, small_model):
        self.model = resolve(small_model, registry())
