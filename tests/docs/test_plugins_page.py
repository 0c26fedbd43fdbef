"""The page on plugins: its tables are those of the code, and its plugins are written, tested and run."""

import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest
from reasontree import core
from reasontree.core import Grader, ModelFile, Policy, Scorer, Strategy, Vote, registry, testing
from reasontree.core.hookspecs import Registration, Searching

PROGRAM = "from reasontree.cli.main import main; main()"
PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)*)\s?\| (.+) \|$", re.M)
BLOCK = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```", re.M | re.S)
SNIPPET = re.compile(r"(?<!`:)\n\n```python\n(.*?)^```", re.M | re.S)
KINDS = (Strategy, Policy, Scorer, Grader, Vote)


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


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_described_with_its_methods_and_contract(kind):
    name = kind.__name__
    (row,) = re.findall(rf"^\| {name.lower()} \| `{name}\(.*\)` \| (.*) \| (.*) \|$", PAGE, re.M)
    methods = [n for n, each in vars(kind).items() if inspect.isfunction(each) and not n.startswith("_")]
    assert re.findall(r"\w+", row[0]) == methods
    contract, attribute = re.findall(r"\w+", row[1])
    assert attribute in getattr(testing, contract).__annotations__


@pytest.mark.parametrize("kind", KINDS)
def test_every_attribute_of_a_kind_is_described_with_its_default(kind):
    rows = re.findall(rf"^\| {kind.__name__.lower()} \| `(\w+)` \| (.*) \| .+ \|$", PAGE, re.M)
    wanted = vars(kind)["__annotations__"]
    assert sorted(name for name, _ in rows) == sorted(wanted)
    for name, default in rows:
        if default == "needed":
            assert name not in vars(kind)
        else:
            assert eval(default.strip("`"), vars(core) | exports()) == vars(kind)[name]


def test_every_export_is_described_and_no_other():
    section = PAGE.partition("## What is exported")[2]
    described = [
        name for row in re.findall(r"^\| .* \| (`.*) \|$", section, re.M) for name in row.split(", ")
    ]
    assert sorted(described) == sorted(f"`{name}`" for name in core.__all__)


def test_every_kind_of_new_package_is_named():
    named = re.findall(r"`(\w+)`", PAGE.partition("`--kind` takes")[2].partition(".")[0])
    assert sorted(named) == sorted(registry.KINDS)


def exports():
    """Return everything that the core exports, by name."""
    return {name: getattr(core, name) for name in core.__all__}


def made_by(snippet):
    """Run a snippet where all exports and some node are at hand, and return what it defines."""
    imports = "import math\nfrom collections import Counter\nfrom collections.abc import Iterable, Sequence\n"
    node = core.Tree(core.Step("Q")).root
    names = exports() | {"np": np, "node": node, "best": node}
    exec(imports + snippet, names)
    return names


@pytest.mark.parametrize("snippet", SNIPPET.findall(PAGE), ids=lambda text: text.split("(")[0].split()[-1])
def test_a_snippet_runs_and_its_plugins_keep_their_contracts(snippet):
    names = made_by(snippet)
    for kind in KINDS:
        for plugin in names.values():
            if inspect.isclass(plugin) and issubclass(plugin, kind) and plugin is not kind:
                base = getattr(testing, f"{kind.__name__}Contract")
                attributes = {kind.__name__.lower(): plugin, "model": ModelFile("any", Path("any.gguf"))}
                contract = type("Contract", (base,), attributes)()
                for check in (each for each in dir(contract) if each.startswith("test_")):
                    getattr(contract, check)()


def test_there_are_snippets_to_run():
    assert len(SNIPPET.findall(PAGE)) >= 6


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
