"""The page on plugins: its hooks are those of the specs, and its strategy is written, tested and run."""

import inspect
import json
import re
from pathlib import Path

import pytest
from reasontree.core import Strategy, testing
from reasontree.core.hookspecs import Registration, Searching
from reasontree.core.kinds import Grader, Policy, Scorer, Vote

PROGRAM = "from reasontree.cli.main import main; main()"
PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)*)\s?\| (.+) \|$", re.M)
BLOCK = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```", re.M | re.S)


def specs():
    """Yield every hook with its arguments and its sentence."""
    for group in (Registration, Searching):
        for name, spec in vars(group).items():
            if hasattr(spec, "reasontree_spec"):
                arguments = [each for each in inspect.signature(spec).parameters if each != "self"]
                yield name, arguments, inspect.getdoc(spec)


def test_every_hook_is_described_with_its_arguments():
    section = PAGE.partition("## The hooks")[2].partition("\n## ")[0]
    described = [(name, re.findall(r"\w+", given), said) for name, given, said in ROW.findall(section)]
    assert described == list(specs())


@pytest.mark.parametrize("kind", [Strategy, Policy, Scorer, Grader, Vote])
def test_every_kind_is_described_with_its_methods_and_contract(kind):
    name = kind.__name__
    (row,) = re.findall(rf"^\| {name.lower()} \| `{name}\(.*\)` \| (.*) \| (.*) \|$", PAGE, re.M)
    methods = [n for n, each in vars(kind).items() if inspect.isfunction(each) and not n.startswith("_")]
    assert re.findall(r"\w+", row[0]) == methods
    contract, attribute = re.findall(r"\w+", row[1])
    assert attribute in getattr(testing, contract).__annotations__


@pytest.fixture(scope="module")
def package(tmp_path_factory, run_python):
    """Follow the page: write the package by the command, then its files as they stand there."""
    folder = tmp_path_factory.mktemp("page")
    made = run_python("-c", PROGRAM, "plugins", "new", "sift", cwd=folder)
    assert made.returncode == 0, made.stderr
    package = folder / "reasontree-sift"
    blocks = BLOCK.findall(PAGE)
    assert len(blocks) == 2
    for path, code in blocks:
        assert (package / path).exists(), f"the command writes no {path}"
        (package / path).write_text(code)
    return package


def test_the_pages_tests_pass(package, run_python):
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--color=no")
    done = run_python(*command, cwd=package)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("tool", ["ruff check .", "ruff format --check .", "mypy --strict src"])
def test_the_pages_code_is_clean_and_typed(package, run_python, typed_path, tool):
    done = run_python("-m", *tool.split(), cwd=package, path=typed_path)
    assert done.returncode == 0, done.stdout


def test_the_pages_strategy_solves_a_problem(package, tmp_path, run_python, install_package):
    site = install_package(package, tmp_path)
    command = ("solve", "What is 6 times 7?", "--strategy", "sift", "--policy", "simulated", "--json")
    done = run_python("-c", PROGRAM, *command, "--db", tmp_path / "traces.db", path=[site])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["strategy"], found["answer"], found["n_solutions"]) == ("sift", "42", 16)
