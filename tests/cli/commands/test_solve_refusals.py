"""What `reason solve` refuses, and in which words."""

import re

import pytest

QUESTION = "Tom has 3 bags with 4 apples each. He eats 2 apples. How many apples are left?"
SCRIPTED = ("--policy", "simulated")

BAD = [
    (("-s", "rebas"), 2, "'rebase'"),
    (("-m", "qwen2.5-coder-0.5b"), 2, "qwen2.5-coder-0.5b-instruct"),
    (("-o", "widht=3"), 2, "'width'"),
    (("-o", "width=0"), 2, "≥ 1"),
    (("-o", "width"), 2, "name=value"),
    (("--scorer", "confidense"), 2, "'confidence'"),
    (("--vote", "wieghted"), 2, "'weighted'"),
    (("--policy", "lama-cpp"), 2, "'llama-cpp'"),
    (("--temperature", "-1"), 2, "temperature"),
    (("--budget-tokens", "0"), 2, "budget-tokens"),
    (("--budget-flops", "inf"), 2, "budget-flops"),
    (("--budget-seconds", "nan"), 2, "budget-seconds"),
    (("-m", "/no/such/model.gguf"), 1, "/no/such/model.gguf"),
    (("--policy", "simulated", "--db", "/proc/no/traces.db"), 1, "/proc/no/traces.db"),
    (("--policy", "simulated", "--gold", " "), 2, "--gold"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), BAD, ids=lambda value: str(value)[:40])
def test_bad_input_gives_one_clear_line(reason, arguments, code, words):
    found, out, err = reason("solve", QUESTION, *arguments)
    assert (found, out) == (code, "")
    assert len(err.strip().splitlines()) == 1
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_is_a_usage_error(reason, question):
    code, _, err = reason("solve", question, *SCRIPTED)
    assert (code, len(err.strip().splitlines())) == (2, 1)


def test_nothing_to_solve_is_a_usage_error(reason):
    assert reason("solve")[0] == 2


def test_a_question_and_a_file_are_one_too_many(reason, tmp_path):
    code, _, err = reason("solve", "What is it?", "--jsonl", tmp_path / "rows.jsonl")
    assert code == 2
    assert "only one of them can be solved" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "line 1"),
        ('{"text": 1}', "'question'"),
        ("", "no rows"),
        ('{"question": "A?"}\n\n\n[1]', "line 4"),
        ('\n{"question": "A?", "gold": true}', "line 2: 'gold' takes a text or a number, and true came"),
        ('{"question": "A?", "answer": NaN}', "line 1: 'answer' takes a text or a number, and NaN came"),
        ('{"question": "A?", "answer": ["1"]}', '["1"] came'),
        ('{"question": "A?", "gold": " "}', "line 1: 'gold' is empty"),
        ('{"question": {"a": 1}}', "line 1: 'question' takes a text"),
        ('{"question": ' + "[" * 100_000, "nested too deeply"),
        ("\udcff", "this is not JSON"),
    ],
)
def test_a_bad_file_is_named_with_its_line(reason, tmp_path, content, words):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(content.encode(errors="surrogateescape"))
    code, _, err = reason("solve", "--jsonl", file, *SCRIPTED)
    assert code == 2
    assert words in err
    assert "rows.jsonl" in err


def test_a_file_that_is_no_model_is_said_to_be_none(reason, tmp_path):
    file = tmp_path / "text.gguf"
    file.write_text("this is a text")
    code, _, err = reason("solve", QUESTION, "-m", file)
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "GGUF" in err


@pytest.mark.model
def test_a_truncated_model_is_said_to_be_truncated(reason, tmp_path, small_model):
    from reasontree.plugins import registry
    from reasontree.plugins.models.resolve import resolve

    whole = resolve(small_model, registry()).path
    file = tmp_path / "half.gguf"
    with whole.open("rb") as source:
        file.write_bytes(source.read(40_000_000))
    code, _, err = reason("solve", QUESTION, "-m", file)
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "truncated" in err


@pytest.mark.model
def test_a_question_longer_than_the_context_is_refused_with_both_lengths(reason, small_model):
    code, _, err = reason("solve", "why? " * 500, "-m", small_model, "--ctx", "256")
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert re.search(r"takes \d+ tokens", err)
    assert "256" in err


def test_debug_shows_the_traceback(reason):
    from reasontree.cli.main import main
    from reasontree.core.errors import UsageError

    with pytest.raises(UsageError):
        main(["--debug", "solve", "", *SCRIPTED])


@pytest.mark.parametrize(
    ("content", "words"),
    [("seed = ", "is not TOML"), ("sede = 1", "Did you mean 'seed'"), ('strategy = "rebas"', "'rebase'")],
)
def test_a_bad_spec_is_one_clear_line(reason, tmp_path, content, words):
    (tmp_path / "run.toml").write_text(content)
    code, out, err = reason("solve", "What is it?", "--spec", tmp_path / "run.toml")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_policy_that_takes_no_model_refuses_one(reason):
    code, _, err = reason("solve", "What is it?", "--policy", "simulated", "--model", "big.gguf")
    assert code == 2
    assert "takes no model, and 'big.gguf' came" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("What", "is", "6", "times", "7?"), "goes in quotes"),
        ((QUESTION, "--width", "4"), "given as -o width=VALUE"),
        ((QUESTION, "--balance-temperature", "1"), "given as -o balance_temperature=VALUE"),
    ],
)
def test_a_hint_fits_the_cause(reason, arguments, words):
    code, _, err = reason("solve", *arguments, *SCRIPTED)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err


def test_a_table_of_commas_under_another_name_is_told_how_it_is_read(reason, tmp_path):
    (tmp_path / "x.txt").write_text("question,answer\nWhat?,5\n")
    code, _, err = reason("solve", "--data", tmp_path / "x.txt", *SCRIPTED)
    assert (code, "between commas ends in .csv" in err) == (2, True)


def test_a_time_that_is_up_is_no_reason_for_a_larger_width(reason):
    code, _, err = reason("solve", QUESTION, *SCRIPTED, "--budget-seconds", "0.000001")
    assert code == 1
    assert "--budget-seconds" in err and "width" not in err.splitlines()[0]
