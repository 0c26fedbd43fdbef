"""The loop: rounds, many searches at once, budgets, interruptions and plugins that raise."""

import pytest
from reasontree.core import ROOT, End, Expansion, Proposal, Step, hookimpl
from reasontree.core.records import Budget, Limits
from reasontree.core.requests import Scores

CHAINS = [Expansion(ROOT, 3, until="end")]


class Watcher:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    @hookimpl
    def search_started(self, search):
        self.told.append(("started", search.number))

    @hookimpl
    def steps_added(self, search, round):
        self.told.append(("round", search.number, round.number, len(round.added)))

    @hookimpl
    def search_finished(self, search, outcome):
        self.told.append(("finished", search.number, outcome.stopped))


class DepthScorer:
    """Scores every node by its depth."""

    name = "depth"

    def score(self, requests):
        return [
            Scores(
                r.search, r.round, "depth", {n: len(p) / 10 for n, p in zip(r.nodes, r.paths, strict=True)}
            )
            for r in requests
        ]

    def close(self):
        pass


class Reader(DepthScorer):
    """Notes what it is asked."""

    def __init__(self):
        self.asked = []

    def score(self, requests):
        self.asked += requests
        return super().score(requests)


def only(run, search):
    (finished,) = run.searches([search])
    return finished


def test_a_search_runs_its_rounds_and_tells_its_observers(run_of, search_of, scripted, simulated):
    watcher = Watcher()
    strategy = scripted([Expansion(ROOT, 2)], [Expansion(1, 1), Expansion(2, 2)])
    finished = only(run_of(simulated(depth=2), observers=[watcher]), search_of(strategy))
    assert watcher.told == [("started", 0), ("round", 0, 1, 2), ("round", 0, 2, 3), ("finished", 0, "done")]
    assert [node.parent for node in finished.search.tree] == [None, 0, 0, 1, 2, 2]


def test_chains_are_split_into_steps_and_every_step_is_scored(run_of, search_of, scripted, simulated):
    run = run_of(simulated(depth=3), scorers=[DepthScorer()])
    tree = only(run, search_of(scripted(CHAINS), scorer="depth")).search.tree
    assert len(tree) == 1 + 3 * 3
    assert [tree.score(node.id) for node in tree.path(tree.solutions[0].id)[1:]] == [0.1, 0.2, 0.3]


def test_a_scorer_is_told_the_parents_and_their_scores(run_of, search_of, scripted, simulated):
    reader = Reader()
    strategy = scripted([Expansion(ROOT, 2)], [Expansion(2, 1, until="end")])
    only(run_of(simulated(depth=4), scorers=[reader]), search_of(strategy, scorer="depth"))
    first, second = reader.asked
    assert (first.nodes, first.parents, first.known) == ((1, 2), (0, 0), {})
    assert (second.nodes, second.parents, second.known) == ((3, 4, 5), (2, 3, 4), {2: {"depth": 0.1}})
    some = second.only([2], {4: {"depth": 0.2}})
    assert (some.nodes, some.parents, some.known) == ((5,), (4,), {2: {"depth": 0.1}, 4: {"depth": 0.2}})
    assert some.paths == (second.paths[2],)


def test_the_answer_is_graded_against_the_gold_answer(run_of, search_of, scripted, simulated):
    assert only(run_of(simulated(p_right=1)), search_of(scripted(CHAINS))).outcome.correct is True
    assert only(run_of(simulated(p_right=0)), search_of(scripted(CHAINS))).outcome.correct is False


def test_a_search_has_the_same_tree_alone_and_among_others(run_of, search_of, scripted, simulated):
    alone = only(run_of(simulated()), search_of(scripted(CHAINS), index=3, seed=5)).search.tree
    many = list(run_of(simulated()).searches(search_of(scripted(CHAINS), index=i, seed=5) for i in range(8)))
    tree = next(finished.search.tree for finished in many if finished.search.number == 3)
    assert [node.step for node in tree] == [node.step for node in alone]


