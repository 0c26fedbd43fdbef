"""What an expansion may carry: its own sampling, what the user says, and what children begin with."""

import pytest
from reasontree.core import ROOT, Budget, End, Expansion, Limits, Sampling, Strategy
from reasontree.core.errors import UsageError
from reasontree.core.testing import Manner, Reasoner

WHY = "Are you sure?"


class Noting(Reasoner):
    """Reasons, and notes what it was asked."""

    def __init__(self, manner=None):
        super().__init__(manner or Manner(depth=(2, 2)))
        self.asked = []

    def propose(self, requests):
        self.asked += requests
        return super().propose(requests)


@pytest.fixture
def searched(run_of, search_of, scripted):
    """Run a search that asks for given rounds; return it finished."""

    def run(*rounds, policy=None, **options):
        (finished,) = run_of(policy or Noting()).searches([search_of(scripted(*rounds), **options)])
        return finished

    return run


def test_an_expansions_own_sampling_reaches_the_policy(searched):
    policy, hot = Noting(), Sampling(temperature=1.5)
    searched([Expansion(ROOT, 1), Expansion(ROOT, 1, sampling=hot)], policy=policy)
    assert [request.sampling for request in policy.asked] == [Sampling(), hot]


def test_a_finished_solution_can_be_refined_and_both_vote(searched):
    finished = searched([Expansion(ROOT, 1, "end")], [Expansion(2, 2, "end", says=WHY)])
    tree = finished.search.tree
    assert [(node.parent, node.step.said) for node in tree] == [
        (None, ""),
        (0, ""),
        (1, ""),
        (2, WHY),
        (3, ""),
        (2, WHY),
        (5, ""),
    ]
    assert [node.id for node in tree.solutions] == [2, 4, 6]
    assert [each.path for each in finished.outcome.solutions] == [(1, 2), (1, 2, 3, 4), (1, 2, 5, 6)]
    assert [each.text for each in finished.outcome.solutions] == [
        "".join(tree[node].step.text for node in pair) for pair in ((1, 2), (3, 4), (5, 6))
    ]
    assert all(tree[each.node].answer == each.answer for each in finished.outcome.solutions)
    assert sum(tally.count for tally in finished.outcome.verdict.tallies) == 3


def test_an_open_node_can_be_spoken_to(searched):
    tree = searched([Expansion(ROOT, 1)], [Expansion(1, 1, says="Shorter, please.")]).search.tree
    assert tree.transcript(2) == [("", tree[1].step.text), ("Shorter, please.", tree[2].step.text)]


def test_without_words_a_finished_node_cannot_be_expanded(searched):
    finished = searched([Expansion(ROOT, 1, "end")], [Expansion(2, 1)])
    assert "node 2 is missing or finished" in str(finished.search.error)
    silent = searched([Expansion(ROOT, 1, "end")], [Expansion(2, 1, begins="So")])
    assert "node 2 is missing or finished" in str(silent.search.error)


def test_a_node_that_a_limit_ended_cannot_be_spoken_to(searched):
    finished = searched([Expansion(ROOT, 1, "end")], [Expansion(1, 1, says=WHY)], limits=Limits(2, 2))
    assert finished.search.tree[1].end is End.LENGTH
    assert "node 1 is missing or finished" in str(finished.search.error)


def test_what_is_given_stands_in_the_first_step_alone_and_is_booked_as_prompt(searched):
    finished = searched([Expansion(ROOT, 2, "end", says=WHY, begins="No, since")])
    tree = finished.search.tree
    for first in tree.children(ROOT):
        (second,) = tree.children(first.id)
        assert first.step.text.startswith("No, since")
        assert (first.step.said, first.step.n_given, first.step.n_said) == (WHY, 5, 3)
        assert len(first.step.logprobs) == first.step.n_sampled == 3
        assert (second.step.said, second.step.n_given, len(second.step.logprobs)) == ("", 0, 3)
        assert [first.n_tokens, second.n_tokens] == [5, 8]
    assert finished.outcome.tokens.generated == 12
    assert finished.outcome.tokens.prompt == 5


def test_the_limits_of_a_solution_begin_anew_where_the_user_speaks(searched):
    endless = Noting(Manner(end=None))
    limits = Limits(max_tokens=100, max_depth=3)
    rounds = [[Expansion(n, 1, says=WHY if n == 2 else "")] for n in range(5)]
    tree = searched(*rounds, policy=endless, limits=limits).search.tree
    assert [node.end for node in tree] == [None, None, None, None, None, End.DEPTH]
    limits = Limits(max_tokens=7)
    tree = searched(*rounds[:4], policy=Noting(Manner(end=None)), limits=limits).search.tree
    assert [node.n_tokens for node in tree] == [0, 3, 6, 3, 6]
    assert tree[4].end is None


def test_a_beginning_that_fills_the_limit_comes_back_alone(searched):
    finished = searched([Expansion(ROOT, 1, begins="one two three")], limits=Limits(max_tokens=3))
    step = finished.search.tree[1].step
    assert (step.text, step.n_given, step.n_sampled, step.end) == ("one two three", 3, 0, End.LENGTH)


def test_a_budget_of_tokens_counts_what_was_sampled_alone(searched):
    finished = searched([Expansion(ROOT, 1, "end", says=WHY)], budget=Budget(tokens=4))
    (last,) = finished.search.tree.ended
    assert (last.end, finished.outcome.tokens.generated) == (End.CUT, 4)
    assert last.n_tokens == 4


def test_the_same_place_has_the_same_seed_whatever_is_said(searched):
    plain, said = (
        searched([Expansion(ROOT, 2, says=says)], policy=Noting()).search.tree for says in ("", WHY)
    )
    assert [node.seed for node in plain] == [node.seed for node in said]


@pytest.mark.parametrize(
    ("expansion", "words"),
    [
        (Expansion(ROOT, 1, says=WHY), "Strategy 'scripted' lets the user speak again, and policy 'mute'"),
        (
            Expansion(ROOT, 1, begins="So"),
            "Strategy 'scripted' gives steps their beginning, and policy 'mute'",
        ),
    ],
)
def test_what_a_policy_cannot_do_ends_the_search_with_both_names(searched, expansion, words):
    mute = Noting()
    mute.name, mute.takes_turns, mute.takes_beginnings = "mute", False, False
    finished = searched([Expansion(ROOT, 1)], [expansion], policy=mute)
    assert isinstance(finished.search.error, UsageError)
    assert words in finished.outcome.error
    assert len(finished.search.tree) == 2


def test_another_search_of_the_run_goes_on_where_one_asked_for_too_much(run_of, search_of, scripted):
    mute = Noting()
    mute.takes_turns = False
    searches = [
        search_of(scripted([Expansion(ROOT, 1, says=says)]), index=i) for i, says in enumerate(("", WHY))
    ]
    finished = {each.search.number: each.search for each in run_of(mute).searches(searches)}
    assert finished[0].error is None
    assert finished[1].error is not None


def test_a_strategy_may_hand_over_its_expansions_one_by_one(run_of, search_of):
    class Lazy(Strategy):
        name = "lazy"

        def __init__(self):
            pass

        def select(self, tree):
            return (Expansion(ROOT, 1) for _ in range(2 if len(tree) == 1 else 0))

    (finished,) = run_of(Noting()).searches([search_of(Lazy())])
    assert len(finished.search.tree) == 3
