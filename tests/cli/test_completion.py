"""What a tab offers."""

import pytest
from click.shell_completion import ShellComplete
from reasontree.cli.main import reason as command_line


def offered(*words):
    *before, last = words
    completion = ShellComplete(command_line, {}, "reason", "_REASON_COMPLETE")
    return [item.value for item in completion.get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("so",), ["solve"]),
        (("solve", "--strategy", "re"), ["rebase"]),
        (("solve", "--scorer", "conf"), ["confidence"]),
        (("solve", "--vote", "c"), ["cisc"]),
        (("solve", "--model", "smol"), ["smollm2-135m-instruct"]),
        (("solve", "--data", "gs"), ["gsm8k"]),
        (("train-head", "--data", "sv"), ["svamp"]),
        (("solve", "--budget-s"), ["--budget-samples", "--budget-seconds"]),
        (("config", "s"), ["set", "show"]),
    ],
)
def test_names_are_offered(words, wanted):
    assert offered(*words) == wanted


def test_traces_are_offered_by_the_beginnings_of_their_ids(reason):
    reason("solve", "What is 6 times 7?", "--policy", "simulated", "-s", "majority", "-o", "width=2")
    (trace,) = offered("trace", "show", "")
    assert offered("replay", trace[:5]) == [trace]
    assert offered("trace", "export", "zz") == []


def test_a_tab_without_a_database_offers_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("REASON_DB", str(tmp_path / "missing" / "none.db"))
    assert offered("trace", "show", "") == []
