"""Traces as files: lossless there and back, whole or not at all, in little memory."""

import gzip
import importlib.util
import io
import json
import random
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasontree.core import ROOT, Expansion, Problem, Proposal, Step
from reasontree.core.errors import StoreError
from reasontree.core.records import ModelInfo
from reasontree.store.checking import check
from reasontree.store.database import open_database
from reasontree.store.exchange.export import export
from reasontree.store.exchange.files import read, written
from reasontree.store.exchange.importing import import_lines
from reasontree.store.exchange.lines import VERSION
from reasontree.store.filters import EVERYTHING, Filters
from reasontree.store.recorder import Recorder
from reasontree.store.schema import RunRow, SearchRow
from reasontree.store.traces import list_traces, load_trace
from sqlalchemy import select, update

from ..recorded import respec


def exported(database, traces=(), filters=EVERYTHING):
    file = io.BytesIO()
    found = export(database, file, traces, filters)
    data = file.getvalue()
    assert found.n_traces == data.count(b'{"type":"trace"')
    return data


def imported(database, data):
    return import_lines(database, io.BytesIO(data), "the file")


@pytest.fixture
def other(tmp_path):
    """Another database, empty."""
    opened = open_database(str(tmp_path / "other.db"))
    yield opened
    opened.close()


@pytest.fixture
def says(run_record, run_of, search_of, scripted, simulated):
    """Record one search whose policy says given steps, each below the other."""

    def record(database, steps, question="What is it?", **changes):
        policy = simulated()
        policy.propose = lambda requests: [
            Proposal(each.search, each.round, each.position, 0, tuple(steps)) for each in requests
        ]
        recorder = Recorder(database, respec(run_record, **changes))
        search = search_of(scripted([Expansion(ROOT, 1, "end")]), seed=5)
        search.problem = Problem(question, "42", 7, "set.jsonl")
        list(run_of(policy, observers=[recorder]).searches([search]))
        return recorder.trace_id(0)

    return record


def test_a_trace_comes_back_whole_in_another_database(database, other, record):
    ids = [record(database)[1] for _ in range(3)]
    data = exported(database)
    found = imported(other, data)
    assert (found.n_new, found.n_known, found.n_damaged, found.problem) == (3, 0, 0, "")
    assert exported(other) == data
    for trace in ids:
        here, there = load_trace(database, trace), load_trace(other, trace)
        assert list(here.tree) == list(there.tree)
        fields = ("record", "problem", "prompt", "rounds", "tallies", "tokens", "flops", "elapsed_s")
        assert all(getattr(here, field) == getattr(there, field) for field in fields)


def test_a_trace_comes_back_from_a_file_into_every_database(where, sqlite, record, tmp_path):
    ids = [record(sqlite)[1] for _ in range(2)]
    data = exported(sqlite)
    opened = open_database(str(tmp_path / "new.db") if where == sqlite.name else where)
    assert imported(opened, data).n_new == 2
    assert exported(opened) == data
    assert [each.id for each in list_traces(opened)] == ids[::-1]
    opened.close()


ANY_TEXT = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    ["\x00", "\ud800", "\ud83d\ude00", "<script>", "\x1b[31m", "\u2028\r\n", '{"base64":""}']
)
STEPS = st.builds(
    Step,
    text=ANY_TEXT,
    tokens=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5).map(tuple),
    logprobs=st.lists(st.floats(max_value=0, allow_nan=False), max_size=5).map(tuple),
    end=st.none(),
    hidden=st.none() | st.lists(st.floats(allow_nan=False), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=st.lists(STEPS, min_size=1, max_size=4), question=ANY_TEXT, name=ANY_TEXT)
