"""The documentation's commands are real: each one parses, and those that need no large model are run."""

import re
import shlex
from pathlib import Path

import click
import pytest
from reasontree.plugins.scorers.value_head.head import load_head
from reasontree.plugins.scorers.value_head.locations import SHIPPED
from reasontree.store.exchange import lines

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINE = re.compile(r"^(?:    |\$ )(reason [^\n]+)$", re.M)
COMMANDS = [
    pytest.param(line, id=f"{page.name}: {line[:60]}")
    for page in PAGES
    for line in dict.fromkeys(match.partition("  #")[0].strip() for match in LINE.findall(page.read_text()))
    if "…" not in line
]
FREE = (
    "reason strategies",
    "reason scorers",
    "reason plugins list",
    "reason grade",
    "reason models list",
    "reason datasets",
)


def words_of(line):
    return shlex.split(line.partition(" < ")[0])[1:]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_documentation_parses(line, command_group):
    context = click.Context(command_group, info_name="reason")
    words = words_of(line)
    command = command_group
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]}"
        command, words = found, words[1:]
    command.make_context(command.name, list(words), parent=context)


@pytest.mark.parametrize("line", [each for each in COMMANDS if each.values[0].startswith(FREE)])
def test_a_command_that_needs_no_model_runs(line, reason):
    if "--jsonl" in line:
        pytest.skip("needs a file of the reader's own; tests/cli/commands/test_grade.py has one")
    code, out, _ = reason(*words_of(line))
    assert (code, bool(out)) == (0, True)


@pytest.mark.parametrize("line", lines.LINES, ids=lambda line: line.__name__)
def test_every_field_of_an_exported_line_is_described(line):
    page = (ROOT / "docs" / "trace-format.md").read_text()
    section = page.partition(f"## `{lines.type_of(line)}`\n")[2].partition("\n## ")[0]
    described = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section, re.M)))
    assert described == [name for name in line.model_fields if name != "type"]


def test_there_are_commands_to_test():
    assert len(COMMANDS) > 10


def test_the_readmes_session_was_captured_and_not_typed():
    session = (ROOT / "docs" / "sessions" / "solve.txt").read_text().rstrip()
    assert session in re.sub(r"^    ", "", (ROOT / "README.md").read_text(), flags=re.M)


@pytest.mark.parametrize(
    ("head", "session"),
    [("", "value-head-1.5b"), ("-worked-steps", "value-head-1.5b-steps")],
)
def test_the_cross_validated_figures_are_those_of_the_shipped_heads(head, session):
    info = load_head(SHIPPED / f"qwen2.5-coder-1.5b-instruct{head}.npz").info
    within = info.figures["ranking"]["within"]["last"]
    shown = (ROOT / "docs" / "sessions" / f"{session}.txt").read_text()
    assert f"{within['value']:.3f} [{within['low']:.3f}, {within['high']:.3f}]" in shown
    assert shown.startswith(f"{info.made['n_problems']} problems, {info.made['n_chains']:,} chains")
