"""Which strategy runs where nobody names one."""

from dataclasses import replace

import pytest
import reasontree
from reasontree.api.choosing import choose, recommendation
from reasontree.api.prompt_files import read_prompt
from reasontree.core.assembly import DEFAULT_STRATEGY
from reasontree.core.errors import UsageError
from reasontree.core.models import Recommendation
from reasontree.core.spec import RunSpec
from reasontree.plugins import registry
from reasontree.plugins.models.catalog import DEFAULT_MODEL

OWN = Recommendation(
    "beam", {"width": 8, "children": 2}, vote="best", measured="right in 50 % of 10 problems"
)
READ = Recommendation("rebase", {"width": 4}, scorer="token-prm", measured="right in 60 % of 10 problems")


class Measured:
    """The plugins, but the default model's entry recommends one strategy alone and another with a scorer."""

    def __getattr__(self, name):
        return getattr(registry(), name)

    def get(self, kind, name):
        found = registry().get(kind, name)
        return replace(found, best=(READ, OWN)) if (kind, name) == ("model", DEFAULT_MODEL) else found

    def all(self, kind):
        return [self.get(kind, name) for name in registry().names(kind)]


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr("reasontree.api.choosing.registry", Measured)


def test_a_strategy_that_is_named_stays():
    spec = RunSpec(strategy="mcts")
    assert choose(spec) == (spec, "")


@pytest.mark.usefixtures("measured")
def test_the_models_best_is_taken_with_its_options_and_vote_and_the_line_says_why():
    spec, line = choose(RunSpec())
    assert (spec.strategy, spec.strategy_options, spec.vote) == ("beam", {"width": 8, "children": 2}, "best")
    assert line == "beam, width 8, children 2: right in 50 % of 10 problems; see docs/strategies.md"


@pytest.mark.usefixtures("measured")
def test_what_the_user_says_goes_before_what_was_measured():
    spec, line = choose(RunSpec(strategy_options={"width": "3"}, vote="majority"))
    assert (spec.strategy_options, spec.vote) == ({"width": "3", "children": 2}, "majority")
    assert line.startswith("beam, width 3, children 2: ")


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("scorers", "wanted"),
    [({}, "beam"), ({"token-prm": {}}, "rebase"), ({"confidence": {}}, DEFAULT_STRATEGY)],
)
def test_it_depends_on_the_leading_scorer(scorers, wanted):
    assert recommendation(RunSpec(scorers=scorers)).strategy == wanted


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    "more", [{"policy": "simulated"}, {"model": "/nowhere/other.gguf"}, {"prompt": {"system": "Be brief."}}]
)
def test_what_nobody_measured_gets_what_loses_least(more):
    spec, line = choose(RunSpec(**more))
    assert spec.strategy == DEFAULT_STRATEGY
    assert "nothing was measured for this model" in line


@pytest.mark.usefixtures("measured")
def test_a_file_of_a_known_model_is_known_by_its_name():
    assert recommendation(RunSpec(model="/some/where/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")) == OWN


def test_the_catalogs_recommendations_can_be_followed():
    for entry in registry().all("model"):
        for best in entry.best:
            options = registry().get("strategy", best.strategy).Options(**best.options)
            assert options.model_dump().items() >= dict(best.options).items()
            assert best.vote in ("", *registry().names("vote"))
            assert best.scorer in ("", *registry().names("scorer"))
            assert best.measured


def test_options_go_to_the_strategy_that_is_chosen():
    result = reasontree.solve("What is 6 times 7?", policy="simulated", width=3, record=False)
    assert (result.spec.strategy, len(result.solutions)) == (DEFAULT_STRATEGY, 3)
    with pytest.raises(UsageError, match="expansions"):
        reasontree.solve("What is 6 times 7?", policy="simulated", expansions=3, record=False)


def test_an_option_of_another_strategy_is_refused_in_the_users_own_terms():
    with pytest.raises(UsageError) as refused:
        choose(RunSpec(strategy_options={"allocation": "paper"}))
    assert str(refused.value) == (
        "No strategy was named, and 'weighted-majority', which was chosen, has no option 'allocation'. "
        "Name one that has it: rebase."
    )


def test_what_was_measured_with_a_named_format_holds_for_it_and_no_other():
    asked = read_prompt("worked-steps")
    line = choose(RunSpec(prompt=asked))[1]
    assert line.startswith("weighted-majority, width 16: with 4 chains right in 65 % of 104 GSM8K problems")
    assert "71 % of 126" in choose(RunSpec())[1]
    assert "nothing was measured" in choose(RunSpec(prompt={**asked, "lead": "Step one:"}))[1]
