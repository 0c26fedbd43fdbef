"""Contract suites for plugins: what the loop, the store and the replay rely on, as tests.

A plugin's author derives a class whose name begins with `Test` and names the plugin; pytest runs the rest:

    from reasontree.core.testing import StrategyContract

    class TestLookahead(StrategyContract):
        strategy = Lookahead

Each check is one method and says in one line what was wanted and what came. Nothing here needs pytest, a
model or a network. The scripted policy, scorer, grader and vote that the suites use are there for tests of
one's own.
"""

from .doubles import CountingVote, Manner, PlainGrader, Reasoner, StepScorer
from .expecting import ContractError
from .graders import GraderContract
from .playing import Played, Setting, play
from .policies import PolicyContract
from .scorers import ScorerContract
from .strategies import StrategyContract
from .votes import VoteContract

__all__ = [
    "ContractError",
    "CountingVote",
    "GraderContract",
    "Manner",
    "PlainGrader",
    "Played",
    "PolicyContract",
    "Reasoner",
    "ScorerContract",
    "Setting",
    "StepScorer",
    "StrategyContract",
    "VoteContract",
    "play",
]
