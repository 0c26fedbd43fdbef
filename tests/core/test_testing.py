"""Every check of every contract can fail: for each, a plugin that breaks it, and the words it gets."""

import itertools
import random
from dataclasses import replace
from typing import ClassVar

import pytest
from pydantic import BaseModel
from reasontree.core import (
    ROOT,
    Answer,
    End,
    Expansion,
    Limits,
    Options,
    Prompt,
    Proposal,
    Step,
    Strategy,
)
from reasontree.core.ledger import Ledger
from reasontree.core.testing import (
    ContractError,
    CountingVote,
    GraderContract,
    Manner,
    PlainGrader,
    PolicyContract,
    Reasoner,
    ScorerContract,
    StepScorer,
    StrategyContract,
    VoteContract,
)


def checks_of(contract):
    return {name for name in dir(contract) if name.startswith("test_")}


def fails(contract, kind, plugin, check, words, **attributes):
    """Run one check of a contract over a broken plugin, and expect it to fail with these words."""
    suite = type("Suite", (contract,), {kind: plugin, **attributes})()
    with pytest.raises(ContractError, match=words):
        getattr(suite, check)()


def test_the_suites_need_no_pytest(run_python):
    program = "import sys, reasontree.core.testing; sys.exit('pytest' in sys.modules)"
    assert run_python("-c", program).returncode == 0


# Strategies


class Chains(Strategy):
    """Ask for four chains."""

    name = "chains"

    def select(self, tree):
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, 4, until="end")]


class Stepwise(Strategy):
    """Expand every open node of the newest depth once, from four first steps."""

    name = "stepwise"

    def select(self, tree):
        if tree.depth == 0:
            return [Expansion(ROOT, 4)]
        return [Expansion(node.id, 1) for node in tree.at_depth(tree.depth) if not node.finished]


class Nameless(Chains):
    """Has a name that nobody can type."""

    name = "two words"


class Undocumented(Chains):
    __doc__ = None


class Reticent(Chains):
    """Has an option that says nothing of itself."""

    class Options(Options):
        width: int = 4


class NoPydantic(Chains):
    """Has options that are no pydantic model of ours."""

    class Options(BaseModel):
        pass


class Endless(Chains):
    """Asks for one chain more, for ever."""

    def select(self, tree):
        return [Expansion(ROOT, 1, until="end")]


class Lazy(Chains):
    """Asks for first steps alone."""

    def select(self, tree):
        return [] if len(tree) > 1 else [Expansion(ROOT, 1)]


class Narrow(Chains):
    """Asks for no children as well."""

    def select(self, tree):
        return [] if tree.n_children(ROOT) else [Expansion(ROOT, 0), Expansion(ROOT, 4, until="end")]


class Necromancer(Stepwise):
    """Goes on from finished nodes."""

    def select(self, tree):
        return [Expansion(node.id, 1) for node in tree.at_depth(tree.depth)]


class Hider(Chains):
    """Takes back the answers that it does not like."""

    def select(self, tree):
        for node in tree.solutions:
            node.answer = None
        return [] if tree.n_children(ROOT) > 3 else [Expansion(ROOT, 1, until="end")]


class Forger(Chains):
    """Adds solutions that nobody paid for."""

    def select(self, tree):
        if tree.n_children(ROOT):
            return []
        tree.add(ROOT, Step("The answer is: 1", (1, 2, 3), end=End.STOP), round=0)
        return super().select(tree) or [Expansion(ROOT, 4, until="end")]


class Unseeded(Stepwise):
    """Rolls dice of its own."""

    def select(self, tree):
        return [e for e in super().select(tree) if e.node == ROOT or random.random() < 0.5]


class Gossip(Stepwise):
    """Remembers other searches, in what all its objects share."""

    seen: ClassVar[set] = set()

    def select(self, tree):
        known = {(tree.root.seed, node.id) for node in tree}
        fresh = [
            e for e in super().select(tree) if (tree.root.seed, e.node) not in self.seen or e.node == ROOT
        ]
        type(self).seen |= known
        return fresh


class ByIdentity(Stepwise):
    """Knows steps by where they lie in memory, so it does not know them when they come from a record."""

    known: ClassVar[dict] = {}

    def select(self, tree):
        wanted = super().select(tree)
        for node in tree:
            if node.id and self.known.setdefault(node.step, node.step) is not node.step and node.id % 2:
                wanted = [expansion for expansion in wanted if expansion.node != node.id]
        return wanted


class Trusting(Stepwise):
    """Believes that every node has a score."""

    def select(self, tree):
        return sorted(super().select(tree), key=lambda e: -tree.score(e.node) if e.node else 0)


