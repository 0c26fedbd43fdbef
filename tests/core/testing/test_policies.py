"""Every check of a policy's contract can fail: for each, a policy that breaks it, and the words it gets."""

import itertools
from dataclasses import replace

import pytest
from reasontree.core import Allowance, End, Limits, Prompt, Proposal, Usage
from reasontree.core.testing import (
    Manner,
    PolicyContract,
    Reasoner,
)

from .breaking import checks_of, fails


class Talker(Reasoner):
    """Reasons as the scripted policy does."""

    name = "talker"
    manner_of = Manner()

    def __init__(self, options):
        super().__init__(self.manner_of)


class Faceless(Talker):
    name = None


class Silent(Talker):
    """Shows no problem."""

    def render(self, problem):
        return Prompt("")


class Twice(Talker):
    """Hands in its last child twice."""

    def propose(self, requests):
        proposals = super().propose(requests)
        return [*proposals, *proposals[-1:]]


class Hasty(Talker):
    """Answers every request with whole chains."""

    def propose(self, requests):
        return super().propose([replace(request, until="end") for request in requests])


class Amnesiac(Talker):
    """Cannot read its own steps."""

    def propose(self, requests):
        for request in requests:
            if len(request.prefix) > 1:
                raise KeyError("unknown prefix")
        return super().propose(requests)


class Parrot(Talker):
    """Says the same under every seed."""

    def _steps(self, request, seed, meter):
        return super()._steps(request, 0, meter)


class Careless(Talker):
    """Has other dice in each object."""

    n_made = itertools.count()

    def __init__(self, options):
        super().__init__(options)
        self.salt = next(self.n_made)

    def _steps(self, request, seed, meter):
        return super()._steps(request, seed + self.salt, meter)


def each_step(policy, change):
    """Make a policy that changes each step of another one."""

    def propose(self, requests):
        return [p._replace(steps=tuple(map(change, p.steps))) for p in policy.propose(self, requests)]

    return type("Changed", (policy,), {"propose": propose})


class Boundless(Talker):
    """Knows no limit."""

    def propose(self, requests):
        return super().propose([replace(request, limits=Limits()) for request in requests])


class Spendthrift(Talker):
    """Knows no allowance."""

    def propose(self, requests):
        return super().propose([replace(request, allowance=Allowance()) for request in requests])


class Secretive(Talker):
    """Books nothing."""

    def propose(self, requests):
        return [proposal._replace(usage=Usage()) for proposal in super().propose(requests)]


class Deafened(Talker):
    """Hands in children one by one, and never those of a search that was cut."""

    manner_of = Manner(one_by_one=True)

    def cut(self, search):
        self._waiting = [each for each in self._waiting if each.search != search]


class Butcher(Talker):
    """Cuts every search where one is to be cut."""

    manner_of = Manner(one_by_one=True)

    def cut(self, search):
        cut = [(*each.steps[:-1], replace(each.steps[-1], end=End.CUT)) for each in self._waiting]
        self._waiting = [each._replace(steps=steps) for each, steps in zip(self._waiting, cut, strict=True)]


class Haunted(Talker):
    """Hands in children one by one, and goes on after a search is over."""

    manner_of = Manner(one_by_one=True)

    def release(self, search):
        pass


class Restless(Talker):
    """Proposes where nobody asked."""

    def propose(self, requests):
        return super().propose(requests) or [Proposal(0, 1, 0, 0, ())]


class Uniform(Talker):
    """Samples all that it is asked at once in one way."""

    def propose(self, requests):
        proposals = super().propose(requests)
        ways = {request.sampling for request in requests}
        return [each._replace(steps=()) for each in proposals] if len(ways) > 1 else proposals


class Deaf(Talker):
    """Goes on as if nobody had said anything."""

    def propose(self, requests):
        return super().propose([replace(request, says="") for request in requests])


class Headstrong(Talker):
    """Begins as it likes."""

    def propose(self, requests):
        return super().propose([replace(request, begins="") for request in requests])


class Proud(Talker):
    """Takes what was given for its own."""

    def propose(self, requests):
        proposals = super().propose(requests)
        return [each._replace(steps=tuple(map(sampled, each.steps))) for each in proposals]


