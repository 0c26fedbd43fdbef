"""Dependencies point one way: cli → api → store, plugins, core; store → core; plugins → core; no circle."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "core": {"core"},
    "plugins": {"core", "plugins"},
    "store": {"core", "store"},
    "api": {"core", "plugins", "store", "api"},
    "cli": {"core", "plugins", "store", "api", "cli"},
}
TERMINAL = {"click", "rich"}
HEAVY = {"core": {"sqlalchemy", "llama_cpp"}, "plugins": {"sqlalchemy"}, "store": {"llama_cpp"}}
FILES = sorted(path for room in ALLOWED for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PLUGINS = [path for path in FILES if path.relative_to(ROOT).parts[0] == "plugins"]


def named(path):
    return str(path.relative_to(ROOT))


def imports(path):
    """Yield each import of a file, wherever it stands: names from the root, and what is imported."""
    here = path.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if node.level:
                base = here[: len(here) - node.level]
                yield (*base, *(node.module or "").split(".")) if node.module else base, names
            else:
                yield (node.module,), names
        elif isinstance(node, ast.Import):
            yield from (((alias.name,), set()) for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_room_imports_only_the_rooms_below_it(path):
    room = path.relative_to(ROOT).parts[0]
    for names, _ in imports(path):
        assert not names or not names[0].startswith("reasontree"), "between rooms, imports are relative"
        if names and names[0] in ALLOWED:
            assert names[0] in ALLOWED[room], f"{named(path)} imports {'.'.join(names)}"


@pytest.mark.parametrize("path", [p for p in FILES if p.relative_to(ROOT).parts[0] != "cli"], ids=named)
def test_nothing_outside_the_command_line_knows_a_terminal(path):
    room = path.relative_to(ROOT).parts[0]
    found = {names[0].partition(".")[0] for names, _ in imports(path) if names}
    assert not found & TERMINAL
    assert not found & HEAVY.get(room, set()) or "llama_cpp" in path.parts


@pytest.mark.parametrize("path", [p for p in TESTS if "cli" not in p.relative_to(ROOT).parts], ids=named)
def test_no_test_of_another_room_imports_the_command_line(path):
    assert not [names for names, _ in imports(path) if names and names[0].startswith("reasontree.cli")]


@cache
def graph():
    """Return for each module, by its path, the modules that it imports anywhere."""
    modules = {}
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules[parts[:-1] if parts[-1] == "__init__" else parts] = path
    edges = {}
    for name, path in modules.items():
        targets = set()
        for names, imported in imports(path):
            within = [(*names, each) for each in imported if (*names, each) in modules]
            targets.update(within or ([names] if names in modules else []))
        edges[name] = targets - {name}
    return edges


def circles(edges):
    """Return the groups of modules that reach each other (Tarjan 1972, SIAM J. Comput. 1:146-160)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(".".join(each) for each in group))

    for node in edges:
        if node not in index:
            visit(node)
    return found


def test_no_modules_import_each_other_in_a_circle_not_even_for_their_types():
    assert circles(graph()) == []


def test_a_circle_would_be_found():
    edges = {("a",): {("b",)}, ("b",): {("c",)}, ("c",): {("a",)}, ("d",): {("a",)}}
    assert circles(edges) == [["a", "b", "c"]]


def test_class_names_are_unique():
    places = {}
    for path in FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(named(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", PLUGINS, ids=named)
def test_what_a_plugin_takes_from_another_kind_is_on_its_public_face(path):
    here = path.relative_to(ROOT).parts
    for names, imported in imports(path):
        if names and names[0] == "plugins" and len(names) > 2 and len(here) > 2 and names[1] != here[1]:
            assert imported <= public_face(names), f"{named(path)} imports {'.'.join(names)}"


def public_face(names):
    """Return the names that a plugin's package lists; none where it is not a package."""
    init = ROOT.joinpath(*names) / "__init__.py"
    if not init.is_file():
        return set()
    body = ast.parse(init.read_text()).body
    lists = [node.value for node in body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"]
    return set(ast.literal_eval(lists[0])) if lists else set()