class Dividing(Stepwise):
    """Divides by the sum of the scores."""

    def select(self, tree):
        wanted = super().select(tree)
        scores = [tree.score(expansion.node) for expansion in wanted if expansion.node]
        shares = [score / sum(scores) for score in scores if None not in scores]
        return wanted if min(shares, default=0) >= 0 else []


class Counting(Stepwise):
    """Believes that as many children come as it asked for."""

    def select(self, tree):
        if tree.depth > 0 and len(tree.at_depth(1)) != 4:
            raise IndexError("where is the fourth child?")
        return super().select(tree)


class Reading(Stepwise):
    """Believes that every step says something."""

    def select(self, tree):
        assert all(node.step.text[0] for node in tree)
        return super().select(tree)


class Insisting(Chains):
    """Goes on until it has a solution."""

    def select(self, tree):
        failed = [node for node in tree.ended if node.end is End.FAILED]
        done = tree.solutions or (tree.ended and not failed)
        return [] if done else [Expansion(ROOT, 1, until="end")]


class Hoping(Chains):
    """Goes on until a solution ends within the limits."""

    def select(self, tree):
        limited = [node for node in tree.ended if node.end in (End.LENGTH, End.DEPTH)]
        return [Expansion(ROOT, 1, until="end")] if limited or not tree.ended else []


class Impatient(Strategy):
    """Has several rounds under way, and believes that they come back in the order asked."""

    name = "impatient"
    max_rounds_in_flight = 3

    def __init__(self, options, rng):
        super().__init__(options, rng)
        self.n_asked = 0

    def select(self, tree):
        rounds = [node.round for node in tree]
        if rounds != sorted(rounds):
            raise ValueError("out of order")
        self.n_asked += 1
        return [Expansion(ROOT, 2, until="end")] if self.n_asked <= 3 else []


STRATEGIES = [
    ("test_it_can_be_registered", Nameless, "needs a name of letters.*'two words' came"),
    ("test_it_can_be_registered", Undocumented, "needs a docstring"),
    ("test_it_can_be_registered", Reticent, "option 'width' of strategy 'chains' needs a description"),
    ("test_it_can_be_registered", NoPydantic, r"needs Options derived.*NoPydantic\.Options came"),
    ("test_it_searches_and_ends", Endless, "goes on after 1000 rounds"),
    ("test_it_searches_and_ends", Lazy, "ended without a solution"),
    ("test_it_asks_only_for_open_nodes", Narrow, "needs a width of 1 or more"),
    ("test_it_asks_only_for_open_nodes", Necromancer, "finished and cannot be expanded"),
    ("test_it_only_reads_the_tree", Hider, "changed the tree in round"),
    ("test_it_keeps_every_budget", Forger, "tokens are in the tree, and .* were paid for"),
    ("test_it_answers_at_any_time", Hider, "solutions are there, and . voted"),
    ("test_it_is_deterministic_under_a_seed", Unseeded, "played again under the same seed: round"),
    ("test_it_is_deterministic_under_a_seed", Gossip, "played again under the same seed: round"),
    ("test_it_replays", ByIdentity, "replayed: round"),
    ("test_it_survives_nodes_without_a_score", Trusting, "the search failed.*NoneType"),
    ("test_it_survives_extreme_scores", Dividing, "the search failed.*division"),
    ("test_it_survives_children_without_a_step", Counting, "the search failed.*fourth child"),
    ("test_it_survives_empty_steps", Reading, "the search failed.*index out of range"),
    ("test_it_survives_branches_that_fail", Insisting, "goes on after 1000 rounds"),
    ("test_it_survives_branches_that_reach_a_limit", Hoping, "goes on after 1000 rounds"),
    ("test_it_survives_children_that_come_back_one_by_one", Impatient, "the search failed.*out of order"),
]


@pytest.mark.parametrize(("check", "strategy", "words"), STRATEGIES)
def test_a_broken_strategy_fails_its_check(check, strategy, words):
    fails(StrategyContract, "strategy", strategy, check, words)


def test_every_check_of_a_strategy_has_a_broken_one():
    assert {check for check, *_ in STRATEGIES} == checks_of(StrategyContract)


class TestChains(StrategyContract):
    strategy = Chains


class TestStepwise(StrategyContract):
    strategy = Stepwise


# Scorers


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


# Votes


class Unnamed(CountingVote):
    name = ""


class Grudging(CountingVote):
    """Weighs answers below 0."""

    def weigh(self, solutions):
        return -1.0


class FirstCome(CountingVote):
    """Weighs the first solution alone."""

    def weigh(self, solutions):
        return solutions[0].score


