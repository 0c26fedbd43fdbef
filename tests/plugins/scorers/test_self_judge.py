"""The self-judge on tiny random models: the plain path's yes and no, at the price of the question."""

import math

import numpy as np
import pytest
from reasontree.core import End, Expansion, Sampling, Step
from reasontree.core.errors import ModelError, UsageError
from reasontree.core.records import Limits
from reasontree.core.tree import ROOT
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.policies.simulated import Simulated
from reasontree.plugins.scorers.self_judge import SelfJudge, yes_or_no

CHAINS = [Expansion(ROOT, 4, until="end")]
WORDS = {"yes": "is", "no": "so"}


class Stepwise:
    """Expands the root, and then whatever step has not ended."""

    name = "stepwise"
    max_rounds_in_flight = 1
    is_done = False

    def select(self, tree):
        if tree.depth == 0:
            return [Expansion(ROOT, 4)]
        return [Expansion(n.id, 2) for n in tree.at_depth(1) if not n.finished] if tree.depth == 1 else ()


class Spoken:
    """Expands the root, and then lets the user speak to whatever step has not ended, or is a solution."""

    name = "spoken"
    max_rounds_in_flight = 1
    is_done = False

    def select(self, tree):
        if tree.depth == 0:
            return [Expansion(ROOT, 6)]
        nodes = [node for node in tree.at_depth(1) if node.takes("Why?")] if tree.depth == 1 else ()
        return [Expansion(n.id, 2, "end", says="Why?", begins="So then") for n in nodes]


@pytest.fixture
def policy(file):
    opened = LlamaCpp(LlamaCpp.Options(ctx=2048, branches=4), file)
    yield opened
    opened.close()


@pytest.fixture
def judge(policy):
    return SelfJudge(SelfJudge.Options(question="Is it so?", **WORDS), policy)


@pytest.fixture
def searched(policy, judge, run_of, search_of, scripted):
    """Search with the judge and return the tree, and what the engine computed for each node's question."""

    def search(*rounds, max_step_tokens=60):
        limits = Limits(max_tokens=60, max_step_tokens=max_step_tokens)
        strategy = rounds[0] if rounds and hasattr(rounds[0], "select") else scripted(*rounds)
        search = search_of(strategy, scorer=judge.name, sampling=Sampling(temperature=1.0), limits=limits)
        (finished,) = run_of(policy, scorers=[judge]).searches([search])
        assert finished.outcome.error == ""
        return finished

    return search


def asked(policy, tree, node):
    """The tokens of a node's question as the docstring says: prompt, steps, question."""
    tokens = []
    for step in tree.steps(node):
        if step.said and policy.model.ends(tokens[-1]):
            tokens.pop()
        tokens += step.tokens
    if policy.model.ends(tokens[-1]):
        tokens.pop()
    return [*tokens, *policy.follow_up("Is it so?")]


@pytest.mark.parametrize("rounds", [[CHAINS], [Stepwise()], [Spoken()]], ids=["chains", "stepwise", "spoken"])
def test_scores_are_those_of_the_plain_path(policy, file, searched, plain_logits, rounds):
    tree = searched(*rounds).search.tree
    readout = yes_or_no(policy.model, **WORDS)
    nodes = [node.id for node in tree][1:]
    assert len(nodes) >= 4
    for node in nodes[:8]:
        logits = plain_logits(file, asked(policy, tree, node))
        assert tree.score(node) == pytest.approx(readout.score(tuple(logits[list(readout.tokens)])), abs=2e-3)


def test_a_score_costs_the_question_and_the_token_before_it(policy, searched):
    finished = searched(Stepwise())
    n_nodes = len(finished.search.tree) - 1
    n_question = len(policy.follow_up("Is it so?"))
    assert finished.search.tree.depth == 2
    # A step's last token was sampled and not yet computed; the first reading computes it for the children.
    assert finished.outcome.tokens.scored <= n_nodes * (n_question + 1)
    assert finished.outcome.tokens.recomputed == 0
    assert finished.outcome.flops.scorer > 0


def test_a_finished_solution_is_not_computed_again(policy, searched):
    finished = searched([Expansion(ROOT, 4)], max_step_tokens=3)
    tree, n_question = finished.search.tree, len(policy.follow_up("Is it so?"))
    assert any(node.end is End.LENGTH for node in tree)
    assert finished.outcome.tokens.scored <= 4 * (n_question + 1)


def test_a_search_that_ended_leaves_no_cells_and_no_questions(policy, searched):
    searched(Stepwise())
    assert policy.engine.sequences.n_cells == 0
    assert policy.engine.take_readings() == []


def test_yes_and_no_share_the_probability_of_their_spellings(policy):
    readout = yes_or_no(policy.model, "two", "we")
    logits = np.linspace(-1, 1, len(readout.tokens))
    n_yes = len(yes_or_no(policy.model, "two", "we").tokens) - len(_only(policy, "we", "two"))
    weights = [math.exp(logit) for logit in logits]
    assert readout.score(tuple(logits)) == pytest.approx(sum(weights[:n_yes]) / sum(weights))
    assert readout.score((900.0, *[-900.0] * (len(logits) - 1))) == 1.0


def _only(policy, word, other):
    def first(text):
        spellings = (space + form for space in ("", " ") for form in (text, text.lower(), text.upper()))
        return {policy.model.tokenize(each, special=False, begin=False)[0] for each in spellings}

    return first(word) - first(other)


def test_words_that_begin_alike_are_refused(policy):
    with pytest.raises(ModelError, match="begin with the same tokens"):
        yes_or_no(policy.model, "two", "two")


def test_the_question_is_the_users_next_turn_or_the_next_line(policy, file):
    text = b"".join(policy.model.piece(token) for token in policy.follow_up("Is it so?")).decode()
    if file.name == "tiny-llama":
        assert policy.model.ends(policy.follow_up("Is it so?")[0])  # the template ends the solution's turn
        assert text.strip() == "[INST] Is it so? [/INST]"
    else:
        assert text == "\n\nIs it so?\nAnswer:"


def test_a_policy_without_a_model_is_refused():
    with pytest.raises(UsageError) as refused:
        SelfJudge(SelfJudge.Options(), Simulated(Simulated.Options()))
    assert "policy 'simulated' has none" in str(refused.value)
    assert "--policy llama-cpp" in str(refused.value)


def test_the_tokens_that_ended_turns_are_not_asked_about(
    policy, judge, file, plain_logits, request_of, scores_of
):
    model, (prompt, first, second) = policy.model, ((1, 20, 21), (22, 23), (24, 25))
    end = next(token for token in range(model.n_vocab) if model.ends(token))
    stopped = Step("", (*first, end), end=End.STOP)
    reply = Step("", (*second, end), end=End.STOP, said="Why?", n_given=1, n_said=1)
    request = request_of([(stopped,), (stopped, reply)], prompt=prompt)
    (found,) = scores_of(judge, request, between=lambda: policy.propose(())).values()
    readout, asks = yes_or_no(model, **WORDS), policy.follow_up("Is it so?")
    for node, tokens in ((1, first), (2, first + second)):
        logits = plain_logits(file, [*prompt, *tokens, *asks])
        assert found[node] == pytest.approx(readout.score(tuple(logits[list(readout.tokens)])), abs=1e-4)
