"""The user's own defaults: what is set holds, and what is said goes first."""

import json

import pytest

QUESTION = "What is 6 times 7?"


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "config.toml"
    monkeypatch.setenv("REASON_CONFIG", str(path))
    return path


@pytest.fixture
def simulated(reason):
    for key, value in (("policy", "simulated"), ("strategy", "majority"), ("strategy_options.width", "4")):
        assert reason("config", "set", key, value)[0] == 0


def solved(reason, *arguments):
    return json.loads(reason("solve", QUESTION, "--json", *arguments)[1])


def test_what_is_set_is_the_default(reason, config, simulated):
    assert reason("config", "path")[1] == f"{config}\n"
    shown = json.loads(reason("config", "show", "--json")[1])
    assert shown == {"policy": "simulated", "strategy": "majority", "strategy_options": {"width": 4}}
    found = solved(reason)
    assert (found["strategy"], found["n_solutions"]) == ("majority", 4)


def test_what_is_said_goes_before_what_is_set(reason, simulated, tmp_path):
    assert solved(reason, "-o", "width=3")["n_solutions"] == 3
    assert solved(reason, "-s", "rebase", "-o", "width=2")["strategy"] == "rebase"
    spec = tmp_path / "spec.toml"
    spec.write_text('policy = "simulated"\nstrategy = "best-of-n"\n')
    assert solved(reason, "--spec", spec)["strategy"] == "best-of-n"


def test_the_database_is_that_of_the_option_the_environment_or_the_file(reason, monkeypatch, tmp_path):
    monkeypatch.delenv("REASON_DB", raising=False)
    reason("config", "set", "db", tmp_path / "set.db")
    assert reason("db", "path")[1].strip() == str(tmp_path / "set.db")
    monkeypatch.setenv("REASON_DB", str(tmp_path / "environment.db"))
    assert reason("db", "path")[1].strip() == str(tmp_path / "environment.db")
    assert reason("db", "path", "--db", tmp_path / "said.db")[1].strip() == str(tmp_path / "said.db")


def test_a_default_is_taken_back(reason, simulated, config):
    assert reason("config", "unset", "strategy_options.width")[0] == 0
    assert reason("config", "unset", "strategy")[0] == 0
    assert config.read_text() == 'policy = "simulated"\n'
    code, _, err = reason("config", "unset", "strategy")
    assert (code, err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("nonsense", "5", "called 'nonsense'"),
        ("seed", "many", "'many' came"),
        ("strategy.width", "4", "lies within 'strategy', which has a plain value"),
        ("db", "5", "takes a path or a URL"),
        ("sampling.heat", "1", "heat"),
        ("strategy", "rebbase", "Did you mean 'rebase'?"),
        ("vote", "majorty", "Did you mean 'majority'?"),
        ("model", "smollm", "There is no model 'smollm'"),
        ("scorers", '["confidense"]', "Did you mean 'confidence'?"),
    ],
)
def test_what_is_wrong_is_not_set(reason, simulated, config, key, value, words):
    before = config.read_text()
    code, _, err = reason("config", "set", key, value)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert config.read_text() == before


@pytest.mark.parametrize("text", ["= 5", 'strategy = "x', "nonsense = 1", "\udcff", 'strategy_options = "x"'])
def test_a_broken_file_is_named(reason, config, text):
    config.parent.mkdir()
    config.write_bytes(text.encode(errors="surrogateescape"))
    code, _, err = reason("solve", QUESTION, "--policy", "simulated")
    assert (code, err.count("\n")) == (2, 1)
    assert str(config) in err


def test_nothing_set_is_no_error(reason):
    assert reason("config", "show")[:2] == (0, "")