def test_any_text_and_any_number_come_back_to_the_last_bit(database, other, says, steps, question, name):
    trace = says(database, steps, question, model=ModelInfo(name))
    data = exported(database, [trace])
    json.loads("[" + ",".join(data.decode().splitlines()) + "]") if "\u2028" not in str(steps) else None
    assert imported(other, data).problem == ""
    assert exported(other, [trace]) == data
    here, there = load_trace(database, trace), load_trace(other, trace)
    assert [repr(node.step) for node in here.tree] == [repr(node.step) for node in there.tree]
    assert [node.step.hidden for node in here.tree] == [node.step.hidden for node in there.tree]
    assert (here.problem, here.record) == (there.problem, there.record)


def test_a_megabyte_step_of_hostile_text_comes_back(database, other, says):
    text = "<script>alert(1)</script>\x1b[2J\x00\ud800" * 40_000
    trace = says(database, [Step(text)])
    imported(other, exported(database))
    assert load_trace(other, trace).tree[1].step.text == text


def test_an_import_again_changes_nothing(database, other, record):
    for _ in range(2):
        record(database)
    data = exported(database)
    assert imported(other, data).n_new == 2
    again = imported(other, data)
    assert (again.n_new, again.n_known, again.problem) == (0, 2, "")
    assert exported(other) == data


def test_traces_of_one_run_join_it_again_from_several_files(database, other, run_record, record):
    ids = [record(database)[1] for _ in range(2)]
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(run=1))
    for trace in ids:
        imported(other, exported(database, [trace]))
    assert len({each.run for each in list_traces(other)}) == 1


def test_files_can_be_joined(database, other, record):
    files = [exported(database, [record(database)[1]]) for _ in range(2)]
    found = imported(other, b"".join(files))
    assert (found.n_new, found.problem) == (2, "")


def test_a_replay_keeps_the_run_that_it_replays(
    database, other, run_record, run_of, search_of, scripted, simulated
):
    parent = Recorder(database, run_record)
    replay = Recorder(database, run_record, kind="replay", parent=parent.run)
    run = run_of(simulated(), observers=[replay])
    list(run.searches([search_of(scripted([Expansion(ROOT, 1)]))]))
    imported(other, exported(database, filters=Filters(kind="replay")))
    query = select(RunRow.uid).where(
        RunRow.id == select(RunRow.parent).where(RunRow.kind == "replay").scalar_subquery()
    )
    with database.snapshot() as here, other.snapshot() as there:
        assert here.execute(query).scalar_one() == there.execute(query).scalar_one()


def test_an_unfinished_trace_is_replaced_by_its_end(database, other, record):
    _, trace = record(database)
    whole = exported(database)
    with database.transaction() as connection:
        connection.execute(update(SearchRow).values(stopped=None))
    unfinished = exported(database)
    assert imported(other, unfinished).n_new == 1
    assert load_trace(other, trace).stopped is None
    assert imported(other, whole).n_ended == 1
    assert imported(other, unfinished).n_known == 1
    assert exported(other) == whole


def test_filters_and_names_choose_what_is_exported(database, record, says):
    _, trace = record(database)
    says(database, [Step("no")])
    assert exported(database, [trace]).count(b'"type":"trace"') == 1
    assert trace.encode() in exported(database, filters=Filters(dataset=""))
    assert exported(database, filters=Filters(dataset="set*")).count(b'"type":"trace"') == 1
    assert exported(database, filters=Filters(model="none")).count(b"\n") == 2


def test_a_newer_format_is_refused_with_both_versions_named(other):
    line = {"type": "header", "format": "reasontree-traces", "version": 9, "program": "8.0", "more": []}
    with pytest.raises(StoreError, match=rf"version 9 of the format \(reasontree 8.0\).*version {VERSION}"):
        imported(other, json.dumps(line).encode())


@pytest.mark.parametrize("data", [b"", b"\n", b"\x00" * 100, b'{"question": "Q?"}\n', b"[" * 100_000])
def test_what_is_no_export_is_refused(other, data):
    with pytest.raises(StoreError, match="the file is not an export of reasontree"):
        imported(other, data)


