"""Every check of a scorer's contract can fail: for each, a scorer that breaks it, and the words it gets."""

import random
from pathlib import Path

import pytest
from reasontree.core import ModelFile
from reasontree.core.testing import (
    ScorerContract,
    StepScorer,
)

from .breaking import checks_of, fails


class Fine(StepScorer):
    """Scores by text."""

    name = "fine"

    def __init__(self, options, policy):
        super().__init__()


class Unready(Fine):
    name = "not ready!"


class Mute(Fine):
    """Answers the first request alone."""

    def score(self, requests):
        return super().score(requests[:1])


class Stranger(Fine):
    """Scores nodes that it was not asked for."""

    def score(self, requests):
        return [each._replace(by_node={0: 1.0, **each.by_node}) for each in super().score(requests)]


class Impostor(Fine):
    """Signs as another scorer."""

    def score(self, requests):
        return [each._replace(scorer="other") for each in super().score(requests)]


class Exuberant(Fine):
    """Gives 2 of 1."""

    def score(self, requests):
        return [each._replace(by_node=dict.fromkeys(each.by_node, 2.0)) for each in super().score(requests)]


class Moody(Fine):
    """Rolls dice."""

    def score(self, requests):
        return [
            each._replace(by_node={n: random.random() for n in each.by_node})
            for each in super().score(requests)
        ]


class Relative(Fine):
    """Scores by how much there is to do."""

    def score(self, requests):
        part = 1 / (1 + len(requests))
        return [each._replace(by_node=dict.fromkeys(each.by_node, part)) for each in super().score(requests)]


class Busy(Fine):
    """Believes that it is always asked something."""

    def score(self, requests):
        assert requests[0].nodes
        return super().score(requests)


def with_rule(rule):
    """Make a scorer that scores by a rule over a node's path."""
    return type(
        "WithRule", (Fine,), {"__init__": lambda self, options, policy: StepScorer.__init__(self, rule)}
    )


class Stuck(Fine):
    """Cannot be closed."""

    def close(self):
        raise OSError("busy")


SCORERS = [
    ("test_it_can_be_registered", Unready, "needs a name"),
    ("test_it_answers_every_request", Mute, "never answers search 1, round 1"),
    ("test_it_answers_every_request", Stranger, r"not asked for: \[0\]"),
    ("test_it_answers_every_request", Impostor, "signs as 'other'"),
    ("test_its_scores_are_in_range", Exuberant, "which is not in"),
    ("test_it_is_deterministic", Moody, "made again, gives node"),
    ("test_a_search_is_scored_alone_as_among_others", Relative, "scored among other searches, gives node"),
    ("test_it_survives_being_asked_nothing", Busy, "fails where nothing is asked: IndexError"),
    (
        "test_it_survives_steps_that_say_nothing",
        with_rule(lambda path: ord(path[-1].text[0]) % 2),
        "fails at the step.*IndexError",
    ),
    (
        "test_it_survives_steps_without_log_probabilities",
        with_rule(lambda path: min(path[-1].logprobs) + 1 if path[-1].text else 0.0),
        "fails at the step.*ValueError",
    ),
    (
        "test_it_survives_steps_that_were_given_something",
        with_rule(lambda path: path[-1].logprobs[len(path[-1].tokens) - 1] and 0.5),
        "fails at the step.*IndexError",
    ),
    (
        "test_it_survives_hostile_text",
        with_rule(lambda path: len(path[-1].text.encode("ascii")) / 30_000),
        "fails at the step.*UnicodeEncodeError",
    ),
    ("test_it_closes", Stuck, "fails to close: OSError: busy"),
]


@pytest.mark.parametrize(("check", "scorer", "words"), SCORERS)
def test_a_broken_scorer_fails_its_check(check, scorer, words):
    fails(ScorerContract, "scorer", scorer, check, words)


def test_every_check_of_a_scorer_has_a_broken_one():
    assert {check for check, *_ in SCORERS} == checks_of(ScorerContract)


class TestFine(ScorerContract):
    scorer = Fine


class Reader(Fine):
    """Scores by the policy's hidden states, with a model of its own."""

    takes_model = True
    wants_hidden = True

    def __init__(self, options, policy, model):
        super().__init__(options, policy)
        assert model.name == "a model"
        self._rule = self.by_state

    def by_state(self, path):
        assert path[0].hidden or not path[0].text.startswith("Step 1 of"), "the scripted policy gives them"
        return None if path[-1].hidden is None else abs(path[-1].hidden[0]) % 1


class TestReader(ScorerContract):
    scorer = Reader
    model = ModelFile("a model", Path("a model.gguf"))
