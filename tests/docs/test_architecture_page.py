"""The page on the house: its map has every module, and every path that the page names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
ROOMS = ("core", "plugins", "store", "api", "cli")
MAP = PAGE.partition("\n## A map of the files\n")[2]
ROWS = re.findall(r"^\| `([\w./]+)` \| (.+) \|$", MAP, re.M)


def modules():
    """Yield every module of the rooms; a package is called by its folder."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            yield name.removesuffix("__init__.py") if path.name == "__init__.py" else name


def test_the_map_has_every_module():
    assert not sorted(set(modules()) - {path for path, _ in ROWS}), "these have no line in the map"


def test_every_path_of_the_map_exists():
    assert not [path for path, _ in ROWS if not (ROOT / path).exists()]


def test_the_map_has_each_file_once_in_its_room():
    paths = [path for path, _ in ROWS]
    assert len(paths) == len(set(paths))
    sections = re.findall(r"^### (\w+)/\n(.*?)(?=^### |\Z)", MAP, re.M | re.S)
    assert {room for room, _ in sections} == set(ROOMS)
    for room, section in sections:
        assert {path.partition("/")[0] for path in re.findall(r"^\| `(.+?)` ", section, re.M)} == {room}


def test_every_file_that_the_page_names_exists():
    named = re.findall(rf"`((?:{'|'.join(ROOMS)}|tests|docs)/[\w./]*)`", PAGE)
    assert len(named) > len(ROWS)
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_way_of_a_search_is_at_most_eight_files():
    section = PAGE.partition("### From `reason solve` to the engine\n")[2].partition("\n## ")[0]
    files = re.findall(r"^\| `([\w/]+\.py)` \|", section, re.M)
    assert files[0] == "cli/commands/solve.py"
    assert files[-1] == "plugins/policies/llama_cpp/engine.py"
    assert len(files) <= 8
