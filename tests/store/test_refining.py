"""A search that refines its best answers: recorded, replayed, drawn from, exported, resumed after a kill."""

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from reasontree.core import ROOT, End, Expansion, Sampling
from reasontree.core.replay.checker import Checker
from reasontree.core.replay.playback import Playback
from reasontree.core.replay.pooled import Drawing, PooledPolicy, PooledScorer
from reasontree.core.replay.recorded import RecordedPolicy, RecordedScorer
from reasontree.core.run import Run
from reasontree.core.testing import PlainGrader
from reasontree.plugins import registry
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.store.analysis.chains import chains_of
from reasontree.store.checking import check
from reasontree.store.database import open_database
from reasontree.store.exchange.export import export
from reasontree.store.exchange.importing import import_lines
from reasontree.store.filters import EVERYTHING
from reasontree.store.recorder import Recorder
from reasontree.store.resuming import take_up
from reasontree.store.schema import NodeRow
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import update

from ..late import KilledError, Kills, LatePolicy, LateScorer
from ..recorded import respec
from .refining import HOT, Refine

ASSET = Path(__file__).parent / "assets" / "expansions.jsonl"
HARM = "\ud800 \x00 </script>"


@pytest.fixture
def refined(run_record, search_of, simulated):
    """Record a search that refines; return it finished, and its trace."""

    def record(database, strategy=None, policy=None, observers=(), seed=5):
        recorder = Recorder(database, run_record)
        run = wired(policy or simulated(p_right=0.6), [Confidence(None, None)], [*observers, recorder])
        search = search_of(strategy or Refine(), seed=seed, scorer="confidence")
        (finished,) = run.searches([search])
        return finished, load_trace(database, recorder.trace_id(0))

    return record


def wired(policy, scorers, observers):
    vote = registry().get("vote", "best")
    return Run(policy, grader=PlainGrader(), vote=vote(vote.Options()), scorers=scorers, observers=observers)


def played(trace, strategy, *, live=None, observers=(), goes_on=False):
    policy = RecordedPolicy(trace.record.model, live)
    scorers = [RecordedScorer("confidence", policy, LateScorer(1) if live else None)]
    run = wired(policy, scorers, [policy, Checker(), *observers])
    (finished,) = run.searches([Playback(trace, strategy, goes_on=goes_on)])
    return finished


def drawn(trace, strategy, on_miss="stop"):
    policy = PooledPolicy(trace.record.model, on_miss=on_miss)
    run = wired(policy, [PooledScorer("confidence", policy)], [policy])
    (finished,) = run.searches([Drawing(trace, strategy, scorer="confidence", seed=0)])
    return finished


def facts(tree):
    return [(node.parent, node.rank, node.step, node.end, node.answer, node.scores) for node in tree]


def exported(database):
    file = io.BytesIO()
    export(database, file, (), EVERYTHING)
    return file.getvalue()


def test_what_was_refined_votes_beside_its_refinements(sqlite, refined):
    finished, trace = refined(sqlite)
    tree = finished.search.tree
    replies = [node for node in tree if node.step.said]
    assert len(replies) == 6
    assert all(tree[node.parent].end is End.STOP for node in replies)
    solutions = {each.node: each for each in finished.outcome.solutions}
    assert {node.parent for node in replies} < solutions.keys()
    best = max(solutions.values(), key=lambda each: each.score)
    assert trace.answer == finished.outcome.verdict.answer == best.answer.text
    assert all(len(each.step_scores) == 4 for each in solutions.values())


def test_a_trace_is_read_as_it_was_searched(database, refined):
    finished, trace = refined(database, Refine(quotes=HARM))
    assert facts(trace.tree) == facts(finished.search.tree)
    asked = trace.rounds[1].expansions
    assert asked[0].says.endswith(HARM)
    assert (asked[0].begins, asked[0].sampling) == ("Let me see: ", None)
    assert asked[1] == Expansion(ROOT, 1, "end", sampling=HOT)
    assert check(database.name).problems == () or "postgres" in database.name


def test_a_replay_is_the_same_search(database, refined):
    finished, trace = refined(database)
    again = played(trace, Refine())
    assert (again.search.error, again.search.difference) == (None, None)
    assert facts(again.search.tree) == facts(finished.search.tree)
    assert again.outcome.verdict == finished.outcome.verdict