def test_a_file_that_ends_early_loses_no_trace_that_is_whole(database, other, record):
    for _ in range(3):
        record(database)
    data = exported(database)
    lines = data.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if b'"type":"trace"' in line]
    kept = b"".join(lines[: starts[2] + 2])[:-5]
    found = imported(other, kept)
    assert (found.n_new, found.n_damaged) == (2, 1)
    assert found.problem.startswith(f"line {starts[2] + 1}, the trace")
    assert len(list_traces(other)) == 2
    assert imported(other, data).n_new == 1
    assert exported(other) == data


def test_a_file_without_its_last_line_is_said_to_end_early(database, other, record):
    record(database)
    found = imported(other, exported(database).rpartition(b'{"type":"end"')[0])
    assert (found.n_new, found.problem) == (1, "it ends early")


def test_a_damaged_trace_is_left_out_and_the_others_come(database, other, record):
    for _ in range(3):
        record(database)
    lines = exported(database).splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if b'"type":"trace"' in line]
    lines[starts[1] + 4] = b'{"type":"node","node":"two"}\n'
    found = imported(other, b"".join(lines))
    assert (found.n_new, found.n_damaged) == (2, 1)
    assert f"line {starts[1] + 5}: 'node' of a node" in found.problem


@pytest.mark.parametrize("seed", range(60))
def test_a_file_with_wrong_bytes_never_spoils_the_database(sqlite, other, record, seed):
    rng = random.Random(seed)
    for _ in range(2):
        record(sqlite)
    data = bytearray(exported(sqlite))
    for _ in range(rng.choice([1, 1, 5])):
        at = rng.randrange(data.index(b"\n") + 1, len(data))
        data[at : at + rng.choice([0, 1, 9])] = rng.randbytes(rng.choice([0, 1, 5]))
    found = imported(other, bytes(data))
    assert len(list_traces(other)) == found.n_new
    for each in list_traces(other):
        load_trace(other, each.id)
    assert check(other.name).problems == ()


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("node", {"node": 3}),
        ("node", {"parent": 8}),
        ("node", {"end": "stop"}),
        ("node", {"tokens": [2**31]}),
        ("node", {"tokens": "1"}),
        ("node", {"text": {"base64": "?"}}),
        ("node", {"end": "later"}),
        ("node", {"logprobs": [None]}),
        ("node", {"wisdom": 1}),
        ("round", {"number": 0}),
        ("round", {"expansions": [[0, 1, "never", 0]]}),
        ("trace", {"n_nodes": 9}),
        ("trace", {"run": "unknown"}),
        ("trace", {"started": "once upon a time"}),
        ("trace", {"id": "\x1b[2J"}),
        ("trace", {"stopped": "\x1b[2J"}),
        ("trace", {"usage": {"tokens": {}}}),
        ("trace", {"usage": {"tokens": {"wisdom": 1}, "flops": {}}}),
        ("trace", {"usage": {"tokens": {"prompt": "1"}, "flops": {}}}),
        ("trace", {"elapsed_s": float("inf")}),
        ("node", {"scores": {"confidence": float("nan")}}),
        ("run", {"kind": "dream"}),
        ("run", {"strategy": "\x00"}),
        ("run", {"settings": {"version": "9.9"}}),
    ],
)
def test_a_line_that_says_what_cannot_be_is_found(database, other, record, line, change):
    record(database)
    lines = [json.loads(each) for each in exported(database).splitlines()]
    first = next(each for each in lines if each["type"] == line)
    first |= change
    found = imported(other, b"".join(json.dumps(each).encode() + b"\n" for each in lines))
    assert found.n_new == 0
    assert found.problem
    assert list_traces(other) == []


@pytest.fixture
def suffix(request, lacking):
    """A file's suffix, if what it stands for is installed."""
    if request.param == ".zst" and not any(map(importable, ("compression.zstd", "backports.zstd"))):
        lacking("Zstandard is not tested: pip install backports.zstd")
    return request.param


