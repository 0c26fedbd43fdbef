"""A plugin that raises is named with its package; its search ends with what it has, and the others go on."""

import pytest
from reasontree.core import ROOT, Expansion, Proposal, Scores, hookimpl
from reasontree.core.errors import PluginError, ReasonError, UsageError
from reasontree.core.registry import Origin, Registry
from reasontree.core.testing import PlainGrader, Reasoner, StepScorer
from reasontree.plugins.strategies.majority import Majority

CHAINS = [Expansion(ROOT, 3, until="end")]
PACKAGE = "stranger 1.2"


def who(kind, name):
    return f"{kind} '{name}' of {PACKAGE}"


@pytest.fixture
def outcomes(run_of, search_of, scripted):
    """Run three searches of two rounds over a policy, and return the outcome of each."""

    def run(policy=None, strategies=None, **options):
        made = strategies or [scripted(CHAINS, CHAINS) for _ in range(3)]
        searches = [search_of(strategy, index=i, scorer="scripted") for i, strategy in enumerate(made)]
        finished = run_of(policy or Reasoner(), who=who, **options).searches(searches)
        return [each.outcome for each in sorted(finished, key=lambda each: each.search.number)]

    return run


def failed(outcome, words):
    assert outcome.stopped == "failed"
    assert words in outcome.error
    return True


class Raises:
    """Raises once there is something in the tree."""

    name = "raises"
    max_rounds_in_flight = 1
    is_done = False

    def select(self, tree):
        if len(tree) > 1:
            raise RuntimeError("no idea.")
        return CHAINS


def test_a_strategy_is_named_and_its_search_keeps_its_answer(outcomes, scripted):
    first, second = outcomes(strategies=[Raises(), scripted(CHAINS)])
    assert failed(first, "strategy 'raises' of stranger 1.2 failed: RuntimeError: no idea.")
    assert first.verdict.answer is not None
    assert len(first.solutions) == 3
    assert second.stopped == "done"


@pytest.mark.parametrize("asked", [[Expansion(7, 1)], [(ROOT, 1)], [Expansion(ROOT, "4")], 5])
def test_a_strategy_that_answers_nonsense_is_named(outcomes, scripted, asked):
    first, second = outcomes(strategies=[scripted(asked), scripted(CHAINS)])
    assert failed(first, "strategy 'scripted' of stranger 1.2 failed")
    assert second.stopped == "done"


class FailingScorer(StepScorer):
    """Raises at the steps of one search, however it is asked."""

    def score(self, requests):
        for request in requests:
            if request.search == 1 and request.round == 2:
                raise ZeroDivisionError("scores sum to 0")
        return super().score(requests)


def test_a_scorer_that_raises_at_one_search_ends_that_one_alone(outcomes):
    first, second, third = outcomes(scorers=[FailingScorer()])
    assert failed(second, "scorer 'scripted' of stranger 1.2 failed: ZeroDivisionError: scores sum to 0.")
    assert len(second.solutions) == 6
    assert [first.stopped, third.stopped] == ["done", "done"]


class Waiting(StepScorer):
    """Keeps what it is asked for a while, and raises when it is about to answer for the second time."""

    def __init__(self):
        super().__init__()
        self.held, self.n_answers = [], 0

    def score(self, requests):
        self.held += requests
        if requests or not self.held:
            return []
        self.n_answers += 1
        if self.n_answers == 2:
            raise MemoryError
        held, self.held = self.held, []
        return super().score(held)


def test_a_scorer_of_which_nobody_can_tell_where_it_raised_ends_the_searches_that_wait(outcomes, scripted):
    strategies = [scripted(CHAINS, CHAINS), scripted(CHAINS)]
    first, second = outcomes(strategies=strategies, scorers=[Waiting()])
    assert failed(first, "scorer 'scripted' of stranger 1.2 failed: MemoryError.")
    assert second.stopped == "done"


