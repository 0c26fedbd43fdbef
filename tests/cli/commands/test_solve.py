"""`reason solve`, with a real model and with the scripted policy."""

import json
import signal

import pytest
from reasontree.plugins.graders.math import MathGrader
from reasontree.plugins.strategies.rebase import allocate, allocate_divisor
from reasontree.store.database import open_database
from reasontree.store.traces import list_traces, load_trace

from ...plugins.policies.tiny_gguf import TURNS, write_llama

QUESTION = "Tom has 3 bags with 4 apples each. He eats 2 apples. How many apples are left?"
SHORT = ("--max-tokens", "96", "--ctx", "4096")
SCRIPTED = ("--policy", "simulated")
KEYS = {
    "question",
    "answer",
    "text",
    "agreement",
    "seed",
    "prompt",
    "correct",
    "strategy",
    "model",
    "trace_id",
    "n_solutions",
    "votes",
    "tokens",
    "flops",
    "elapsed_s",
}


@pytest.fixture
def traces(tmp_path):
    """Read the traces that a command recorded, newest first."""

    def read():
        database = open_database(str(tmp_path / "traces.db"))
        found = [load_trace(database, each.id) for each in list_traces(database)]
        database.close()
        return found

    return read


def comparable(found):
    return {key: found[key] for key in ("answer", "votes", "tokens", "n_solutions")}


def texts(trace):
    return [node.step.text for node in trace.tree]


@pytest.mark.model
@pytest.mark.parametrize("strategy", ["rebase", "majority"])
def test_the_same_seed_gives_the_same_tree_and_another_seed_another(reason, traces, small_model, strategy):
    command = ("solve", QUESTION, "-s", strategy, "-o", "width=6", "-m", small_model, "--json", *SHORT)
    outputs = [json.loads(reason(*command, "--seed", seed)[1]) for seed in (7, 7, 8)]
    third, second, first = traces()
    assert comparable(outputs[0]) == comparable(outputs[1])
    assert texts(first) == texts(second)
    assert texts(first) != texts(third)
    assert set(outputs[0]) >= KEYS


@pytest.fixture
def ask(reason, traces, tmp_path):
    """Solve with a tiny chat model; return the prompt that was recorded, and its run's spec."""
    model = write_llama(tmp_path, chat=TURNS).path

    def solve(*options):
        short = ("-s", "greedy", "--max-tokens", "8", "--ctx", "1024", "-m", model)
        reason("solve", "3 + 3?", *short, *options)
        return traces()[0].prompt.text, traces()[0].record.spec.prompt

    return solve


def test_how_the_model_is_asked_can_be_said_on_the_command_line(ask, tmp_path):
    examples, prompt = tmp_path / "examples.jsonl", tmp_path / "prompt.toml"
    examples.write_text(json.dumps({"question": "1 + 1?", "solution": "Step 1: 2"}))
    prompt.write_text('system = "Be brief."\nlead = "Step 1:"\nneeds_content = true\n')
    text, spec = ask("--system", "Be kind.", "--instruction", "", "--examples", examples)
    assert text == "<s>Be kind.</s>[INST] 1 + 1? [/INST]Step 1: 2</s>[INST] 3 + 3? [/INST]"
    assert (spec["system"], spec["needs_content"]) == ("Be kind.", False)
    text, spec = ask("--prompt", prompt, "--instruction", "Go.")
    assert text == "<s>Be brief.</s>[INST] 3 + 3?\nGo. [/INST]Step 1:"
    assert spec["needs_content"]
    assert (
        ask("--prompt", prompt, "--system", "", "--instruction", "")[0] == "<s>[INST] 3 + 3? [/INST]Step 1:"
    )


def test_a_prompt_that_is_wrong_is_named(reason, tmp_path):
    (tmp_path / "prompt.toml").write_text('sistem = "x"')
    code, _, err = reason("solve", "Q?", "--prompt", tmp_path / "prompt.toml")
    assert (code, err.splitlines()[0].count("prompt.toml: a prompt has template")) == (2, 1)
    code, _, err = reason("solve", "Q?", *SCRIPTED, "--system", "x")
    assert code == 2
    assert "asks in its own way" in err


