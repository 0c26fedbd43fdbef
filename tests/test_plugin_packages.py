"""Packages of plugins, really installed: the examples of the docs, and new ones.

Each is built by pip from a copy and put into a folder on the path of a process of its own.
"""

import json
from pathlib import Path

import pytest
from reasontree.core import registry

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
PROGRAM = "from reasontree.cli.main import main; main()"


KINDS = ("strategy", "scorer", "policy", "grader", "vote", "model", "dataset", "command")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--color=no")


def written(run_python, name, folder, *kinds):
    """Write a new package by the command, and return its folder."""
    flags = [word for kind in kinds for word in ("--kind", kind)]
    done = run_python("-c", PROGRAM, "plugins", "new", name, "--into", folder, *flags)
    assert done.returncode == 0, done.stderr
    return folder / f"reasontree-{name}"


class Installed:
    """A package that has been installed, with its strategy and its scorer."""

    def __init__(self, package, folder, *names):
        self.package, self.folder = package, folder
        self.strategy, self.scorer = names
        self.run = self.site = None

    def reason(self, *arguments):
        database = ("--db", self.folder / "traces.db") if arguments[0] in ("solve", "replay") else ()
        return self.run("-c", PROGRAM, *arguments, *database, path=[self.site])


PACKAGES = {
    "lookahead": ("lookahead", "shakiest-span"),
    "kinds": ("epsilon-greedy", "agreement"),
    "new": ("best-first", "best-first"),
}


@pytest.fixture(scope="module", params=PACKAGES)
def installed(request, tmp_path_factory, run_python, install_package):
    folder = tmp_path_factory.mktemp(request.param)
    is_new = request.param == "new"
    package = (
        written(run_python, "best-first", folder) if is_new else EXAMPLES / f"reasontree-{request.param}"
    )
    made = Installed(package, folder, *PACKAGES[request.param])
    made.run, made.site = run_python, install_package(made.package, folder)
    return made


def test_its_own_tests_pass_as_written(installed):
    tests = installed.folder / "source" / installed.package.name
    done = installed.run(*PYTEST, cwd=tests)
    assert done.returncode == 0, done.stdout[-2000:]
    assert " passed" in done.stdout.splitlines()[-1]


def test_it_is_listed_with_package_version_module_and_hooks(installed):
    done = installed.reason("plugins", "list", "--json")
    rows = {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}
    for kind, name in (("strategy", installed.strategy), ("scorer", installed.scorer)):
        row = rows[kind, name]
        assert (row["package"], row["version"]) == (installed.package.name, "0.1.0")
        assert row["module"] == installed.package.name.replace("-", "_")
        assert set(row["hooks"]) >= {"register_strategies", "register_scorers"}
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


def test_its_search_is_replayed(installed):
    names = ("--strategy", installed.strategy, "--scorer", installed.scorer)
    command = ("solve", "What is it?", *names, "--policy", "simulated", "--seed", 5, "--json")
    trace = json.loads(installed.reason(*command).stdout)["trace_id"]
    replayed = installed.reason("replay", trace)
    assert replayed.returncode == 0, replayed.stderr
    assert f"trace {trace}  the same: " in replayed.stdout


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


@pytest.mark.parametrize("kinds", [(), *((kind,) for kind in KINDS), KINDS], ids="+".join)
class TestNewPackage:
    """A new package of each kind, of those that are written by default, and of all."""

    @pytest.fixture
    def package(self, tmp_path, run_python, kinds):
        return written(run_python, "best-first", tmp_path, *kinds)

    @pytest.mark.parametrize("name", ["x", "best-first", "a-tree-of-many-thoughts"])
    def test_it_is_clean(self, tmp_path, run_python, kinds, name):
        package = written(run_python, name, tmp_path, *kinds)
        for command in (("check", "."), ("format", "--check", ".")):
            done = run_python("-m", "ruff", *command, cwd=package)
            assert done.returncode == 0, done.stdout

    def test_its_tests_pass(self, package, run_python):
        done = run_python(*PYTEST, cwd=package)
        assert done.returncode == 0, done.stdout[-2000:]


