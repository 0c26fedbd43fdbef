"""What the tests of several rooms share: plain runs, the command line, and the small model that it runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
import reasontree
from hypothesis import settings
from reasontree.core import Expansion, Options, Problem, Sampling, Strategy, Tree
from reasontree.core.records import ModelInfo
from reasontree.core.replay.checker import Checker
from reasontree.core.replay.playback import Playback
from reasontree.core.replay.recorded import RecordedPolicy, RecordedScorer
from reasontree.core.run import Run
from reasontree.core.search import Search
from reasontree.core.testing import CountingVote, PlainGrader
from reasontree.plugins.models.cache import Cache
from reasontree.plugins.policies.simulated import Simulated
from sqlalchemy import create_engine, make_url, text

from .late import LatePolicy, LateScorer
from .recorded import record_of

settings.register_profile("any machine", deadline=None)  # a slow moment of the machine is no failure
settings.load_profile("any machine")
# Whoever runs the tests in the background makes them deaf to Ctrl-C, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
POSTGRES = os.environ.get("REASON_TEST_POSTGRES")
NO_POSTGRES = (
    "PostgreSQL is not tested: pip install 'psycopg[binary]' and set "
    "REASON_TEST_POSTGRES=postgresql://user@host/name to a database that may be emptied"
)
SMALL = "smollm2-135m-instruct"


@pytest.fixture(scope="session", autouse=True)
def users_folders(tmp_path_factory):
    """Keep what a user has, such as heads and traces, out of the tests, and what they make out of there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.setenv("REASON_DATASETS", str(tmp_path_factory.mktemp("datasets")))
        yield


class Scripted(Strategy):
    """Asks for given expansions, a list for each round."""

    name = "scripted"

    def __init__(self, *rounds: Sequence[Expansion]) -> None:
        self._rounds = rounds
        self._n_asked = 0

    def select(self, tree: Tree) -> Sequence[Expansion]:
        self._n_asked += 1
        return self._rounds[self._n_asked - 1] if self._n_asked <= len(self._rounds) else ()


@pytest.fixture
def grader() -> PlainGrader:
    return PlainGrader()


@pytest.fixture
def counting_vote() -> CountingVote:
    return CountingVote()


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture
def simulated() -> Callable[..., Simulated]:
    """Make a scripted policy from its options."""
    return lambda **options: Simulated(Simulated.Options(**options))


@pytest.fixture
def run_of() -> Callable[..., Run]:
    """Wire a policy to a plain grader and a counting vote."""

    def wire(policy: object, **options: object) -> Run:
        return Run(policy, grader=PlainGrader(), vote=CountingVote(), **options)

    return wire


@pytest.fixture
def search_of() -> Callable[..., Search]:
    """Make a search for a problem whose answer is 42."""

    def make(strategy: Strategy, *, index: int = 0, **options: object) -> Search:
        return Search(Problem("What is it?", "42", index), strategy, number=index, **options)

    return make


@pytest.fixture
def run_record():
    """The record of the runs that the tests record; its seed is 5."""
    return record_of(
        model=ModelInfo("simulated", 1000, 2, 8),
        seed=5,
        scorers={"confidence": {}},
        sampling=asdict(Sampling(temperature=0.5)),
        keeps_hidden=True,
    )


@pytest.fixture
def late_run(run_of, simulated) -> Callable[..., Run]:
    """Wire a policy and a scorer that answer late."""
    return lambda seed, policy=(), **options: run_of(
        LatePolicy(simulated(**dict(policy)), seed), scorers=[LateScorer(seed)], **options
    )


@pytest.fixture
def play_again(run_of):
    """Play a trace again with a strategy; return the finished search and the difference, if any."""

    def again(trace, strategy, observers=(), vote=True):
        policy, checker = RecordedPolicy(trace.record.model), Checker(same_vote=vote)
        scorers = [RecordedScorer(name, policy) for name in trace.record.spec.scorers]
        run = run_of(policy, scorers=scorers, observers=[policy, checker, *observers])
        (finished,) = run.searches([Playback(trace, strategy)])
        return finished, finished.search.difference

    return again


@pytest.fixture
def no_options() -> Options:
    return Options()


@pytest.fixture(scope="session")
def small_model():
    """The name of a small model that is in the user's cache."""
    if not list(Cache.of_user().folder.glob(f"{SMALL}*")):
        pytest.fail(f"{SMALL} is not in the cache: run 'make models' (98 MB, once)")
    return SMALL


@pytest.fixture(scope="session")
def lacking():
    """Say what a test lacks: it is skipped, and in continuous integration, which lacks nothing, it fails."""
    return pytest.fail if os.environ.get("CI") else pytest.skip


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """The path or URL of an empty database, for each back end."""
    if request.param == "sqlite":
        return str(tmp_path / "traces.db")
    return request.getfixturevalue("postgres")


@pytest.fixture
def postgres(lacking):
    """The URL of an empty database of PostgreSQL; in continuous integration there must be one."""
    if not POSTGRES:
        lacking(NO_POSTGRES)
    engine = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return POSTGRES


@pytest.fixture(scope="session")
def command_line():
    """The installed command `reason`, as a function of its arguments."""
    (installed,) = entry_points(group="console_scripts", name="reason")
    return installed.load()


@pytest.fixture(scope="session")
def command_group(command_line):
    """The group of all commands behind it."""
    return vars(sys.modules[command_line.__module__])["reason"]


@pytest.fixture(autouse=True)
def no_config(monkeypatch, tmp_path_factory):
    """Let nobody's own defaults change a test."""
    monkeypatch.setenv("REASON_CONFIG", str(tmp_path_factory.getbasetemp() / "none" / "config.toml"))


@pytest.fixture
def reason(command_line, tmp_path, monkeypatch, capsys):
    """Call the command in this process; return its exit code, standard output and standard error."""
    monkeypatch.setenv("REASON_DB", str(tmp_path / "traces.db"))

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            command_line([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


@pytest.fixture
def start(tmp_path):
    """Start the command in a process of its own."""

    def begin(*arguments, columns=100, **options):
        environment = os.environ | {"REASON_DB": str(tmp_path / "traces.db"), "COLUMNS": str(columns)}
        command = [sys.executable, "-c", "from reasontree.cli.main import main; main()", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=environment, **(pipes | options))

    return begin


@pytest.fixture(scope="session")
def run_python():
    """Run Python in a process of its own, with more folders on its path."""

    def run(*arguments, path=(), cwd=None):
        known = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, path), *known])}
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def typed_path(tmp_path_factory):
    """A path on which mypy finds the package, since it follows no editable install."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "reasontree").symlink_to(Path(reasontree.__file__).parent)
    return [folder]


@pytest.fixture(scope="session")
def install_package(run_python):
    """Install a package into a folder that a path may name; from a copy, since a build writes beside it."""
    # Older versions of setuptools need the package 'wheel'; pip then fetches newer ones for the build.
    builds_wheels = tuple(map(int, version("setuptools").split(".")[:2])) >= (70, 1)

    def install(package, folder):
        source = folder / "source" / package.name
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*cache")
        shutil.copytree(package, source, ignore=ignored)
        options = ["--quiet", "--no-deps", "--disable-pip-version-check"]
        options += ["--no-build-isolation"] if builds_wheels else []
        done = run_python("-m", "pip", "install", *options, "--target", folder / "site", source)
        assert done.returncode == 0, done.stderr[-2000:]
        return folder / "site"

    return install
