"""Chains with a planted signal, and models that heads are bound to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from reasontree.core import End, Options, Problem, Step, Tree
from reasontree.core.records import ModelInfo
from reasontree.plugins.scorers.value_head import locations
from reasontree.plugins.scorers.value_head.chains import Solved, gather
from reasontree.plugins.scorers.value_head.head import Head, HeadInfo

WIDTH = 12
MODEL = ModelInfo("tiny", sha256="a" * 64, prompt_format="0123456789abcdef")


@dataclass
class Planted:
    """Makes trees whose states lean one way in right chains, the other way in wrong ones.

    Attributes:
        signal: How far, in standard deviations of the noise.
        fingerprint: How far all states of a problem lean a way of their own.
    """

    n_problems: int = 20
    n_chains: int = 8
    n_steps: int = 3
    signal: float = 1.0
    fingerprint: float = 0.0
    seed: int = 0
    rights: list[bool] = field(default_factory=list)

    def solved(self):
        rng = np.random.default_rng(self.seed)
        direction = np.zeros(WIDTH)
        direction[3] = 1.0
        for index in range(self.n_problems):
            own = self.fingerprint * rng.normal(size=WIDTH)
            tree = Tree(Step("Q"))
            chance = rng.uniform(0.2, 0.8)
            for rank in range(self.n_chains):
                right = self.rights[index] if self.rights else bool(rng.random() < chance)
                lean = self.signal * direction * (1 if right else -1)
                steps = [
                    Step(
                        "so\n" if place < self.n_steps - 1 else f"answer: {42 if right else rank % 3}",
                        (place,),
                        end=None if place < self.n_steps - 1 else End.STOP,
                        hidden=tuple(rng.normal(size=WIDTH) + own + lean),
                    )
                    for place in range(self.n_steps)
                ]
                yield_to(tree, steps)
            yield Solved(Problem(f"Problem {index}?", "answer: 42", index), tree)


def yield_to(tree, steps):
    """Add a chain with its answer, as the loop would."""
    from reasontree.core import Answer

    nodes = tree.add_chain(0, steps, round=1, rank=None)
    text = steps[-1].text.rpartition(":")[2].strip()
    nodes[-1].answer = Answer(text, text) if steps[-1].end is End.STOP else None
    for place, node in enumerate(nodes):
        node.scores["confidence"] = 0.5 + 0.1 * place


@pytest.fixture
def add_chain():
    return yield_to


@pytest.fixture
def planted(grader):
    """Make chains with a planted signal."""
    return lambda **options: gather(Planted(**options).solved(), grader)


@pytest.fixture
def model():
    return MODEL


@pytest.fixture
def head():
    """A head for MODEL that reads the fourth number of a state."""
    weights = np.zeros(WIDTH)
    weights[3] = 2.0
    info = HeadInfo(model=MODEL.name, model_sha256=MODEL.sha256, prompt_format=MODEL.prompt_format)
    return Head(weights, np.full(WIDTH, 0.5), np.full(WIDTH, 2.0), 0.25, info)


@pytest.fixture
def policy():
    """A policy that is nothing but its model."""

    class Named:
        name = "named"
        info = MODEL
        Options = Options

    return Named()


@pytest.fixture(autouse=True)
def users_heads(tmp_path, monkeypatch):
    """The user's folder of heads, empty, and no head that is shipped."""
    monkeypatch.setattr(locations, "users_folder", lambda: tmp_path / "heads")
    monkeypatch.setattr(locations, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "heads"