class Telling(StepScorer):
    """Says itself which search it cannot score."""

    def score(self, requests):
        return [
            each._replace(by_node={}, error=ValueError("no such language")) if each.search == 2 else each
            for each in super().score(requests)
        ]


def test_a_scorer_may_tell_which_search_it_cannot_score(outcomes):
    *others, third = outcomes(scorers=[Telling()])
    assert failed(third, "scorer 'scripted' of stranger 1.2 failed: ValueError: no such language.")
    assert [outcome.stopped for outcome in others] == ["done", "done"]


@pytest.mark.parametrize("by_node", [{99: 0.5}, {1: "high"}, None])
def test_a_scorer_that_answers_nonsense_is_named(outcomes, by_node):
    class Nonsense(StepScorer):
        def score(self, requests):
            return [each._replace(by_node=by_node) for each in super().score(requests)]

    assert all(
        failed(each, "scorer 'scripted' of stranger 1.2 failed") for each in outcomes(scorers=[Nonsense()])
    )


def test_what_a_scorer_answers_twice_counts_once(outcomes):
    class Twice(StepScorer):
        def score(self, requests):
            return [*super().score(requests), Scores(99, 1, "scripted", {}), *super().score(requests)]

    assert [outcome.stopped for outcome in outcomes(scorers=[Twice()])] == ["done"] * 3


class BreaksDown(Reasoner):
    """Raises at its second call."""

    n_calls = 0

    def propose(self, requests):
        self.n_calls += 1
        if self.n_calls == 2:
            raise OSError("the GPU has left")
        return super().propose(requests)


def test_a_policy_is_named_and_every_search_keeps_what_it_has(outcomes):
    for outcome in outcomes(BreaksDown()):
        assert failed(outcome, "policy 'scripted' of stranger 1.2 failed: OSError: the GPU has left.")
        assert len(outcome.solutions) == 3


def test_a_policy_that_cannot_show_one_problem_ends_that_search_alone(outcomes):
    class Choosy(Reasoner):
        def render(self, problem):
            if problem.index == 1:
                raise UnicodeError("what is this?")
            return super().render(problem)

    first, second, third = outcomes(Choosy())
    assert failed(second, "policy 'scripted' of stranger 1.2 failed: UnicodeError: what is this?")
    assert [first.stopped, third.stopped] == ["done", "done"]


@pytest.mark.parametrize("proposal", [None, Proposal(0, 1, 7, 0, ()), Proposal(0, 1, 0, 3, ())])
def test_a_policy_that_returns_nonsense_ends_no_more_than_its_searches(outcomes, proposal):
    class Nonsense(Reasoner):
        def propose(self, requests):
            return [proposal, *super().propose(requests)]

    first, *others = outcomes(Nonsense())
    assert failed(first, "policy")
    assert {outcome.stopped for outcome in others} == {"done" if proposal else "failed"}


def test_a_policy_that_cannot_release_a_search_is_named(run_of, search_of, scripted):
    class Clinging(Reasoner):
        def release(self, search):
            raise RuntimeError("mine!")

    (finished,) = run_of(Clinging(), who=who).searches([search_of(scripted(CHAINS))])
    assert str(finished.search.error) == "policy 'scripted' of stranger 1.2 failed: RuntimeError: mine!."
    assert len(finished.outcome.solutions) == 3


class RaisingVote:
    name = "raising"

    def weigh(self, solutions):
        raise ArithmeticError("too heavy")


def test_a_vote_is_named_and_the_solutions_stay(run_of, search_of, scripted, monkeypatch):
    monkeypatch.setattr("reasontree.core.testing.CountingVote.weigh", RaisingVote.weigh)
    (finished,) = run_of(Reasoner(), who=who).searches([search_of(scripted(CHAINS))])
    assert failed(finished.outcome, "vote 'counting' of stranger 1.2 failed: ArithmeticError: too heavy.")
    assert (len(finished.outcome.solutions), finished.outcome.verdict.answer) == (3, None)