@pytest.mark.parametrize(
    "change",
    [
        {"says": "Is it?"},
        {"begins": "So "},
        {"sampling": Sampling(temperature=0.1)},
    ],
)
def test_a_replay_that_says_or_samples_something_else_is_another_search(sqlite, refined, change):
    class Changed(Refine):
        def select(self, tree):
            return [each._replace(**change) if each.says else each for each in super().select(tree)]

    _, trace = refined(sqlite)
    again = played(trace, Changed())
    assert again.search.difference.kind == "selection"
    assert again.search.difference.place == 2


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_search_that_was_killed_goes_on_and_is_sound(database, refined, simulated, run_record, n):
    whole, _ = refined(database)
    recorder = Recorder(database, run_record)
    with suppress(KilledError):
        search = _searched_until_killed(recorder, simulated, n)
        assert search is None, "nothing was killed"
    (begun,) = take_up(database, recorder.run).begun
    trace = load_trace(database, begun.trace)
    second = Recorder(database, run_record, run=recorder.run)
    second.go_on(0, begun.trace, begun.row, n_nodes=len(trace.tree), written=begun.written)
    finished = played(
        trace, Refine(), live=LatePolicy(simulated(p_right=0.6), 1), observers=[second], goes_on=True
    )
    assert finished.search.error is None
    assert facts(finished.search.tree) == facts(whole.search.tree)
    again = load_trace(database, begun.trace)
    assert facts(again.tree) == facts(whole.search.tree)
    assert played(again, Refine()).search.difference is None


def _searched_until_killed(recorder, simulated, n):
    from reasontree.core import Problem
    from reasontree.core.search import Search

    run = wired(simulated(p_right=0.6), [Confidence(None, None)], [Kills(n), recorder])
    search = Search(Problem("What is it?", "42"), Refine(), seed=5, scorer="confidence")
    return list(run.searches([search]))


def test_a_pool_gives_the_whole_search_again(sqlite, refined):
    finished, trace = refined(sqlite)
    again = drawn(trace, Refine())
    assert again.search.error is None
    told = [sorted((n.step.said, n.step.text, n.step.tokens) for n in each) for each in (
        list(again.search.tree)[1:], list(finished.search.tree)[1:])]  # fmt: skip
    assert told[0] == told[1]
    assert again.outcome.tokens.generated == finished.outcome.tokens.generated
    n_given = {(node.parent, node.step.said): node.step.n_given for node in again.search.tree}
    assert again.outcome.tokens.prompt == len(trace.prompt.tokens) + sum(n_given.values())


def test_a_pool_gives_steps_made_on_some_terms_to_those_alone_who_ask_for_it(sqlite, refined, scripted):
    _, trace = refined(sqlite)
    best = next(node.parent for node in trace.tree if node.step.said)
    said = next(node.step.said for node in trace.tree if node.step.said)
    plain = [Expansion(ROOT, 3, "end")]

    def n_short(*rounds):
        return str(drawn(trace, scripted(*rounds)).search.error or "")

    assert n_short(plain) == ""
    assert "1 more than the record has" in n_short([Expansion(ROOT, 4, "end")])  # others were hot
    assert n_short([Expansion(ROOT, 3, "end", sampling=HOT)]) == ""
    assert n_short([Expansion(ROOT, 3, "end", sampling=Sampling(temperature=0.5))]) == ""  # the search's own
    assert "3 more than" in n_short([Expansion(ROOT, 3, "end", sampling=Sampling(temperature=0.7))])
    assert "3 more than" in n_short([Expansion(ROOT, 3, "end", begins="Let me see: ")])

    class Replies(Refine):
        """Draws the recorded chains in any order, and replies to the one that was replied to."""

        def __init__(self, **change):
            self._change = change

        def select(self, tree):
            if len(tree) == 1:
                return plain
            wanted = [node for node in tree.solutions if tree.text(node.id) == trace.tree.text(best)]
            if any(node.step.said for node in tree):
                return []
            asked = Expansion(wanted[0].id, 2, "end", says=said, begins="Let me see: ")
            return [asked._replace(**self._change)]

    assert drawn(trace, Replies()).search.error is None
    for change in ({"says": "Why?"}, {"begins": ""}, {"sampling": HOT}):
        assert "2 more than the record has" in str(drawn(trace, Replies(**change)).search.error)


