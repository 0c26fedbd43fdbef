"""What every policy must keep, and the numbers worked out by hand."""

import pytest
from reasontree.core import (
    Allowance,
    Limits,
    Proposal,
    ProposeRequest,
    ReasonError,
    Sampling,
    Step,
)
from reasontree.core.testing import PolicyContract
from scripted_server import ScriptedServer

from reasontree_completions.policy import CompletionsPolicy


class TestCompletionsPolicy(PolicyContract):
    policy = CompletionsPolicy

    @classmethod
    def setup_class(cls):
        cls.server = ScriptedServer()
        cls.address = cls.server.address

    @classmethod
    def teardown_class(cls):
        cls.server.close()

    def test_it_asks_for_no_more_than_is_left(self):
        policy = self.make()
        prefix, sampling = (Step("Q: "), Step("Think.", (1, 2))), Sampling()
        allowance = Allowance(tokens=2)
        request = ProposeRequest(
            0, 1, 0, prefix, (7, 8), "step", sampling, Limits(), allowance
        )
        self.server.asked.clear()
        handed = policy.propose([request])
        while sum(isinstance(each, Proposal) for each in handed) < 2:
            handed = [*handed, *policy.propose(())]
        policy.close()
        assert sum(each.usage.tokens.generated for each in handed) == 2
        (asked,) = self.server.asked
        assert (asked["prompt"], asked["max_tokens"], asked["seed"]) == (
            "Q: Think.",
            2,
            7,
        )

    def test_a_server_that_is_not_there_is_named(self):
        options = CompletionsPolicy.Options()
        policy = CompletionsPolicy(options, "http://127.0.0.1:1/v1")
        request = ProposeRequest(
            0, 1, 0, (Step("Q"),), (7,), "step", Sampling(), Limits()
        )
        with pytest.raises(ReasonError, match="127.0.0.1:1/v1/completions gives no"):
            policy.propose([request])
        policy.close()