@pytest.mark.model
@pytest.mark.parametrize(
    ("allocation", "share"),
    [
        ("exact", lambda scores, width: allocate(scores, width, 0.2)),
        ("divisor", lambda scores, width: allocate_divisor(scores, width, 0.5)),
    ],
)
def test_every_round_of_rebase_can_be_recomputed_from_the_stored_scores(
    reason, traces, small_model, allocation, share
):
    rebase = ("-s", "rebase", "-o", "width=8", "-o", f"allocation={allocation}")
    reason("solve", QUESTION, *rebase, "-m", small_model, "--json", *SHORT)
    (trace,) = traces()
    tree = trace.tree
    assert len(trace.rounds) > 1
    for round in trace.rounds[1:]:
        before = [node for node in tree if node.round < round.number]
        depth = max(node.depth for node in before)
        candidates = [node for node in before if node.depth == depth and not node.finished]
        width = 8 - sum(node.finished for node in before)
        shares = share(tree.scores_of(candidates), width)
        asked = {expansion.node: expansion.width for expansion in round.expansions}
        assert asked == {n.id: each for n, each in zip(candidates, shares, strict=True) if each}


@pytest.mark.model
def test_the_tokens_of_a_tree_are_the_tokens_of_the_ledger(reason, traces, small_model):
    found = json.loads(
        reason("solve", QUESTION, "-s", "majority", "-o", "width=4", "-m", small_model, "--json", *SHORT)[1]
    )
    (trace,) = traces()
    assert found["tokens"]["generated"] == sum(len(node.step.tokens) for node in trace.tree if node.id)
    assert found["tokens"]["prompt"] == len(trace.prompt.tokens)
    assert all(logprob <= 0 for node in trace.tree for logprob in node.step.logprobs)
    assert trace.record.model.sha256


@pytest.mark.model
def test_a_budget_of_tokens_is_kept_exactly_by_the_engine(reason, small_model):
    code, out, _ = reason(
        "solve",
        QUESTION,
        "-s",
        "majority",
        "-o",
        "width=8",
        "-m",
        small_model,
        "--json",
        "--budget-tokens",
        "101",
        *SHORT,
    )
    assert json.loads(out)["tokens"]["generated"] == 101
    assert code == 1  # no chain could finish, so there is no answer


@pytest.mark.model
def test_ctrl_c_records_and_shows_what_was_found_so_far(start, traces, small_model):
    command = ("solve", QUESTION, "-s", "rebase", "-o", "width=8", "-m", small_model, "--max-tokens", "4000")
    process = start(*command, "--temperature", "1")
    for line in process.stderr:
        if line.startswith("round 1"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    (trace,) = traces()
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "interrupted" in err
    assert trace.id in err
    assert trace.stopped == "interrupted"
    assert len(trace.rounds) >= 1
    assert out.strip() == (trace.answer or "")


def test_without_a_terminal_standard_output_is_the_answer_alone(start):
    process = start("solve", QUESTION, *SCRIPTED, "--gold", "42")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "42\n")
    assert "round 1" in err
    assert "trace" in err


def test_quiet_prints_the_answer_and_nothing_else(start):
    process = start("solve", QUESTION, *SCRIPTED, "--quiet")
    assert process.communicate(timeout=60) == ("42\n", "")


def test_a_question_may_come_from_standard_input(start):
    process = start("solve", "-", *SCRIPTED, "--json", stdin=-1)
    out, _ = process.communicate(QUESTION, timeout=60)
    assert json.loads(out)["answer"] == "42"


def test_json_tells_whether_the_answer_is_correct(reason):
    command = ("solve", QUESTION, *SCRIPTED, "-p", "p_right=1", "--json")
    assert json.loads(reason(*command)[1])["correct"] is None
    assert json.loads(reason(*command, "--gold", "42.0")[1])["correct"] is True