def test_more_searches_than_may_be_active_all_finish(run_of, search_of, scripted, simulated):
    run = run_of(simulated(), n_active=2)
    done = list(run.searches(search_of(scripted(CHAINS), index=i) for i in range(7)))
    assert sorted(finished.search.number for finished in done) == list(range(7))


@pytest.mark.parametrize("tokens", [1, 7, 8, 9, 50])
def test_a_budget_of_tokens_is_kept_exactly(run_of, search_of, scripted, simulated, tokens):
    search = search_of(scripted(CHAINS), budget=Budget(tokens=tokens))
    outcome = only(run_of(simulated(depth=4, step_tokens=8)), search).outcome
    assert outcome.tokens.generated == tokens
    assert outcome.stopped == "tokens"


def test_a_budget_of_samples_ends_the_search(run_of, search_of, scripted, simulated):
    rounds = [[Expansion(ROOT, 2, until="end")] for _ in range(9)]
    outcome = only(run_of(simulated()), search_of(scripted(*rounds), budget=Budget(samples=4))).outcome
    assert (len(outcome.solutions), outcome.stopped) == (4, "samples")


@pytest.mark.parametrize("samples", [1, 3, 5])
def test_a_budget_of_samples_is_exact_where_chains_are_asked_for(
    run_of, search_of, scripted, simulated, samples
):
    rounds = [[Expansion(ROOT, 2, until="end"), Expansion(ROOT, 2, until="end")] for _ in range(2)]
    strategy = scripted(*rounds)
    strategy.max_rounds_in_flight = 2
    finished = only(run_of(simulated()), search_of(strategy, budget=Budget(samples=samples)))
    assert (finished.search.tree.n_ended, finished.outcome.stopped) == (samples, "samples")


def test_a_branch_at_the_depth_limit_is_finished_without_an_answer(run_of, search_of, scripted, simulated):
    strategy = scripted([Expansion(ROOT, 1)], [Expansion(1, 1)])
    search = search_of(strategy, limits=Limits(max_depth=2))
    tree = only(run_of(simulated(depth=9)), search).search.tree
    assert [node.end for node in tree] == [None, None, End.DEPTH]


def test_stop_ends_every_search_with_what_it_has(run_of, search_of, scripted, simulated):
    rounds = [[Expansion(ROOT, 1, until="end")] for _ in range(1000)]
    run = run_of(simulated())

    class StopsAtRound5:
        @hookimpl
        def steps_added(self, search, round):
            if round.number == 5:
                run.stop()

    run.manager.register(StopsAtRound5())
    done = list(run.searches(search_of(scripted(*rounds), index=i) for i in range(3)))
    assert {finished.outcome.stopped for finished in done} == {"interrupted"}
    assert all(len(finished.outcome.solutions) >= 4 for finished in done)


class Raises:
    name = "raises"
    max_rounds_in_flight = 1
    is_done = False

    def select(self, tree):
        if len(tree) > 1:
            raise RuntimeError("no idea")
        return CHAINS


def test_a_strategy_that_raises_ends_its_own_search_alone(run_of, search_of, scripted, simulated):
    searches = [search_of(Raises(), index=0), search_of(scripted(CHAINS), index=1)]
    by_number = {f.search.number: f.outcome for f in run_of(simulated()).searches(searches)}
    assert by_number[0].stopped == "failed"
    assert "raises" in by_number[0].error
    assert "no idea" in by_number[0].error
    assert len(by_number[0].solutions) == 3
    assert by_number[1].stopped == "done"


class BreaksDown:
    """A policy that fails at its third call."""

    name = "broken"

    def __init__(self, policy):
        self._policy, self._n_calls = policy, 0
        self.info, self.render, self.release = policy.info, policy.render, policy.release

    def propose(self, requests):
        self._n_calls += 1
        if self._n_calls == 3:
            raise OSError("the GPU has left")
        return self._policy.propose(requests)


