"""docs/strategies.md says of every strategy what the plugin itself says."""

import json
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text()
SECTIONS = dict(re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


@pytest.fixture
def described(reason):
    return {each["name"]: each for each in json.loads(reason("strategies", "--json")[1])}


def options_table(strategy):
    """Return the lines of a strategy's table of options."""
    if not strategy["options"]:
        return ["It has no options."]
    lines = ["| option | default | takes | |", "| --- | --- | --- | --- |"]
    for each in strategy["options"]:
        takes = ", ".join(filter(None, (each["kind"].replace(" | ", " or "), each["bounds"])))
        lines.append(f"| `{each['name']}` | {each['default']} | {takes} | {each['meaning']} |")
    return lines


def test_every_strategy_has_a_section_with_its_options(described):
    for name, strategy in described.items():
        assert "\n".join(options_table(strategy)) in SECTIONS[name], name


def test_the_table_names_every_strategy_with_its_vote(described):
    rows = re.findall(r"^\| \[([\w-]+)\]\(#([\w-]+)\) \|(?:[^|]*\|){3} (\w+) \|", PAGE, re.M)
    assert {name: vote for name, _, vote in rows} == {
        each["name"]: each["vote"] for each in described.values()
    }
    assert all(name == anchor for name, anchor, _ in rows)
