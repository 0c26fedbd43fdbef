"""Dependencies point one way: cli → store, plugins, core; store → core; plugins → core."""

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2]
ALLOWED = {
    "core": {"core"},
    "plugins": {"core", "plugins"},
    "store": {"core", "store"},
    "cli": {"core", "plugins", "store", "cli"},
}
LIGHT = {
    "core": {"sqlalchemy", "rich", "click", "llama_cpp"},
    "plugins": {"sqlalchemy", "rich", "click"},
    "store": {"rich", "click"},
}
FILES = sorted(path for room in ALLOWED for path in (ROOM / room).rglob("*.py"))


def imports(path):
    """Yield each import of a file as a tuple of names from the package's root, or an outside name."""
    here = path.relative_to(ROOM).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level]
            yield base + tuple((node.module or "").split("."))
        elif isinstance(node, ast.ImportFrom):
            yield (node.module,)
        elif isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOM)))
def test_a_room_imports_only_the_rooms_below_it(path):
    room = path.relative_to(ROOM).parts[0]
    for names in imports(path):
        assert not names[0].startswith("reasontree"), "between rooms, imports are relative"
        if names[0] in ALLOWED:
            assert names[0] in ALLOWED[room], f"{path} imports {'.'.join(names)}"
        assert names[0].partition(".")[0] not in LIGHT.get(room, ()) or ("llama_cpp" in path.parts), (
            f"{path} imports {names[0]}"
        )


@pytest.mark.parametrize(
    "path", [path for path in FILES if "plugins" in path.parts], ids=lambda path: str(path.relative_to(ROOM))
)
def test_no_plugin_imports_the_insides_of_another_kind(path):
    here = path.relative_to(ROOM).parts
    for names in imports(path):
        if names[0] == "plugins" and len(names) > 2 and len(here) > 2 and names[1] != here[1]:
            assert is_public_face(names), f"{path} imports {'.'.join(names)}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if "plugins" in path.parts], ids=lambda path: str(path.relative_to(ROOM))
)
def test_what_a_plugin_takes_from_another_kind_is_on_its_public_face(path):
    here = path.relative_to(ROOM).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            names = here[: len(here) - node.level] + tuple((node.module or "").split("."))
            if names[0] == "plugins" and len(names) > 2 and len(here) > 2 and names[1] != here[1]:
                assert {alias.name for alias in node.names} <= public_face(names), (
                    f"{path} line {node.lineno}"
                )


def is_public_face(names):
    """Whether an import names a plugin's package itself, and that package says what of it is public."""
    return (ROOM.joinpath(*names) / "__init__.py").is_file() and bool(public_face(names))


def public_face(names):
    tree = ast.parse((ROOM.joinpath(*names) / "__init__.py").read_text())
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    ]
    return set(ast.literal_eval(lists[0])) if lists else set()