def test_rows_of_a_file_are_one_run_with_one_object_a_row(reason, tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = [{"question": "A?", "gold": "7"}, {"problem": "B?", "answer": "So\n#### 8"}, {"question": "C?"}]
    file.write_text("\n".join(map(json.dumps, rows)))
    code, out, err = reason("solve", "--jsonl", file, *SCRIPTED, "-p", "p_right=0.9", "--seed", "1")
    found = {row["index"]: row for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert [found[i]["correct"] for i in range(3)] == [
        True,
        None if found[1]["correct"] is None else found[1]["correct"],
        None,
    ]
    assert "accuracy" in err
    assert "95 % interval" in err


def test_offset_and_limit_choose_rows_and_keep_their_trees(reason, tmp_path, traces):
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps({"question": f"{i}?"}) for i in range(5)))
    reason("solve", "--jsonl", file, *SCRIPTED)
    reason("solve", "--jsonl", file, "--offset", 3, "--limit", 1, *SCRIPTED)
    alone, *others = traces()
    assert alone.problem.index == 3
    (same,) = (trace for trace in others if trace.problem.index == 3)
    assert texts(alone) == texts(same)


SPEC = """
strategy = "rebase"
policy = "simulated"
vote = "best"
seed = 5
[strategy_options]
width = 6
[limits]
max_tokens = 100
[scorers.confidence]
"""


def test_a_file_says_what_to_run_and_flags_go_first(reason, traces, tmp_path):
    (tmp_path / "run.toml").write_text(SPEC)
    spec = ("--spec", tmp_path / "run.toml")
    reason("solve", "What is it?", *spec)
    reason("solve", "What is it?", *spec, "--seed", 0, "-o", "balance_temperature=0.1", "--max-depth", 9)
    reason("solve", "What is it?", *spec, "--strategy", "majority")
    third, second, first = (trace.record.spec for trace in traces())
    assert (first.seed, first.vote, first.strategy_options["width"]) == (5, "best", 6)
    assert first.limits.max_tokens == 100
    assert (second.seed, second.strategy_options["width"]) == (0, 6)
    assert second.strategy_options["balance_temperature"] == 0.1
    assert (second.limits.max_tokens, second.limits.max_depth) == (100, 9)
    assert (third.strategy, third.vote, third.strategy_options) == ("majority", "majority", {"width": 16})


def test_a_spec_that_a_run_was_recorded_with_gives_its_tree_again(reason, traces, tmp_path):
    reason("solve", "What is it?", "--policy", "simulated", "-o", "width=6", "--seed", 3)
    (first,) = traces()
    first.record.spec.write(tmp_path / "again.json")
    reason("solve", "What is it?", "--spec", tmp_path / "again.json")
    again, _ = traces()
    assert list(again.tree) == list(first.tree)


@pytest.mark.parametrize("budget", ["tokens", "flops"])
def test_no_answer_within_a_budget_asks_for_a_larger_one(reason, budget):
    code, _, err = reason(
        "solve", "What is it?", "--policy", "simulated", "-p", "depth=9", f"--budget-{budget}", 10
    )
    assert code == 1
    assert f"No solution has an answer. Try a larger --budget-{budget}." in err
    assert "the answer so far" not in err


def test_where_nothing_can_be_compared_the_best_text_is_the_answer(reason, monkeypatch):
    monkeypatch.setattr(MathGrader, "extract", lambda self, text: None)
    code, out, err = reason("solve", "Why is the sky blue?", *SCRIPTED, "-s", "majority", "-o", "width=4")
    assert code == 0
    assert out.splitlines()[0] == "Step 1: go on."
    assert "Most solutions hold no answer that can be compared" in err
    found = json.loads(reason("solve", "Why?", *SCRIPTED, "-s", "majority", "-o", "width=4", "--json")[1])
    assert (found["answer"], found["agreement"]) == (None, None)
    assert found["text"].startswith("Step 1: go on.")
    with_gold = ("solve", "Why?", *SCRIPTED, "-s", "majority", "-o", "width=4", "--gold", "5")
    assert reason(*with_gold)[0] == 1  # there is a right answer, and nobody found it


@pytest.mark.parametrize(
    "question", ["-5 + 47?", "-5+47=", "- 3 times 2?", "-x + 2 = 5, what is x?", "-(3) is?"]
)
def test_a_question_may_begin_with_a_minus_sign(reason, question):
    assert reason("solve", question, *SCRIPTED, "-s", "majority", "-o", "width=2", "-q")[0] == 0
