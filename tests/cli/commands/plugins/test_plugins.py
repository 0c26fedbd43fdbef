"""`reason plugins`: one broken package breaks nothing else, and a new one is written whole or not at all."""

import json
import re

import pytest
from reasontree.core.registry import KINDS

GOOD = """
from reasontree.core import Expansion, Options, Strategy, hookimpl

class Sideways(Strategy):
    '''Go sideways.'''
    name = "sideways"
    def select(self, tree):
        {body}
    {more}

@hookimpl
def register_strategies():
    return [Sideways]
"""
SOUND = GOOD.format(body="return []", more="")
BROKEN = {
    "missing": (None, "ModuleNotFoundError: No module named 'missing'"),
    "raising": ("raise OSError('no table')", "OSError: no table"),
    "leaving": ("import sys; sys.exit('bye')", "SystemExit: bye"),
    "misspelt": (SOUND.replace("select", "choose", 1), "has no method 'select'"),
    "misarmed": (
        SOUND.replace("strategies():", "strategies(tree):"),
        "{'tree'} are declared in the hookimpl",
    ),
    "unhooked": (SOUND.replace("@hookimpl", ""), "It registers nothing."),
    "unknown": (SOUND.replace("register_strategies", "register_tactics"), "unknown hook 'register_tactics'"),
    "optionless": (
        GOOD.format(body="return []", more="Options = dict"),
        "needs Options derived from reasontree",
    ),
    "nameless": (SOUND.replace('name = "sideways"', ""), "needs a name of letters, digits"),
    "underived": (SOUND.replace("(Strategy)", ""), "needs Options"),
    "listless": (SOUND.replace("return [Sideways]", "return 7"), "returned 7 where a list is wanted"),
    "instance": (
        SOUND.replace("[Sideways]", "['sideways']"),
        "registered as a class, and str 'sideways' came",
    ),
    "taken": (SOUND.replace('"sideways"', '"rebase"'), "Two plugins register the strategy 'rebase'"),
}


def rows_of(reason):
    code, out, _ = reason("plugins", "list", "--json")
    assert code == 0
    return json.loads(out)


def test_each_plugin_has_its_package_version_module_and_hooks(reason, install):
    install("good", SOUND)
    (row,) = (row for row in rows_of(reason) if row["name"] == "sideways")
    assert row == {
        "kind": "strategy",
        "name": "sideways",
        "package": "good-package",
        "version": "1.5",
        "module": "good",
        "hooks": ["register_strategies"],
        "error": "",
    }
    _, out, _ = reason("plugins", "list")
    (line,) = (line for line in out.splitlines() if "sideways" in line)
    assert line.split() == ["strategy", "sideways", "good-package", "1.5", "good", "register_strategies"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_package_is_listed_with_the_reason_and_breaks_nothing(reason, install, name):
    source, error = BROKEN[name]
    install(name, source)
    install("good", SOUND.replace('"sideways"', '"upwards"'))
    rows = rows_of(reason)
    (broken,) = (row for row in rows if row["kind"] == "broken")
    assert (broken["package"], broken["version"], broken["module"]) == (f"{name}-package", "1.5", name)
    assert error in broken["error"]
    assert {"rebase", "upwards"} <= {row["name"] for row in rows if row["kind"] == "strategy"}
    assert "sideways" not in {row["name"] for row in rows}
    code, out, _ = reason("plugins", "list")
    assert code == 0
    assert sum("ERROR" in line for line in out.splitlines()) == 1


def test_a_package_is_registered_whole_or_not_at_all(reason, install):
    install("half", SOUND.replace("[Sideways]", "[Sideways, 'no class']"))
    assert "sideways" not in {row["name"] for row in rows_of(reason)}


def test_who_asks_for_a_plugin_that_did_not_load_is_told_where_to_look(reason, install):
    install("raising", BROKEN["raising"][0])
    code, _, err = reason("solve", "Q?", "--policy", "simulated", "--strategy", "sideways")
    assert code == 2
    assert "Not loaded: raising-package; 'reason plugins list' says why." in err


def test_a_plugin_that_raises_is_named_with_its_package(reason, install):
    install("bad", GOOD.format(body="raise RuntimeError('lost')", more=""))
    code, out, err = reason("solve", "Q?", "--policy", "simulated", "--strategy", "sideways", "--json")
    assert (code, out) == (1, "")
    assert err == "reason: strategy 'sideways' of bad-package 1.5 failed: RuntimeError: lost.\n"


def test_a_plugin_that_raises_late_keeps_what_was_found(reason, install):
    body = "return [Expansion(0, 3, 'end')] if len(tree) == 1 else 1 / 0"
    install("late", GOOD.format(body=body, more=""))
    code, out, err = reason("solve", "Q?", "--policy", "simulated", "-p", "p_right=1", "-s", "sideways")
    assert (code, out) == (1, "42\n")
    assert "strategy 'sideways' of late-package 1.5 failed: ZeroDivisionError: division by zero." in err


def test_one_row_that_fails_leaves_the_others_of_a_file(reason, install, tmp_path):
    body = "assert tree.root.step.text != 'two'; return [] if len(tree) > 1 else [Expansion(0, 1, 'end')]"
    install("picky", GOOD.format(body=body, more=""))
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"question": each}) + "\n" for each in ("one", "two", "three")))
    code, out, err = reason("solve", "--jsonl", file, "--policy", "simulated", "-s", "sideways")
    rows = sorted(map(json.loads, out.splitlines()), key=lambda row: row["index"])
    assert code == 1
    assert [bool(row["answer"]) for row in rows] == [True, False, True]
    assert "picky-package 1.5" in rows[1]["error"] + err


