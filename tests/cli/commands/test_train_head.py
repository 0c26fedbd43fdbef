"""`reason train-head`, with the scripted policy, and once with a real model."""

import json
import signal
import sqlite3
import sys
from contextlib import closing

import numpy as np
import pytest
from reasontree.plugins.scorers.value_head import locations
from reasontree.plugins.scorers.value_head.head import load_head
from reasontree.store.database import open_database
from reasontree.store.traces import list_traces, load_trace

from ...plugins.policies.tiny_gguf import TURNS, write_llama

SCRIPTED = ("--policy", "simulated")
TRAIN = ("train-head", *SCRIPTED, "--samples", "6")


@pytest.fixture(autouse=True)
def users_heads(tmp_path, monkeypatch):
    """The user's folder of heads, empty, and no head that is shipped."""
    monkeypatch.setattr(locations, "users_folder", lambda: tmp_path / "heads")
    monkeypatch.setattr(locations, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "heads"


@pytest.fixture
def data(tmp_path):
    """A file of twenty problems."""
    rows = [{"question": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(20)]
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def trained(reason, data, tmp_path):
    """A head of the first twelve problems, in a file of its own."""
    path = tmp_path / "head.npz"
    code, _, err = reason(*TRAIN, "--data", data, "--limit", "12", "--out", path)
    assert code == 0, err
    return path


def database_of(tmp_path):
    return tmp_path / "traces.db"


def test_a_head_is_trained_measured_and_says_how_it_was_made(reason, data, tmp_path):
    code, out, err = reason(*TRAIN, "--data", data, "--json", "--out", tmp_path / "head.npz")
    found = json.loads(out)
    info = load_head(tmp_path / "head.npz").info
    assert code == 0
    assert "20 of 20 problems" in err
    assert (info.model, info.data, len(info.questions)) == ("simulated", "sums.jsonl", 20)
    assert info.made["n_chains"] == 120
    assert info.made["sampled"][0]["strategy_options"] == {"width": 6}
    assert info.figures == found["figures"]["value-head"]
    assert found["figures"]["value-head"]["ranking"]["all_steps"] > 0.7
    assert set(found["figures"]) == {"value-head", "confidence"}


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """The file of a tiny model that reads, and a cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write_llama(tmp_path, chat=TURNS).path


def test_a_second_model_reads_the_chains_once_and_leads_the_search(reason, data, reader, users_heads):
    reason(*TRAIN, "--data", data, "--out", data.with_name("own.npz"))
    recorded = (
        "train-head",
        *SCRIPTED,
        "--traces",
        database_of(data.parent),
        "--reader",
        reader,
        "-p",
        "ctx=4096",
    )
    code, out, err = reason(*recorded, "--json")
    assert code == 0, err
    assert "reads the chains of 20 problems" in err
    assert "20 of 20 problems read" in err
    assert f"'--scorer reader -k model={reader}' goes by this head" in err
    assert set(json.loads(out)["figures"]) == {"reader", "confidence"}
    (path,) = users_heads.iterdir()
    info = load_head(path).info
    assert (info.model, info.reader, info.reads) == ("simulated", reader.stem, "step")
    assert info.reliability

    code, _, err = reason(*recorded)
    assert code == 0
    assert "20 of 20 problems were read already" in err
    assert load_head(path).info.figures == info.figures

    led = ("--policy", "simulated", "--scorer", "reader", "-k", f"model={reader}", "-k", "ctx=4096")
    code, out, err = reason(
        "solve", "What is 2 + 2?", *led, "--strategy", "rebase", "-o", "width=2", "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["flops"]["scorer"] > 0
    assert load_trace_of(found, data.parent).spec.strategy_options["reliability"] == list(info.reliability)
    assert load_trace_of(found, data.parent).spec.scorers["reader"]["sha256"] == load_head(path).digest


def test_a_reading_that_was_interrupted_goes_on(reason, data, reader, tmp_path):
    reason(*TRAIN, "--data", data, "--out", tmp_path / "own.npz")
    recorded = (
        "train-head",
        *SCRIPTED,
        "--traces",
        database_of(tmp_path),
        "--reader",
        reader,
        "-p",
        "ctx=4096",
    )
    reason(*recorded)
    (kept,) = (tmp_path / "cache" / "reasontree" / "readings").iterdir()
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[:15]) + lines[15][:40])  # as a kill leaves it
    code, _, err = reason(*recorded)
    assert code == 0, err
    assert "15 of 20 problems were read already" in err
    assert "5 of 5 problems read" in err


def test_a_head_of_a_reader_is_measured_with_its_reader_alone(reason, data, reader, trained, tmp_path):
    recorded = ("--traces", database_of(tmp_path), "-p", "ctx=4096")
    out = tmp_path / "read.npz"
    code, _, err = reason("train-head", *SCRIPTED, *recorded, "--reader", reader, "--out", out)
    assert code == 0, err
    assert reason("train-head", "--evaluate", out, *recorded) == (
        2,
        "",
        f"reason: The head {out} was trained on what {reader.stem} says, and hidden states came. "
        "Scorer 'value-head' takes a head of hidden states, 'reader' one of its own model.\n",
    )
    code, _, err = reason("train-head", "--evaluate", trained, *recorded, "--reader", reader)
    assert (code, "was trained on hidden states" in err) == (2, True)
    code, _, err = reason("train-head", "--evaluate", out, *recorded, "--reader", reader)
    assert (code, "was trained on all of these 12 problems" in err) == (2, True)


def load_trace_of(found, folder):
    with closing(open_database(str(folder / "traces.db"))) as database:
        return load_trace(database, found["trace_id"]).record


def test_the_tables_can_be_read_by_a_person(reason, data):
    _, out, _ = reason(*TRAIN, "--data", data)
    assert "20 problems, 120 chains, 480 steps" in out
    assert "| AUC within a problem, final step" in out
    assert "| value-head | weighted | mean, to the power 3" in out
    tables = [line for line in out.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_the_same_chains_make_the_same_file(reason, data, tmp_path):
    reason(*TRAIN, "--data", data, "--out", tmp_path / "one.npz")
    reason(*TRAIN, "--data", data, "--out", tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_what_is_recorded_is_not_sampled_again(reason, data, trained, tmp_path):
    _, _, err = reason(*TRAIN, "--data", data)
    assert "12 of 20 problems are recorded already" in err
    assert "8 of 8 problems" in err
    _, _, err = reason(*TRAIN, "--data", data)
    assert "of 8" not in err
    _, _, err = reason(*TRAIN, "--data", data, "--seed", "1")
    assert "20 of 20 problems" in err, "another seed is another sample"
    database = open_database(str(database_of(tmp_path)))
    assert len(list_traces(database, limit=100)) == 40
    database.close()


def test_ctrl_c_keeps_what_was_sampled_and_the_same_command_goes_on(start, tmp_path):
    rows = [{"question": f"What is {n}?", "answer": str(n)} for n in range(300)]
    (tmp_path / "many.jsonl").write_text("\n".join(map(json.dumps, rows)))
    slow = ("-p", "depth=30", "-p", "step_tokens=64")
    command = (*TRAIN, *slow, "--data", tmp_path / "many.jsonl", "--out", tmp_path / "head.npz")
    process = start(*command)
    for line in process.stderr:
        if line.startswith("3 of 300"):
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "The same command goes on from there." in err
    assert "Traceback" not in err
    process = start(*command)
    for line in process.stderr:
        assert "of 300 problems are recorded already" in line
        break
    process.kill()
    process.communicate()


def test_a_head_is_trained_from_recorded_traces_alone(reason, data, trained, tmp_path):
    again = tmp_path / "again.npz"
    code, _, err = reason("train-head", "--traces", database_of(tmp_path), "--data", data, "--out", again)
    assert (code, err) == (0, "")
    one, other = load_head(trained), load_head(again)
    assert np.array_equal(one.weights, other.weights)
    assert one.info == other.info


def test_a_head_is_measured_on_problems_that_it_has_not_seen(reason, data, trained, tmp_path):
    evaluate = ("train-head", "--evaluate", trained, "--traces", database_of(tmp_path))
    code, _, err = reason(*evaluate)
    assert code == 2
    assert "was trained on all of these 12 problems" in err
    reason(*TRAIN, "--data", data)
    found = json.loads(reason(*evaluate, "--json")[1])
    assert found["n_left_out"] == 12
    assert found["figures"]["value-head"]["n_problems"] == 8
    assert "12 problems were left out" in reason(*evaluate)[1]


def test_a_model_with_a_head_gets_it_as_its_default_scorer(reason, data, tmp_path):
    solve = ("solve", "What is 3 + 4?", *SCRIPTED, "--json")
    assert json.loads(reason(*solve)[1])["scorer"] == "confidence"
    reason(*TRAIN, "--data", data)
    found = json.loads(reason(*solve)[1])
    assert found["scorer"] == "value-head"
    assert json.loads(reason(*solve, "--scorer", "confidence")[1])["scorer"] == "confidence"
    assert "scorer    value-head" in reason(*solve[:-1])[2]
    database = open_database(str(database_of(tmp_path)))
    trace = load_trace(database, found["trace_id"])
    database.close()
    (head,) = (tmp_path / "heads").iterdir()
    stored = trace.record.spec.scorers["value-head"]
    assert (stored["head"], stored["sha256"]) == ("", load_head(head).digest)
    assert all(0 < node.scores["value-head"] < 1 for node in trace.tree if node.id)


def rename_models(path, run, name):
    """Let the searches of one run be another model's."""
    with sqlite3.connect(path) as connection:
        (settings,) = connection.execute("SELECT settings FROM runs WHERE id = ?", (run,)).fetchone()
        changed = json.loads(settings)
        changed["model"]["name"] = name
        connection.execute("UPDATE runs SET settings = ? WHERE id = ?", (json.dumps(changed), run))
    connection.close()


def test_chains_of_several_models_are_not_mixed(reason, data, trained, tmp_path):
    reason(*TRAIN, "--data", data, "--offset", "12")
    rename_models(database_of(tmp_path), 2, "another")
    code, _, err = reason("train-head", "--traces", database_of(tmp_path))
    assert code == 2
    assert "simulated, another" in err
    assert "--model" in err
    code, out, _ = reason("train-head", "--traces", database_of(tmp_path), *SCRIPTED, "-m", "simulated")
    assert code == 0
    assert "12 problems" in out


BAD = {
    "neither data nor traces": ((), "Either --data NAME or --data FILE"),
    "no such database": (("--traces", "nowhere.db"), "there is no nowhere.db"),
    "no such data": (("--data", "nowhere.jsonl"), "nowhere.jsonl"),
}


@pytest.mark.parametrize(("arguments", "wanted"), BAD.values(), ids=BAD)
def test_a_wrong_request_is_one_line(reason, arguments, wanted):
    code, _, err = reason(*TRAIN, *arguments)
    assert code == 2
    assert wanted in err
    assert err.count("\n") == 1


def test_a_problem_without_an_answer_is_named(reason, tmp_path):
    (tmp_path / "open.jsonl").write_text('{"question": "A?", "answer": "1"}\n{"question": "B?"}')
    code, _, err = reason(*TRAIN, "--data", tmp_path / "open.jsonl")
    assert code == 2
    assert "problem 2" in err


def test_too_few_problems_are_told(reason, data):
    code, _, err = reason(*TRAIN, "--data", data, "--limit", "2")
    assert code == 2
    assert "of 2 problems" in err


def test_solve_records_hidden_states_for_training_if_it_shall(reason, tmp_path, data):
    solve = ("solve", "--jsonl", data, *SCRIPTED, "-s", "majority", "-o", "width=6", "--keep-hidden")
    reason(*solve)
    code, out, _ = reason("train-head", "--traces", database_of(tmp_path))
    assert code == 0
    assert "20 problems, 120 chains" in out


@pytest.mark.parametrize("reads", ["step", "path"])
def test_a_search_that_a_head_leads_records_no_hidden_states(reason, data, tmp_path, reads):
    reason(*TRAIN, "--data", data)
    (head,) = (tmp_path / "heads").iterdir()
    forged(head, reads=reads)
    found = json.loads(reason("solve", "What is 3 + 4?", *SCRIPTED, "--json")[1])
    database = open_database(str(database_of(tmp_path)))
    tree = load_trace(database, found["trace_id"]).tree
    database.close()
    assert {node.step.hidden for node in tree if node.id} == {None}


def test_traces_without_hidden_states_are_told(reason, tmp_path):
    reason("solve", "What is it?", *SCRIPTED, "--gold", "42", "-s", "majority")
    code, _, err = reason("train-head", "--traces", database_of(tmp_path))
    assert code == 2
    assert "no chains with hidden states" in err


def forged(path, **changes):
    """Let a head say something else of itself."""
    with np.load(path) as arrays:
        members = dict(arrays)
    about = json.loads(members["about"].tobytes()) | changes
    members["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez(path, **members)


def test_a_head_of_another_model_is_refused(reason, trained):
    forged(trained, model="someone-else")
    locations.users_folder().mkdir()
    trained.rename(locations.users_folder() / "other.npz")
    code, _, err = reason("solve", "What is it?", *SCRIPTED, "--scorer", "value-head")
    assert code == 2
    assert "no value head for simulated" in err


def test_without_scikit_learn_nothing_is_sampled(reason, data, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    code, _, err = reason(*TRAIN, "--data", data)
    assert code == 1
    assert "pip install 'reasontree[train]'" in err
    assert not database_of(tmp_path).exists()


def test_a_head_is_not_measured_on_another_models_chains(reason, data, trained):
    forged(trained, model="someone-else")
    code, _, err = reason(*TRAIN, "--evaluate", trained, "--data", data)
    assert code == 2
    assert "reads someone-else" in err
    assert "simulated" in err


@pytest.mark.model
def test_a_real_models_head_scores_its_steps(reason, small_model, tmp_path):
    sums = [(2, 3), (4, 5), (1, 1), (7, 2), (13, 9), (6, 8), (5, 5), (3, 1)]
    rows = [{"question": f"What is {a} + {b}?", "answer": str(a + b)} for a, b in sums]
    (tmp_path / "sums.jsonl").write_text("\n".join(map(json.dumps, rows)))
    size = ("-p", "ctx=4096", "--max-tokens", "32")
    code, out, err = reason(
        "train-head", "-m", small_model, "--data", tmp_path / "sums.jsonl", "--samples", "4", "--json", *size
    )
    assert code == 0, err
    made = json.loads(out)
    assert len(made["model_sha256"]) == 64
    assert len(made["prompt_format"]) == 16
    solve = ("solve", rows[0]["question"], "-m", small_model, "-s", "majority", "-o", "width=4", "--json")
    found = json.loads(reason(*solve, *size, "--vote", "weighted", "--scorer", "value-head")[1])
    assert found["scorer"] == "value-head"
    database = open_database(str(database_of(tmp_path)))
    trace = load_trace(database, found["trace_id"])
    database.close()
    assert trace.record.spec.scorers["value-head"]["sha256"] == made["sha256"]
    assert all(0 < node.scores["value-head"] < 1 for node in trace.tree if node.id and node.end != "length")