def test_the_example_of_a_policy_is_what_the_command_writes(tmp_path, run_python):
    example, new = EXAMPLES / "reasontree-completions", written(run_python, "completions", tmp_path, "policy")
    files = {path.relative_to(new) for path in new.rglob("*") if path.is_file()}
    assert {path.relative_to(example) for path in example.rglob("*.py")} <= files
    for path in files:
        assert (example / path).read_text() == (new / path).read_text(), path


@pytest.mark.parametrize("kinds", [(), KINDS], ids="+".join)
def test_a_new_package_is_typed(tmp_path, run_python, typed_path, kinds):
    package = written(run_python, "best-first", tmp_path, *kinds)
    done = run_python("-m", "mypy", "--strict", "src", cwd=package, path=typed_path)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory, run_python, install_package):
    """A new package of all kinds, installed."""
    folder = tmp_path_factory.mktemp("all")
    made = Installed(written(run_python, "chosen", folder, *KINDS), folder, "chosen", "chosen")
    made.run, made.site = run_python, install_package(made.package, folder)
    return made


def test_each_kind_is_listed(all_kinds):
    rows = json.loads(all_kinds.reason("plugins", "list", "--json").stdout)
    assert [row["kind"] for row in rows if row["name"] == "chosen"] == list(registry.KINDS)
    assert not [row for row in rows if row["error"]]


def test_a_strategy_a_scorer_and_a_vote_solve_a_problem(all_kinds):
    names = [word for kind in ("strategy", "scorer", "vote") for word in (f"--{kind}", "chosen")]
    command = ("solve", "What is it?", *names, "--policy", "simulated", "-p", "p_right=1", "--json")
    found = json.loads(all_kinds.reason(*command).stdout)
    assert (found["strategy"], found["scorer"], found["answer"]) == ("chosen", "chosen", "42")


def test_a_grader_reads_an_answer(all_kinds):
    command = ("grade", "So it is (B).", "B", "--grader", "chosen", "--json")
    assert json.loads(all_kinds.reason(*command).stdout)["correct"] is True


def test_a_model_is_in_the_catalog(all_kinds):
    assert "chosen " in all_kinds.reason("models", "list").stdout


def test_a_data_set_is_listed(all_kinds):
    assert "chosen " in all_kinds.reason("datasets").stdout


def test_a_command_is_called_and_shown(all_kinds):
    assert all_kinds.reason("chosen", "What is 6 times 7?").stdout == "5 words\n"
    assert "Commands of reasontree-chosen 0.1.0:\n  chosen  " in all_kinds.reason("--help").stdout


ASK = """
import sys
from reasontree.core import Problem
from reasontree.core.run import Run
from reasontree.core.search import Search
from reasontree.core.testing import CountingVote, PlainGrader
from reasontree.plugins import registry
import numpy as np

sys.path.insert(0, "tests")
from scripted_server import ScriptedServer

server = ScriptedServer()
made, options = registry().make, registry().get("policy", "chosen").Options()
policy = made("policy", "chosen", options, server.address)
wide = registry().get("strategy", "majority")
strategy = made("strategy", "majority", wide.Options(width=20), np.random.default_rng(0))
run = Run(policy, grader=PlainGrader(), vote=CountingVote())
(finished,) = run.searches([Search(Problem("What is it?"), strategy)])
run.close()
server.close()
print(finished.outcome.verdict.answer, finished.outcome.tokens.generated, finished.search.error)
"""


def test_a_policy_searches_over_http(all_kinds):
    done = all_kinds.run("-W", "error", "-c", ASK, path=[all_kinds.site], cwd=all_kinds.package)
    answer, n_tokens, error = done.stdout.split()
    assert answer in {"0", "1", "2", "3"}
    assert int(n_tokens) > 20
    assert error == "None"