class Contrary(CountingVote):
    """Prefers low scores."""

    def weigh(self, solutions):
        return sum(1 - solution.score for solution in solutions)


class Tiring(CountingVote):
    """Weighs less each time."""

    n_asked = 0

    def weigh(self, solutions):
        self.n_asked += 1
        return len(solutions) / self.n_asked


VOTES = [
    ("test_it_can_be_registered", Unnamed, "needs a name"),
    ("test_its_weights_are_finite", Grudging, "as -1.0; a finite number"),
    ("test_order_does_not_matter", FirstCome, "weighs the scores .* as 0.2, and"),
    ("test_a_higher_score_never_weighs_less", Contrary, "less than"),
    ("test_it_is_deterministic", Tiring, "in turn"),
]


@pytest.mark.parametrize(("check", "vote", "words"), VOTES)
def test_a_broken_vote_fails_its_check(check, vote, words):
    fails(VoteContract, "vote", vote, check, words)


def test_every_check_of_a_vote_has_a_broken_one():
    assert {check for check, *_ in VOTES} == checks_of(VoteContract)


class TestCounting(VoteContract):
    vote = CountingVote


# Graders


class OptionlessGrader(PlainGrader):
    Options = None


class Deaf(PlainGrader):
    """Reads no answer out of any solution."""

    def extract(self, text):
        return None

    def reference(self, text):
        return Answer(text, text)


class Sceptic(PlainGrader):
    """Believes in letters alone, not in its own canonical form."""

    def equivalent(self, one, other):
        return one.text == other.text


class Climber(PlainGrader):
    """Takes an answer for equal to all that come after it in the alphabet."""

    def equivalent(self, one, other):
        return one.text <= other.text


class Literal(PlainGrader):
    """Believes that answers are whole numbers."""

    def extract(self, text):
        answer = super().extract(text)
        return answer and Answer(answer.text, str(int(answer.text)))


class Forgetful(PlainGrader):
    """Reads other canonical forms each time."""

    number = itertools.count()

    def extract(self, text):
        return Answer("270", f"270 #{next(self.number)}")


GRADERS = [
    ("test_it_can_be_registered", OptionlessGrader, "needs Options"),
    ("test_it_reads_answers_out_of_solutions", Deaf, "reads None out of .* '270' is wanted"),
    ("test_an_answer_equals_itself", Sceptic, "is not equal to Answer"),
    ("test_it_compares_as_it_should_both_ways", Climber, "should be different, in this order"),
    ("test_it_never_raises", Literal, "fails at the text.*ValueError"),
    ("test_it_is_deterministic", Forgetful, "and then"),
]


@pytest.mark.parametrize(("check", "grader", "words"), GRADERS)
def test_a_broken_grader_fails_its_check(check, grader, words):
    fails(GraderContract, "grader", grader, check, words)


def test_every_check_of_a_grader_has_a_broken_one():
    assert {check for check, *_ in GRADERS} == checks_of(GraderContract)


class TestPlain(GraderContract):
    grader = PlainGrader


# Policies


class Talker(Reasoner):
    """Reasons as the scripted policy does."""

    name = "talker"
    manner_of = Manner()

    def __init__(self, options, model):
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

    def _steps(self, request, seed):
        return super()._steps(request, 0)


class Careless(Talker):
    """Has other dice in each object."""

    n_made = itertools.count()

    def __init__(self, options, model):
        super().__init__(options, model)
        self.salt = next(self.n_made)

    def _steps(self, request, seed):
        return super()._steps(request, seed + self.salt)


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
    """Never asks the ledger."""

    def propose(self, requests):
        proposals = []
        for request in requests:
            proposals += super().propose([replace(request, ledger=(own := Ledger()))])
            request.ledger.generated += own.generated
            request.ledger.policy_flops += own.policy_flops
        return proposals


class Secretive(Talker):
    """Books nothing."""

    def propose(self, requests):
        return super().propose([replace(request, ledger=Ledger()) for request in requests])


class Haunted(Talker):
    """Hands in children one by one, and goes on after a search is over."""

    manner_of = Manner(one_by_one=True)

    def release(self, search):
        pass


class Restless(Talker):
    """Proposes where nobody asked."""

    def propose(self, requests):
        return super().propose(requests) or [Proposal(0, 1, 0, 0, ())]


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
    ("test_it_spends_nothing_when_nothing_is_left", Spendthrift, "tokens after the ledger has stopped"),
    ("test_it_books_what_it_generates", Secretive, "and books 0 as generated"),
    (
        "test_its_log_probabilities_fit_its_tokens",
        each_step(Talker, longer),
        "log-probabilities for . tokens",
    ),
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
