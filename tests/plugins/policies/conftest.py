"""The small real model, and engines over contexts of any size."""

import pytest
from reasontree.plugins import registry
from reasontree.plugins.models.resolve import resolve
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize
from reasontree.plugins.policies.llama_cpp.engine import Engine
from reasontree.plugins.policies.llama_cpp.model import Model


@pytest.fixture(scope="session")
def model():
    loaded = Model(resolve("smollm2-135m-instruct", registry()))
    yield loaded
    loaded.close()


@pytest.fixture
def engine(model):
    """Make engines over contexts of a given size, and close them."""
    contexts = []

    def make(n_cells=2048, n_branches=8, delimiter="\n", n_batch=128, hardware=None):
        context = Context(model, ContextSize(n_cells, n_batch, 64), hardware)
        contexts.append(context)
        return Engine(context, n_branches=n_branches, delimiter=delimiter)

    yield make
    for context in contexts:
        context.close()