def test_a_policy_that_raises_ends_all_searches_with_what_they_have(run_of, search_of, scripted, simulated):
    rounds = [[Expansion(ROOT, 1, until="end")] for _ in range(9)]
    run = run_of(BreaksDown(simulated()))
    done = list(run.searches(search_of(scripted(*rounds), index=i) for i in range(3)))
    assert [finished.outcome.stopped for finished in done] == ["failed"] * 3
    assert all("the GPU has left" in finished.outcome.error for finished in done)
    assert all(len(finished.outcome.solutions) == 2 for finished in done)


def test_expanding_a_finished_node_is_the_strategys_error(run_of, search_of, scripted, simulated):
    strategy = scripted([Expansion(ROOT, 1)], [Expansion(1, 1)])
    outcome = only(run_of(simulated(depth=1)), search_of(strategy)).outcome
    assert outcome.stopped == "failed"
    assert "cannot be expanded" in outcome.error


class LosesEveryBranch:
    """A policy whose children all come back without a step."""

    name = "loser"

    def __init__(self, policy):
        self._policy = policy
        self.info, self.render, self.release = policy.info, policy.render, policy.release

    def propose(self, requests):
        return [
            Proposal(r.search, r.round, r.position, child, ())
            for r in requests
            for child in range(len(r.seeds))
        ]


def test_a_round_without_a_single_step_does_not_hang(run_of, search_of, scripted, simulated):
    outcome = only(
        run_of(LosesEveryBranch(simulated()), scorers=[DepthScorer()]), search_of(scripted(CHAINS))
    )
    assert outcome.outcome.verdict.answer is None


class SlowPolicy:
    """Hands in one child at each moment, the newest request first."""

    name = "slow"

    def __init__(self, policy):
        self.info, self.render, self.release = policy.info, policy.render, policy.release
        self._waiting = []

    def propose(self, requests):
        self._waiting += [(r, child) for r in requests for child in range(len(r.seeds))]
        request, child = self._waiting.pop()
        step = Step(f"{request.seeds[child]}:", (request.seeds[child],), end=End.STOP)
        return [Proposal(request.search, request.round, request.position, child, (step,))]


def test_nodes_stand_in_the_order_asked_whatever_comes_back_first(run_of, search_of, scripted, simulated):
    strategy = scripted([Expansion(ROOT, 4)])
    tree = only(run_of(SlowPolicy(simulated())), search_of(strategy)).search.tree
    assert [node.rank for node in tree.children(ROOT)] == [0, 1, 2, 3]
    assert [node.step.tokens[0] for node in tree.children(ROOT)] == [n.seed for n in tree.children(ROOT)]


class LateScorer(DepthScorer):
    """Answers a turn later than it was asked."""

    def __init__(self):
        self._waiting = []

    def score(self, requests):
        ready, self._waiting = self._waiting, list(requests)
        return super().score(ready)


class OneAtATime:
    """Lets its expansions come back in turn, the newest first."""

    name = "one at a time"

    def __init__(self, policy):
        self._policy, self._waiting = policy, []
        self.info, self.render, self.release = policy.info, policy.render, policy.release

    def propose(self, requests):
        self._waiting += requests
        return self._policy.propose([self._waiting.pop()]) if self._waiting else []


class Impatient:
    """Has three rounds under way, and notes the nodes that have no score when it is asked."""

    name = "impatient"
    max_rounds_in_flight = 3
    is_done = False

    def __init__(self):
        self.n_asked, self.unscored, self.n_most = 0, [], 0

    def select(self, tree):
        self.unscored += [node.id for node in tree if node.id and not node.scores]
        self.n_asked += 1
        n_rounds_back = len({node.round for node in tree}) - 1
        if self.n_asked <= 9:
            self.n_most = max(self.n_most, self.n_asked - n_rounds_back)
            return [Expansion(ROOT, 1)]
        return []


def test_a_strategy_with_rounds_in_flight_never_sees_nodes_that_wait_for_scores(run_of, search_of, simulated):
    strategy = Impatient()
    run = run_of(OneAtATime(simulated()), scorers=[LateScorer()])
    tree = only(run, search_of(strategy, scorer="depth")).search.tree
    assert len(tree) == 1 + 9
    assert strategy.n_most == 3
    assert strategy.unscored == []