class Modest(Talker):
    """Books nothing of what it was given."""

    def propose(self, requests):
        proposals = super().propose(requests)
        return [
            each._replace(usage=replace(each.usage, tokens=each.usage.tokens._replace(prompt=0)))
            for each in proposals
        ]


class Wordy(Talker):
    """Counts no beginning towards the limit."""

    def propose(self, requests):
        limits = Limits(max_tokens=1000)
        return super().propose([replace(each, limits=limits) if each.begins else each for each in requests])

    manner_of = Manner(depth=(30, 40))


def sampled(step):
    return replace(step, n_given=0, n_said=0)


def repeated(step):
    return replace(step, said="Are you sure?") if step.text.startswith("Step 2") else step


def wide(step):
    return replace(step, hidden=(0.0,) * len(step.text))


def longer(step):
    return replace(step, logprobs=(*step.logprobs, -1.0))


def unended(step):
    return replace(step, end=None)


POLICIES = [
    ("test_it_can_be_registered", Faceless, "needs a name"),
    ("test_it_tells_its_model_and_shows_a_problem", Silent, "a Prompt with text is wanted"),
    ("test_it_returns_every_child_once", Twice, "returns the child .* twice"),
    ("test_a_step_is_one_step_and_a_chain_ends_once", Hasty, "steps where one was asked for"),
    (
        "test_a_step_is_one_step_and_a_chain_ends_once",
        each_step(Talker, unended),
        "gives a chain with the ends",
    ),
    ("test_it_goes_on_from_its_own_steps", Amnesiac, "fails to go on from its own step: KeyError"),
    ("test_a_seed_names_a_child", Parrot, "the same chain under 8 seeds"),
    ("test_a_seed_names_a_child", Careless, "other steps under the same seeds"),
    ("test_it_keeps_the_limits", Boundless, "tokens; the limit is 5"),
    ("test_it_keeps_a_budget_of_tokens", Spendthrift, "tokens under a budget of 1"),
    ("test_it_spends_nothing_when_nothing_is_left", Spendthrift, "tokens where none is left"),
    ("test_it_hands_in_what_is_under_way_when_a_search_is_cut", Deafened, "never returns the child"),
    ("test_it_hands_in_what_is_under_way_when_a_search_is_cut", Butcher, "branches of another search"),
    ("test_it_books_what_it_generates", Secretive, "and books 0 as generated"),
    (
        "test_its_log_probabilities_fit_its_tokens",
        each_step(Talker, longer),
        "log-probabilities for . tokens",
    ),
    ("test_it_samples_each_request_in_its_own_way", Uniform, "samplings of their own"),
    ("test_it_lets_the_user_speak_again", Deaf, "notes '' as said, and 'Are you sure.' was"),
    ("test_it_lets_the_user_speak_again", Modest, "is given 3 tokens, and books 0 of prompt"),
    ("test_it_lets_the_user_speak_again", each_step(Talker, repeated), "something to 1 later steps"),
    ("test_it_begins_a_step_with_a_given_text", Headstrong, "begins with .*, and 'So 3' was given"),
    ("test_it_begins_a_step_with_a_given_text", Proud, "log-probabilities for . tokens"),
    ("test_it_begins_a_step_with_a_given_text", Wordy, "the limit is 48"),
    ("test_its_hidden_states_have_one_width", each_step(Talker, wide), "hidden states of the widths"),
    ("test_it_forgets_a_search", Haunted, "children of a search that was released"),
    ("test_it_survives_being_asked_nothing", Restless, "children where none was asked for"),
]


@pytest.mark.parametrize(("check", "policy", "words"), POLICIES)
def test_a_broken_policy_fails_its_check(check, policy, words):
    fails(PolicyContract, "policy", policy, check, words)


def test_every_check_of_a_policy_has_a_broken_one():
    assert {check for check, *_ in POLICIES} == checks_of(PolicyContract)


class TestTalker(PolicyContract):
    policy = Talker


class TestTalkerOneByOne(PolicyContract):
    policy = type("OneByOne", (Talker,), {"manner_of": Manner(one_by_one=True)})


class Remote(Talker):
    """Reasons at an address."""

    takes_address = True

    def __init__(self, options, address):
        super().__init__(options)
        assert address == "http://there"


class TestRemote(PolicyContract):
    policy = Remote
    address = "http://there"