@pytest.mark.parametrize("method", ["extract", "reference", "equivalent"])
def test_a_grader_is_named(outcomes, monkeypatch, method):
    def fail(*given):
        raise LookupError("not graded")

    monkeypatch.setattr(PlainGrader, method, fail)
    monkeypatch.setattr(PlainGrader, "extract", fail if method == "extract" else PlainGrader.extract)
    error = "grader 'plain' of stranger 1.2 failed: LookupError: not graded."
    assert all(failed(outcome, error) for outcome in outcomes())


def observer(hook):
    """Make an observer that raises at one hook."""

    def told(self, **told):
        raise BlockingIOError("disk full")

    specs = {
        "search_started": lambda self, search: told(self),
        "child_proposed": lambda self, search, proposal: told(self),
        "steps_added": lambda self, search, round: told(self),
        "search_finished": lambda self, search, outcome: told(self),
        "ticked": lambda self: told(self),
    }
    return type("Display", (), {hook: hookimpl(specs[hook])})()


@pytest.mark.parametrize(
    "hook", ["search_started", "child_proposed", "steps_added", "search_finished", "ticked"]
)
def test_an_observer_is_named(run_of, search_of, scripted, hook):
    run = run_of(Reasoner(), observers=[observer(hook)])
    (finished,) = run.searches([search_of(scripted(CHAINS))])
    assert f"observer Display ({__name__}) failed: BlockingIOError: disk full." == str(finished.search.error)


def test_a_scorer_that_raises_while_it_hears_of_a_search_is_named_as_a_scorer(outcomes):
    class Listening(StepScorer):
        @hookimpl
        def search_started(self, search):
            if search.number == 1:
                raise KeyError("unknown language")

    first, second, third = outcomes(scorers=[Listening()])
    assert failed(second, "scorer 'scripted' of stranger 1.2 failed: KeyError: 'unknown language'.")
    assert [first.stopped, third.stopped] == ["done", "done"]


def test_a_scorer_whose_hook_has_a_wrong_argument_is_named(run_of):
    class Misheard(StepScorer):
        @hookimpl
        def search_started(self, serach):
            pass

    with pytest.raises(PluginError, match=r"scorer 'scripted' of stranger 1.2 failed: .*serach"):
        run_of(Reasoner(), scorers=[Misheard()], who=who)


def test_an_error_that_is_meant_for_people_stays_as_it_is(outcomes, scripted):
    class Clear(Raises):
        def select(self, tree):
            raise UsageError("width must be even.")

    first, second = outcomes(strategies=[Clear(), scripted(CHAINS)])
    assert first.error == "width must be even."
    assert second.stopped == "done"


def test_everything_is_closed_even_if_something_cannot_be(run_of):
    closed = []

    class Closing(StepScorer):
        def close(self):
            closed.append("scorer")
            raise OSError("busy")

    class ClosingPolicy(Reasoner):
        def close(self):
            closed.append("policy")

    with pytest.raises(OSError, match="busy"):
        run_of(ClosingPolicy(), scorers=[Closing()]).close()
    assert closed == ["scorer", "policy"]


def test_a_registry_names_package_and_version():
    registry = Registry()
    registry.add("strategy", Majority, Origin("stranger.plugin", "stranger", "1.2"))
    assert registry.who("strategy", "majority") == "strategy 'majority' of stranger 1.2"
    assert registry.who("strategy", "unknown") == "strategy 'unknown'"


def test_a_plugin_that_cannot_be_made_is_named():
    class Unmakable(Majority):
        def __init__(self, options, rng):
            raise FileNotFoundError("table.csv")

    registry = Registry()
    registry.add("strategy", Unmakable, Origin("stranger.plugin", "stranger", "1.2"))
    error = "strategy 'majority' of stranger 1.2 failed: FileNotFoundError: table.csv."
    with pytest.raises(ReasonError, match=error):
        registry.make("strategy", "majority", None, None)
