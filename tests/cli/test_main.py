"""The command itself: help, version, unknown commands, and what a start costs."""

import importlib
import json
import subprocess
import sys

import pytest
from reasontree import __version__
from reasontree.cli.main import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(reason, command):
    code, out, _ = reason(command, "--help")
    assert code == 0
    assert "Usage: reason" in out


@pytest.mark.parametrize("command", [(), ("trace",), ("models",)])
def test_a_group_alone_shows_its_help_as_it_stands(reason, command):
    code, out, err = reason(*command)
    assert (code, out) == (2, "")
    assert err.splitlines()[0].startswith("Usage: reason")
    assert "\nCommands:\n" in err


def test_an_unknown_command_is_answered_with_the_nearest_one(reason):
    code, _, err = reason("slove")
    assert code == 2
    assert "'solve'" in err


def test_the_version_is_the_packages(reason):
    assert __version__ in reason("--version")[1]


HEAVY = {"numpy", "networkx", "pydantic", "sqlalchemy", "llama_cpp", "rich", "sympy", "alembic", "pluggy"}
HELP = """
import sys
from reasontree.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print(*sys.modules)
"""


def test_help_imports_nothing_heavy_and_no_command():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    imported = set(done.stdout.splitlines()[-1].split())
    assert not HEAVY & imported
    assert not any(name.startswith("reasontree.cli.commands") for name in imported)


@pytest.mark.parametrize("group", ["trace", "models", "plugins"])
def test_every_command_of_a_group_has_help(reason, group):
    for command in importlib.import_module(f"reasontree.cli.commands.{group}").COMMANDS:
        code, out, _ = reason(group, command, "--help")
        assert (code, out.startswith(f"Usage: reason {group} {command} ")) == (0, True)


def test_strategies_show_their_options_with_bounds_and_meaning(reason):
    _, out, _ = reason("strategies", "rebase")
    assert "balance_temperature=0.2" in out
    assert "> 0" in out
    listed = json.loads(reason("strategies", "--json")[1])
    assert {"greedy", "majority", "best-of-n", "rebase"} <= {each["name"] for each in listed}


def test_plugins_show_their_origin(reason):
    rows = json.loads(reason("plugins", "list", "--json")[1])
    (rebase,) = (row for row in rows if row["name"] == "rebase")
    assert (rebase["package"], rebase["hooks"]) == ("reasontree", ["register_strategies"])


def test_an_option_of_the_strategy_as_one_of_the_command_is_told_how(reason):
    code, _, err = reason("solve", "What is it?", "--width", 4)
    assert code == 2
    assert err == (
        "reason: No such option '--width'. An option of the strategy is given as -o width=VALUE. "
        "Try 'reason solve --help'.\n"
    )


def test_what_is_not_a_number_is_called_so(reason):
    code, _, err = reason("solve", "What is it?", "--seed", "abc")
    assert code == 2
    assert "'abc' is not a valid whole number." in err
