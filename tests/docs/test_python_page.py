"""The page on Python: each example runs after the ones before it, and prints what stands behind it."""

import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import reasontree

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "python.md").read_text()
BLOCK = re.compile(
    r"^(<!-- model -->\n\n)?```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.M | re.S
)
VARIES = {  # what two runs of one example need not have in common
    r"\b[a-f0-9]{12}\b": "ID",
    r"[\d,]+ tokens/s": "RATE",
    r"^time .*": "TIME",
}


class Example(NamedTuple):
    """A block of the page, what stands behind it, and whether it runs a model."""

    code: str
    shown: str
    is_model: bool

    @property
    def line(self):
        return self.code.strip().splitlines()[-1].strip()


EXAMPLES = [
    Example(found["code"], (found["shown"] or "").rstrip(), bool(found[1])) for found in BLOCK.finditer(PAGE)
]
SIMULATED = [example for example in EXAMPLES if not example.is_model]


def load_capture():
    """Load the program that captures what the examples print."""
    spec = importlib.util.spec_from_file_location("capture_python", DOCS / "capture_python.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


capture = load_capture()


def without_varying(text):
    for pattern, name in VARIES.items():
        text = re.sub(pattern, name, text, flags=re.M)
    return text


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A folder to work in: no traces of the user's, and no value heads that would score."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("REASON_DB", str(folder / "traces.db"))
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield


@pytest.fixture(scope="module")
def printed(elsewhere):
    """What each example prints that needs no model; all in one namespace, in the order of the page."""
    names = {"__name__": "python_page"}
    return {example.code: capture.run(example.code, names) for example in SIMULATED}


@pytest.mark.parametrize("example", SIMULATED, ids=lambda example: example.line)
def test_an_example_prints_what_stands_behind_it(example, printed):
    assert without_varying(printed[example.code]) == without_varying(example.shown)


@pytest.mark.model
def test_the_example_with_a_model_runs(small_model, elsewhere):
    (example,) = [each for each in EXAMPLES if each.is_model]
    assert f'model="{small_model}"' in example.code
    found = capture.run(example.code, {})
    labels = [[line.split()[0] for line in text.splitlines()] for text in (found, example.shown)]
    assert labels[0] == labels[1]


def test_the_page_shows_every_public_name():
    names = set(reasontree.__all__) - {"__version__", "Result", "Session", "StudyReport"}
    code = "".join(example.code for example in EXAMPLES)
    assert not {name for name in names if f"reasontree.{name}" not in code}


def test_the_page_has_every_field_of_a_spec():
    section = PAGE.partition("\n## What shall run\n")[2].partition("\n## ")[0]
    described = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section, re.M)))
    assert set(described) == set(reasontree.RunSpec.model_fields) - {"scorer_options"}


def test_the_readmes_python_session_was_captured_and_not_typed():
    session = (DOCS / "sessions" / "python.txt").read_text().rstrip()
    assert session in re.sub(r"^    ", "", (ROOT / "README.md").read_text(), flags=re.M)
    assert [line[4:] for line in session.splitlines() if line.startswith(">>> ")] == capture.SESSION


def test_an_id_is_told_from_an_amount():
    assert without_varying("trace deee2a17cc95, 2,000 tokens, 42") == "trace ID, 2,000 tokens, 42"
