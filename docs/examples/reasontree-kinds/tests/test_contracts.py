"""What every strategy, every scorer and every vote must keep."""

from reasontree.core import Budget
from reasontree.core.testing import ScorerContract, StrategyContract, VoteContract
from reasontree_kinds import Agreement, Brevity, EpsilonGreedy


class TestEpsilonGreedy(StrategyContract):
    strategy = EpsilonGreedy


class TestEpsilonGreedyAtRandom(StrategyContract):
    strategy = EpsilonGreedy
    options = {"epsilon": 1.0, "starts": 2, "width": 5}  # noqa: RUF012
    budget = Budget(samples=4)


class TestAgreement(ScorerContract):
    scorer = Agreement


class TestBrevity(VoteContract):
    vote = Brevity
