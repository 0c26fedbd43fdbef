"""The scripted policy, under the strategies."""

import pytest
from reasontree.core.records import Budget, Problem
from reasontree.core.search import Search
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.plugins.strategies.best_of_n import BestOfN
from reasontree.plugins.strategies.greedy import Greedy
from reasontree.plugins.strategies.majority import Majority
from reasontree.plugins.strategies.rebase import Rebase

STRATEGIES = [Greedy, Majority, BestOfN, Rebase]


def solve(run_of, policy, strategy, no_options, **options):
    run = run_of(policy, scorers=[Confidence(no_options, policy)])
    made = strategy(strategy.Options(), None)
    search = Search(Problem("Q?", "42"), made, scorer="confidence", **options)
    (finished,) = run.searches([search])
    return finished


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_right_reasoner_is_believed(run_of, simulated, no_options, strategy):
    assert solve(run_of, simulated(p_right=1), strategy, no_options).outcome.correct


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_tree_and_another_seed_another(run_of, simulated, no_options, strategy):
    def steps(seed):
        return [node.step for node in solve(run_of, simulated(), strategy, no_options, seed=seed).search.tree]

    assert steps(7) == steps(7)
    assert steps(7) != steps(8)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("tokens", [1, 20, 100])
def test_every_strategy_keeps_a_budget_of_tokens(run_of, simulated, no_options, strategy, tokens):
    outcome = solve(run_of, simulated(), strategy, no_options, budget=Budget(tokens=tokens)).outcome
    assert outcome.tokens.generated <= tokens


def test_every_round_of_rebase_can_be_recomputed_from_the_scores(run_of, simulated, no_options):
    from reasontree.plugins.strategies.rebase import allocate_divisor

    tree = solve(run_of, simulated(depth=6), Rebase, no_options, seed=3).search.tree
    for depth in range(1, tree.depth):
        candidates = [node for node in tree.at_depth(depth) if not node.finished]
        n_ended = sum(node.depth <= depth for node in tree.ended)
        shares = allocate_divisor([tree.score(node.id) for node in candidates], 16 - n_ended, 0.5)
        assert shares == [tree.n_children(node.id) for node in candidates]
