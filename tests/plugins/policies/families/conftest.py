"""Each family as a tiny random model, and engines on it."""

import pytest
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize
from reasontree.plugins.policies.llama_cpp.engine import Engine
from reasontree.plugins.policies.llama_cpp.model import Model

from ..tiny_gguf import (
    write_gptneox,
    write_llama,
)
from .families import EXACT, Family


@pytest.fixture(scope="module", params=["llama", "gptneox"])
def family(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("families")
    tiny = write_llama(folder) if request.param == "llama" else write_gptneox(folder)
    model = Model(ModelFile(request.param, tiny.path))
    yield Family(tiny, model, *((b" ", [1]) if request.param == "llama" else (b"", [])))
    model.close()


@pytest.fixture
def engine(family):
    """Make engines over contexts of a given size, and close them."""
    contexts = []

    def make(delimiter="\n\n", *, n_cells=4096, n_branches=8, n_batch=64, **ends):
        context = Context(family.model, ContextSize(n_cells, n_batch, 64), EXACT)
        contexts.append(context)
        return Engine(context, n_branches=n_branches, delimiter=delimiter, **ends)

    yield make
    for context in contexts:
        context.close()
