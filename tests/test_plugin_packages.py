"""Packages of plugins, really installed: the example of the docs, and a new one.

Each is built by pip from a copy and put into a folder on the path of a process of its own.
"""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "reasontree-lookahead"
PROGRAM = "from reasontree.cli.main import main; main()"


def written(command_line, name, folder):
    """Write a new package by the command, and return its folder."""
    with pytest.raises(SystemExit) as ended:
        command_line(["plugins", "new", name, "--into", str(folder)])
    assert not ended.value.code
    return folder / f"reasontree-{name}"


class Installed:
    """A package that has been installed, with its strategy and its scorer."""

    def __init__(self, package, folder, *names):
        self.package, self.folder = package, folder
        self.strategy, self.scorer = names
        self.run = self.site = None

    def reason(self, *arguments):
        database = ("--db", self.folder / "traces.db") if arguments[0] == "solve" else ()
        return self.run("-c", PROGRAM, *arguments, *database, path=[self.site])


@pytest.fixture(scope="module", params=["example", "new"])
def installed(command_line, request, tmp_path_factory, run_python, install_package):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "example":
        made = Installed(EXAMPLE, folder, "lookahead", "shakiest-span")
    else:
        made = Installed(written(command_line, "best-first", folder), folder, "best-first", "best-first")
    made.run, made.site = run_python, install_package(made.package, folder)
    return made


def test_its_own_tests_pass_as_written(installed):
    tests = installed.folder / "source" / installed.package.name
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--color=no")
    done = installed.run(*command, cwd=tests)
    assert done.returncode == 0, done.stdout[-2000:]
    assert " passed" in done.stdout.splitlines()[-1]


def test_it_is_listed_with_package_version_module_and_hooks(installed):
    done = installed.reason("plugins", "list", "--json")
    rows = {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}
    for kind, name in (("strategy", installed.strategy), ("scorer", installed.scorer)):
        row = rows[kind, name]
        assert (row["package"], row["version"]) == (installed.package.name, "0.1.0")
        assert row["module"] == installed.package.name.replace("-", "_")
        assert set(row["hooks"]) == {"register_strategies", "register_scorers"}
    assert not [row for row in rows.values() if row["error"]]


def test_its_options_are_described(installed):
    done = installed.reason("strategies", installed.strategy)
    assert done.returncode == 0
    assert "-o width=" in done.stdout


def test_it_solves_a_problem_and_the_same_seed_gives_the_same_search(installed):
    names = ("--strategy", installed.strategy, "--scorer", installed.scorer)
    command = (
        "solve",
        "What is it?",
        *names,
        "--policy",
        "simulated",
        "-p",
        "p_right=1",
        "--seed",
        3,
        "--json",
    )
    first, again = (json.loads(installed.reason(*command).stdout) for _ in range(2))
    assert first["answer"] == "42"
    assert first["strategy"] == installed.strategy
    assert [first[key] for key in ("votes", "tokens")] == [again[key] for key in ("votes", "tokens")]


def test_its_options_are_checked(installed):
    done = installed.reason("solve", "Q?", "--policy", "simulated", "-s", installed.strategy, "-o", "width=0")
    assert done.returncode == 2
    assert done.stderr.startswith(f"reason: Option 'width' of strategy '{installed.strategy}' takes int ≥ 1")


def test_it_imports_the_core_and_nothing_else_of_reasontree(installed):
    sources = list((installed.package / "src").rglob("*.py"))
    lines = [line for path in sources for line in path.read_text().splitlines() if "reasontree." in line]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports
    assert all(line.startswith("from reasontree.core import ") for line in imports)


@pytest.mark.parametrize("command", [("ruff", "check", "."), ("ruff", "format", "--check", ".")])
def test_a_new_package_is_clean(command_line, tmp_path, run_python, command):
    done = run_python("-m", *command, cwd=written(command_line, "best-first", tmp_path))
    assert done.returncode == 0, done.stdout


def test_a_new_package_is_typed(command_line, tmp_path, run_python, typed_path):
    package = written(command_line, "best-first", tmp_path)
    done = run_python("-m", "mypy", "--strict", "src", cwd=package, path=typed_path)
    assert done.returncode == 0, done.stdout
