"""Tiny random models to judge with, and the plain way of reading them."""

from __future__ import annotations

import numpy as np
import pytest
from reasontree.core import Problem, Prompt, ScoreRequest, Scores, Step
from reasontree.core.models import ModelFile, PromptFormat
from reasontree.core.requests import UNLIMITED
from reasontree.plugins.policies.llama_cpp import Model
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span

from ..policies.tiny_gguf import TURNS, write_gptneox, write_llama

QUESTION = "Two and two, what is the answer then?"
DELIMITER = "."  # comes up often in a tiny model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The files of tiny models: `llama` has a chat template of many turns, `gptneox` has none."""
    folder = tmp_path_factory.mktemp("tiny")
    return {
        "llama": ModelFile(
            "tiny-llama", write_llama(folder, chat=TURNS).path, prompt=PromptFormat(delimiter=DELIMITER)
        ),
        "gptneox": ModelFile(
            "tiny-gptneox",
            write_gptneox(folder).path,
            prompt=PromptFormat("{question}\n", delimiter=DELIMITER),
        ),
    }


@pytest.fixture(scope="session", params=["llama", "gptneox"])
def file(request, tiny):
    """Each tiny model's file in turn."""
    return tiny[request.param]


@pytest.fixture(scope="session")
def plain_logits():
    """Logits behind the last of some tokens: one sequence, in a fresh context."""

    def read(file, tokens):
        model = Model(file)
        context = Context(model, ContextSize(512, 512, 1))
        context.decode([Span(0, 0, tokens, [len(tokens) - 1])])
        logits = np.array(context.output(0).logits(range(model.n_vocab), normalised=False))
        context.close()
        model.close()
        return logits

    return read


@pytest.fixture(scope="session")
def request_of():
    """Make a request for the scores of nodes, each with the texts or steps that lead to it."""

    def make(paths, *, prompt=(), search=0, round=1, allowance=UNLIMITED):
        steps = [tuple(Step(s) if isinstance(s, str) else s for s in path) for path in paths]
        return ScoreRequest(
            search=search,
            round=round,
            problem=Problem(QUESTION),
            prompt=Prompt(QUESTION, tuple(prompt)),
            nodes=tuple(range(1, len(paths) + 1)),
            paths=tuple(steps),
            allowance=allowance,
        )

    return make


@pytest.fixture(scope="session")
def scores_of():
    """Let a scorer work until it has answered all requests; return its scores by (search, round).

    What it took is added to `spent`, a list, if that is given.
    """

    def run(scorer, *requests, between=lambda: None, spent=None):
        handed = list(scorer.score(requests))
        while sum(isinstance(each, Scores) for each in handed) < len(requests):
            between()
            handed += scorer.score([])
        if spent is not None:
            spent += [each.usage for each in handed]
        found = [each for each in handed if isinstance(each, Scores)]
        return {(scores.search, scores.round): dict(scores.by_node) for scores in found}

    return run
