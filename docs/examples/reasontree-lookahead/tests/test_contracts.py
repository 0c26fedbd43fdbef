"""What every strategy and every scorer must keep."""

from reasontree.core.testing import ScorerContract, StrategyContract
from reasontree_lookahead import Lookahead, ShakiestSpan


class TestLookahead(StrategyContract):
    strategy = Lookahead


class TestLookaheadAsBeamSearch(StrategyContract):
    strategy = Lookahead
    options = {"lookahead": 0, "width": 4, "children": 2}  # noqa: RUF012


class TestShakiestSpan(ScorerContract):
    scorer = ShakiestSpan
