"""The scorers that need a model keep the contract of a scorer, on tiny random models."""

import pytest
from reasontree.core.testing import ScorerContract
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.scorers.self_judge import SelfJudge
from reasontree.plugins.scorers.token_prm import TokenPrm

_ROUND_OFF = 0.02  # a batch of another size adds in another order


class TestSelfJudge(ScorerContract):
    scorer = SelfJudge
    options = {"question": "Is it so?", "yes": "is", "no": "so"}  # noqa: RUF012
    tolerance = _ROUND_OFF

    @pytest.fixture(autouse=True)
    def _open(self, tiny):
        self.file = tiny["llama"]

    def make_policy(self):
        return LlamaCpp(LlamaCpp.Options(ctx=2048, branches=4), self.file)


class TestTokenPrm(ScorerContract):
    scorer = TokenPrm
    options = {"model": "tiny", "preset": "custom", "tag": " step", "good": "is", "bad": "so"}  # noqa: RUF012
    tolerance = _ROUND_OFF

    @pytest.fixture(autouse=True)
    def _open(self, tiny):
        self.file = tiny["llama"]

    def make(self, policy):
        return TokenPrm(TokenPrm.Options(ctx=2048, **self.options), policy, self.file)