def importable(name):
    return importlib.util.find_spec(name.partition(".")[0]) and importlib.util.find_spec(name)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"], indirect=True)
def test_a_file_is_compressed_as_its_name_says(sqlite, other, record, tmp_path, suffix):
    record(sqlite)
    data = exported(sqlite)
    names = [str(tmp_path / f"{name}.jsonl{suffix}") for name in "ab"]
    for name in names:
        with written(name) as file:
            export(sqlite, file, (), EVERYTHING)
    packed = (tmp_path / f"a.jsonl{suffix}").read_bytes()
    assert packed == (tmp_path / f"b.jsonl{suffix}").read_bytes()
    assert (packed == data) is (suffix == "")
    (tmp_path / "renamed").write_bytes(packed)
    with read(str(tmp_path / "renamed")) as lines:
        assert import_lines(other, lines, "it").n_new == 1
    assert exported(other) == data
    assert {path.name for path in tmp_path.glob("*jsonl*")} == {f"{name}.jsonl{suffix}" for name in "ab"}


@pytest.mark.parametrize("suffix", [".gz", ".zst"], indirect=True)
def test_a_compressed_file_that_is_cut_loses_no_trace_that_is_whole(sqlite, other, says, tmp_path, suffix):
    rng = random.Random(1)
    for _ in range(5):
        says(sqlite, [Step(rng.randbytes(200_000).hex())])
    path = tmp_path / f"cut.jsonl{suffix}"
    with written(str(path)) as file:
        export(sqlite, file, (), EVERYTHING)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with read(str(path)) as lines:
        found = import_lines(other, lines, "it")
    assert 1 <= found.n_new < 5
    assert "the rest cannot be read" in found.problem
    assert len(list_traces(other)) == found.n_new


def test_a_missing_zstandard_is_named_with_its_cure(tmp_path, monkeypatch):
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with (
        pytest.raises(StoreError, match=r"pip install 'reasontree\[zstd\]'"),
        written(str(tmp_path / "a.zst")),
    ):
        pass
    assert not [*tmp_path.iterdir()]


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("precious")
    with pytest.raises(StoreError, match="is there already"), written(str(path)):
        pass
    with written(str(path), overwrite=True) as file:
        file.write(b"new")
    assert path.read_text() == "new"


def test_an_export_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError), written(str(tmp_path / "a.jsonl")):
        1 / 0  # noqa: B018
    with pytest.raises(StoreError, match="cannot be written"), written(str(tmp_path / "none" / "a.jsonl")):
        pass
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["none.jsonl", ".", "nul\0.jsonl"])
def test_a_file_that_cannot_be_read_is_a_clear_error(name):
    with pytest.raises(StoreError, match="cannot be read"), read(name):
        pass


def test_gzip_of_another_program_is_read(sqlite, other, record, tmp_path):
    record(sqlite)
    (tmp_path / "a").write_bytes(gzip.compress(exported(sqlite)))
    with read(str(tmp_path / "a")) as lines:
        assert import_lines(other, lines, "it").n_new == 1


def test_memory_does_not_grow_with_the_trace(sqlite, other, says, tmp_path):
    says(sqlite, [Step("x" * 20_000)] * 2000)
    path = str(tmp_path / "large.jsonl")
    tracemalloc.start()
    with written(path) as file:
        export(sqlite, file, (), EVERYTHING)
    after_export = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    with read(path) as lines:
        import_lines(other, lines, "it")
    after_import = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "large.jsonl").stat().st_size > 40_000_000
    assert after_export < 8_000_000
    assert after_import < 24_000_000


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"  \t\n"])
def test_blank_lines_in_a_file_are_none(database, other, record, blank):
    record(database)
    data = exported(database).replace(b"\n", b"\n" + blank)
    imported(other, blank + data)
    assert exported(other) == exported(database)
