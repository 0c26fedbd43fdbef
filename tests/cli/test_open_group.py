"""Commands of other packages: found, shown and called, and never in the way of a built-in one."""

import os
import subprocess
import sys

import pytest

GREETING = """
import click
from reasontree.core import CommandEntry, ReasonError, hookimpl

@click.command()
@click.argument("whom")
def greet(whom):
    '''Greet WHOM.'''
    {body}

not_a_command = 7

@hookimpl
def register_commands():
    return [CommandEntry({name!r}, "Greet somebody.", {target!r})]
"""
STRATEGY = """
from reasontree.core import Strategy, hookimpl

class Sideways(Strategy):
    '''Go sideways.'''
    name = {name!r}
    def select(self, tree):
        return []

@hookimpl
def register_strategies():
    return [Sideways]
"""
HEAVY = {"numpy", "networkx", "pydantic"}


def greeting(*, name="greet", target="greeting:greet", body="click.echo(f'Hello {whom}.')"):
    return GREETING.format(name=name, target=target, body=body)


def imported_by(site, *arguments):
    """Run the command in a process of its own, and return what it imported and what it printed."""
    program = "import sys; from reasontree.cli.main import main\ntry: main()\nfinally: print(*sys.modules)"
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", program, *arguments]
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    *out, modules = done.stdout.splitlines()
    return set(modules.split()), "\n".join(out)


def test_an_added_command_is_called(reason, install):
    install("greeting", greeting())
    assert reason("greet", "Ada") == (0, "Hello Ada.\n", "")
    code, out, _ = reason("greet", "--help")
    assert (code, out.startswith("Usage: reason greet [OPTIONS] WHOM")) == (0, True)


def test_help_shows_it_below_its_package(reason, install):
    install("greeting", greeting())
    _, out, _ = reason("--help")
    built_in, _, added = out.partition("Commands of greeting-package 1.5:\n")
    assert "  solve " in built_in
    assert added.split() == ["greet", "Greet", "somebody."]


def test_it_is_listed_with_the_plugins(reason, install):
    install("greeting", greeting())
    rows = [line.split() for line in reason("plugins", "list")[1].splitlines()]
    assert ["command", "greet", "greeting-package", "1.5", "greeting", "register_commands"] in rows
    assert ["command", "solve", "reasontree"] in [row[:3] for row in rows]


def test_the_name_of_a_built_in_command_is_refused_with_both_named(reason, install):
    install("greeting", greeting(name="solve"))
    assert reason("solve", "--help")[1].startswith("Usage: reason solve")
    assert "greeting-package" not in reason("--help")[1]
    (line,) = (line for line in reason("plugins", "list")[1].splitlines() if line.startswith("broken"))
    assert "Two plugins register the command 'solve': plugins.commands.builtin (reasontree" in line
    assert "and greeting (greeting-package 1.5)" in line


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "two words"}, "A command needs a name of letters, digits"),
        ({"name": "-x"}, "A command needs a name of letters, digits"),
        ({"target": "greeting.greet"}, "needs a target such as 'module:attribute', not 'greeting.greet'"),
    ],
)
def test_an_entry_that_says_nothing_usable_is_refused(reason, install, wrong, said):
    install("greeting", greeting(**wrong))
    assert said in reason("plugins", "list")[1]


def test_what_is_not_an_entry_is_refused(reason, install):
    source = greeting().partition("return")[0] + "return [greet]\n"
    install("greeting", source)
    assert "A command is registered as a CommandEntry, and Command" in reason("plugins", "list")[1]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere:greet", "failed: ModuleNotFoundError: No module named 'nowhere'."),
        ("greeting:leave", "failed: AttributeError: module 'greeting' has no attribute 'leave'."),
        ("greeting:not_a_command", "names a int, and a click command is wanted."),
    ],
)
def test_a_target_that_is_not_there_is_named_with_its_package(reason, install, target, said):
    install("greeting", greeting(target=target))
    code, out, err = reason("greet", "Ada")
    assert (code, out, err) == (1, "", f"reason: command 'greet' of greeting-package 1.5 {said}\n")


def test_a_command_that_raises_is_named_with_its_package(reason, install):
    install("greeting", greeting(body="raise ValueError('nobody')"))
    code, _, err = reason("greet", "Ada")
    assert (code, err) == (1, "reason: command 'greet' of greeting-package 1.5 failed: ValueError: nobody.\n")


def test_an_error_for_people_is_shown_as_it_is(reason, install):
    install("greeting", greeting(body="raise ReasonError('Nobody is there.', hint='Wait.')"))
    assert reason("greet", "Ada") == (1, "", "reason: Nobody is there. Wait.\n")
    code, _, err = reason("greet")
    assert (code, err) == (2, "reason: Missing argument 'WHOM'. Try 'reason greet --help'.\n")


@pytest.mark.parametrize("body", ["raise OSError('no table')", "import sys; sys.exit('bye')"])
def test_a_broken_package_breaks_no_command(reason, install, body):
    install("broken", f"register_commands = 1\n{body}\n")
    install("greeting", greeting())
    assert reason("greet", "Ada")[0] == 0
    code, out, _ = reason("--help")
    assert (code, "greet" in out, "  solve " in out) == (0, True, True)
    assert reason("strategies")[0] == 0


def test_an_unknown_command_is_answered_with_the_nearest_one_of_all(reason, install):
    install("greeting", greeting())
    assert reason("gret", "Ada")[2] == "reason: There is no command 'gret'. Did you mean 'greet'?\n"
    assert "Did you mean 'solve'?" in reason("slove")[2]


def test_who_asks_for_a_command_that_did_not_load_is_told_where_to_look(reason, install):
    install("broken", "register_commands = 1 / 0\n")
    assert "Not loaded: broken-package; 'reason plugins list' says why." in reason("greet")[2]


def test_a_built_in_command_loads_no_package(tmp_path, install):
    install("greeting", greeting())
    install("sideways", STRATEGY.format(name="sideways"))
    imported, _ = imported_by(tmp_path / "site", "solve", "--help")
    assert not imported & {"greeting", "sideways", "pluggy"}


def test_help_loads_the_packages_that_may_add_a_command_and_no_other(tmp_path, install):
    install("greeting", greeting())
    install("sideways", STRATEGY.format(name="sideways"))
    imported, out = imported_by(tmp_path / "site", "--help")
    assert "Greet somebody." in out
    assert "greeting" in imported
    assert not imported & ({"sideways"} | HEAVY)
