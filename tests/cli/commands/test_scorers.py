"""Scorers on the command line: their options, several at once, and what goes wrong."""

import json

import pytest
from reasontree.core import Options, Scorer, Scores
from reasontree.core.registry import Origin
from reasontree.plugins import registry
from reasontree.store.database import open_database
from reasontree.store.traces import list_traces, load_trace

from ...plugins.policies.tiny_gguf import TURNS, write_llama

QUESTION = "Two and two, what is the answer then?"
SCRIPTED = ("solve", QUESTION, "--policy", "simulated", "-s", "majority", "-o", "width=3", "--json")
SMALL = ("-s", "rebase", "-o", "width=4", "--max-tokens", "64", "--ctx", "4096", "--json")
PRM = ("-k", "preset=custom", "-k", "tag= step", "-k", "good=is", "-k", "bad=so", "-k", "ctx=1024")


class Deep(Scorer):
    """Scores every node by its depth."""

    name = "deep"

    class Options(Options):
        scale: float = 10

    def __init__(self, options, policy):
        self.options = options
        self._scale = options.scale

    def score(self, requests):
        return [
            Scores(
                r.search,
                r.round,
                "deep",
                {n: len(p) / self._scale for n, p in zip(r.nodes, r.paths, strict=True)},
            )
            for r in requests
        ]

    def close(self):
        pass


@pytest.fixture
def deep():
    """Let a scorer of somebody else's be found."""
    registry.cache_clear()
    registry().add("scorer", Deep, Origin("deep"))
    yield
    registry.cache_clear()


@pytest.fixture
def trace(tmp_path):
    """Read the only trace that a command recorded."""

    def read():
        database = open_database(str(tmp_path / "traces.db"))
        (entry,) = list_traces(database)
        found = load_trace(database, entry.id)
        database.close()
        return found

    return read


@pytest.fixture(scope="module")
def prm(tmp_path_factory):
    """The path of a tiny random model."""
    return write_llama(tmp_path_factory.mktemp("prm"), chat=TURNS).path


def said(result):
    """What a command said that failed: one line."""
    code, out, err = result
    lines = err.strip().splitlines()
    assert (out, len(lines)) == ("", 1)
    return code, lines[0]


def test_scorers_show_their_options(reason):
    _, out, _ = reason("scorers", "token-prm")
    assert "-k model=required" in out
    assert "math-shepherd | rlhflow | rebase-llemma" in out
    listed = json.loads(reason("scorers", "--json")[1])
    assert {"confidence", "self-judge", "token-prm"} <= {each["name"] for each in listed}


def test_two_scorers_run_and_each_ones_scores_are_stored(reason, trace, deep):
    code, _, _ = reason(*SCRIPTED, "--scorer", "deep", "--scorer", "confidence", "-k", "scale=20")
    found = trace()
    assert code == 0
    assert dict(found.record.spec.scorers) == {"deep": {"scale": 20.0}, "confidence": {}}
    for node in list(found.tree)[1:]:
        assert set(node.scores) == {"deep", "confidence"}
        assert node.scores["deep"] == node.depth / 20


@pytest.mark.parametrize(("first", "second"), [("deep", "confidence"), ("confidence", "deep")])
def test_the_first_scorer_leads(reason, trace, deep, first, second):
    reason(*SCRIPTED, "--scorer", first, "--scorer", second, "-k", "deep.scale=20")
    tree = trace().tree
    assert tree.scorer == first
    assert all(tree.score(node.id) == node.scores[first] for node in list(tree)[1:])


def test_a_token_prm_scores_beside_another_scorer(reason, trace, prm):
    options = ("-k", f"token-prm.model={prm}", *PRM)
    scorers = ("--scorer", "token-prm", "--scorer", "confidence")
    code, out, err = reason(*SCRIPTED, *scorers, *options)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["tokens"]["scored"] > 0
    assert found["flops"]["scorer"] > 0
    recorded = trace()
    assert recorded.record.spec.scorers["token-prm"]["tag"] == " step"
    assert all(set(node.scores) == {"token-prm", "confidence"} for node in list(recorded.tree)[1:])


def test_what_scorers_cost_is_shown_apart(reason, prm):
    words = [word for word in SCRIPTED if word != "--json"]
    _, _, err = reason(*words, "--scorer", "token-prm", "-k", f"model={prm}", *PRM)
    assert "scored" in err
    assert "by scorers" in err


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("--scorer", "self-judge"), 2, "policy 'simulated' has none"),
        (("--scorer", "token-prm"), 2, "Option 'model' of scorer 'token-prm' is needed."),
        (("--scorer", "token-prm", "-k", "model=nothing"), 2, "There is no model 'nothing'."),
        (("--scorer", "token-prm", "-k", "model=./gone.gguf"), 1, "gone.gguf"),
        (("--scorer", "token-prm", "-k", "model=x", "-k", "preset=best"), 2, "'best' came"),
        (("--scorer", "token-prm", "-k", "model=x", "-k", "presset=a"), 2, "Did you mean 'preset'?"),
        (("-k", "token-prm.model=x"), 2, "Add --scorer token-prm"),
        (("-k", "model"), 2, "written name=value"),
        (("--scorer", "token-brm"), 2, "Did you mean 'token-prm'?"),
    ],
)
def test_a_mistake_is_one_line(reason, arguments, code, part):
    assert part in said(reason(*SCRIPTED, *arguments))[1]
    assert said(reason(*SCRIPTED, *arguments))[0] == code


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ((), "The catalog does not say how tiny-llama is asked."),
        (("-k", "preset=math-shepherd"), "12902"),
        (("-k", "preset=rlhflow"), "one token's logit"),
    ],
)
def test_a_model_that_does_not_fit_its_preset_is_one_line(reason, prm, options, part):
    code, line = said(reason(*SCRIPTED, "--scorer", "token-prm", "-k", f"model={prm}", *options))
    assert (code, part in line) == (2, True)


@pytest.mark.model
def test_a_model_judges_itself(reason, trace, small_model):
    question = "Tom has 3 bags with 4 apples each. He eats 2 apples. How many apples are left?"
    arguments = ("-m", small_model, "--scorer", "self-judge", "--scorer", "confidence", *SMALL)
    _, out, _ = reason("solve", question, *arguments)
    found, nodes = json.loads(out), list(trace().tree)[1:]
    assert all(set(node.scores) == {"self-judge", "confidence"} for node in nodes)
    assert len({round(node.scores["self-judge"], 6) for node in nodes}) > 1
    assert 0 < found["tokens"]["scored"] < 50 * len(nodes)
    assert found["flops"]["scorer"] > 0