def test_chains_that_were_given_something_are_not_independent_samples(sqlite, refined, scripted):
    for expansion in (Expansion(ROOT, 2, "end", says="Now?"), Expansion(ROOT, 2, "end", sampling=HOT)):
        _, trace = refined(sqlite, scripted([expansion]))
        with pytest.raises(Exception, match="not independent"):
            chains_of(trace, grader=PlainGrader())


def test_a_file_of_it_is_lossless_there_and_back(database, refined, tmp_path):
    refined(database, Refine(quotes=HARM))
    data = exported(database)
    with open_database(str(tmp_path / "other.db")) as other:
        assert import_lines(other, io.BytesIO(data), "the file").n_new == 1
        assert exported(other) == data
        (trace,) = list_traces(other)
        assert played(load_trace(other, trace.id), Refine(quotes=HARM)).search.difference is None


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("node", {"said": 5}),
        ("node", {"n_given": 999}),
        ("node", {"n_said": 2}),
        ("node", {"n_given": -1}),
        ("reply", {"said": None}),
        ("round", {"expansions": [[0, 1, "end"]]}),
        ("round", {"expansions": [[0, -1, "end", 0]]}),
        ("round", {"expansions": [[0, 1, "end", 0, {}]]}),
        ("round", {"expansions": [[0, 1, "end", 0, {"wisdom": 1}]]}),
        ("round", {"expansions": [[0, 1, "end", 0, {"says": 1}]]}),
        ("round", {"expansions": [[0, 1, "end", 0, {"sampling": {"temperature": 1}}]]}),
        ("round", {"expansions": [[0, 1, "end", 0, {"sampling": {}}]]}),
    ],
)
def test_a_line_that_gives_what_cannot_be_given_is_found(sqlite, refined, tmp_path, line, change):
    refined(sqlite)
    lines = [json.loads(each) for each in exported(sqlite).splitlines()]
    found = next(each for each in lines if each["type"] == line or (line == "reply" and "said" in each))
    found |= change
    with open_database(str(tmp_path / "other.db")) as other:
        data = b"".join(json.dumps(each).encode() + b"\n" for each in lines)
        imported = import_lines(other, io.BytesIO(data), "the file")
        assert (imported.n_new, imported.n_damaged) == (0, 1)
        assert imported.problem


def test_a_file_of_version_1_is_read_as_it_was(sqlite, record, tmp_path):
    record(sqlite)
    data = exported(sqlite)
    old = data.replace(b'"version":2', b'"version":1', 1)
    assert old != data
    with open_database(str(tmp_path / "other.db")) as other:
        assert import_lines(other, io.BytesIO(old), "the file").n_new == 1
        assert exported(other) == data


def test_more_given_tokens_than_tokens_are_found(sqlite, refined):
    refined(sqlite)
    with sqlite.transaction() as connection:
        connection.execute(update(NodeRow).where(NodeRow.node == 2).values(n_given=999))
    assert any("more given tokens" in problem for problem in check(sqlite.name).problems)


def test_a_recorded_file_of_refined_answers_is_read_and_replayed(sqlite):
    """`assets/expansions.jsonl` was exported by the first version that had such traces."""
    with ASSET.open("rb") as file:
        assert import_lines(sqlite, file, ASSET.name).n_new == 2
    for summary in list_traces(sqlite):
        trace = load_trace(sqlite, summary.id)
        assert sum(bool(node.step.said) for node in trace.tree) == 6
        assert played(trace, Refine()).search.difference is None


def test_a_budget_that_cuts_a_reply_replays(sqlite, refined, run_record, search_of, simulated):
    from reasontree.core import Budget

    budget = Budget(tokens=130)
    recorder = Recorder(sqlite, respec(run_record, budget=budget))
    run = wired(simulated(p_right=0.6), [Confidence(None, None)], [recorder])
    (finished,) = run.searches([search_of(Refine(), seed=5, scorer="confidence", budget=budget)])
    assert End.CUT in {node.end for node in finished.search.tree}
    again = played(load_trace(sqlite, recorder.trace_id(0)), Refine())
    assert (again.search.error, again.search.difference) == (None, None)
    assert again.outcome.stopped == "tokens"