def test_a_plugin_that_cannot_be_made_is_named(reason, install):
    install(
        "unmade", GOOD.format(body="return []", more="def __init__(self, options, rng): raise OSError('x')")
    )
    code, _, err = reason("solve", "Q?", "--policy", "simulated", "--strategy", "sideways")
    assert code == 1
    assert "strategy 'sideways' of unmade-package 1.5 failed: OSError: x." in err
    assert err.count("\n") == 1


SUITING = """
from reasontree.core import Scorer, hookimpl

class Suiting(Scorer):
    name = "suiting"
    @classmethod
    def suits(cls, policy):
        raise OSError("no such table")
    def score(self, requests):
        return []

@hookimpl
def register_scorers():
    return [Suiting]
"""


def test_a_scorer_that_raises_when_asked_whether_it_suits_is_named(reason, install):
    install("suiting", SUITING)
    code, _, err = reason("solve", "Q?", "--policy", "simulated")
    assert (code, err.count("\n")) == (1, 1)
    assert "scorer 'suiting' of suiting-package 1.5 failed: OSError: no such table." in err
    assert reason("solve", "Q?", "--policy", "simulated", "--scorer", "confidence")[0] == 0


def test_a_new_package_has_every_file_and_its_name_throughout(reason, tmp_path):
    code, out, err = reason("plugins", "new", "best-first", "--into", tmp_path)
    package = tmp_path / "reasontree-best-first"
    assert (code, out) == (0, f"{package}\n")
    assert f"pip install -e '{package}[dev]'" in err
    written = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    module = "src/reasontree_best_first"
    assert written == {
        "pyproject.toml",
        "README.md",
        ".gitignore",
        f"{module}/__init__.py",
        f"{module}/py.typed",
        f"{module}/strategy.py",
        f"{module}/scorer.py",
        "tests/test_contracts.py",
    }
    texts = [path.read_text() for path in package.rglob("*") if path.is_file()]
    assert not any("$" in text for text in texts)
    assert list(tmp_path.iterdir()) == [package]


@pytest.mark.parametrize(
    "name", ["Upper", "under_score", "two words", "-x", "x-", "a--b", "1st", "é", "../up", "a" * 41]
)
def test_a_bad_name_is_refused_in_one_line(reason, tmp_path, name):
    code, out, err = reason("plugins", "new", "--into", tmp_path, "--", name)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "small letters, digits and single hyphens" in err
    assert not list(tmp_path.iterdir())


def test_a_new_package_has_the_kinds_that_are_asked_for(reason, tmp_path):
    code, _, err = reason("plugins", "new", "pair", "--kind", "command", "--kind", "vote", "--into", tmp_path)
    package = tmp_path / "reasontree-pair"
    assert code == 0
    assert 'reason solve "QUESTION" --vote pair --policy simulated\n' in err
    assert 'reason pair "What is 6 times 7?"\n' in err
    modules = {path.name for path in (package / "src" / "reasontree_pair").iterdir()}
    assert modules == {"__init__.py", "py.typed", "vote.py", "command.py"}
    assert (
        (package / "README.md").read_text().startswith("# reasontree-pair\n\nThe vote and the command `pair`")
    )
    assert 'dependencies = ["click", "reasontree"]' in (package / "pyproject.toml").read_text()


def test_every_kind_of_plugin_can_be_written(reason):
    (choices,) = re.findall(r"--kind \[(.*?)\]", " ".join(reason("plugins", "new", "--help")[1].split()))
    assert set(choices.replace(" ", "").split("|")) == set(KINDS)


def test_a_kind_that_there_is_not_is_refused(reason, tmp_path):
    code, _, err = reason("plugins", "new", "mine", "--kind", "prompt", "--into", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "'prompt' is not one of 'strategy', 'scorer', 'policy'" in err


@pytest.mark.parametrize(
    ("name", "kind"),
    [("rebase", "strategy"), ("confidence", "scorer"), ("math", "grader"), ("solve", "command")],
)
def test_a_name_that_is_taken_is_refused(reason, tmp_path, name, kind):
    flags = () if kind in ("strategy", "scorer") else ("--kind", kind)
    code, _, err = reason("plugins", "new", name, "--into", tmp_path, *flags)
    assert code == 2
    assert f"There is a {kind} '{name}' already: plugins." in err


def test_an_existing_folder_is_left_alone(reason, tmp_path):
    (tmp_path / "reasontree-mine").mkdir()
    code, _, err = reason("plugins", "new", "mine", "--into", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "exists already" in err
    assert not list((tmp_path / "reasontree-mine").iterdir())


def test_a_folder_that_is_not_there_is_refused(reason, tmp_path):
    code, _, err = reason("plugins", "new", "mine", "--into", tmp_path / "nowhere")
    assert (code, err.count("\n")) == (2, 1)


def test_a_package_that_prints_as_it_is_imported_breaks_no_object(reason, install):
    install("chatty", "print('hello')\n" + SOUND)
    code, out, err = reason("solve", "What is 6 times 7?", "--policy", "simulated", "-o", "width=2", "--json")
    assert (code, json.loads(out)["answer"]) == (0, "42")
    assert "hello" in err
