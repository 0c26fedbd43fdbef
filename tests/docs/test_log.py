"""The log of measurements: its index has every page, pages say what they are of, no figures were typed."""

import importlib.util
import re
import textwrap
from pathlib import Path

import pytest
from reasontree.api.prompt_files import read_prompt
from reasontree.core.models import PromptFormat
from reasontree.core.prompt_changes import changed_prompt

DOCS = Path(__file__).parents[2] / "docs"
LOG = DOCS / "log"
PAGES = sorted(LOG.glob("[0-9]*.md"))
INDEX = re.findall(
    r"^\| (\d{4}-\d{2}-\d{2}) \| \[(.+)\]\((.+\.md)\) \| .+ \|$", (LOG / "README.md").read_text(), re.M
)
FIGURES = re.compile(r"<!-- figures: (\S+) -->\n\n(.*?)\n<!-- /figures -->", re.S)
INDENTS = {"value-head-search": "    "}  # printed as columns, where the others are tables of Markdown


def figures_of(page):
    """Return the captured figures of a page by their names."""
    return dict(FIGURES.findall(page.read_text()))


def program(name):
    """Load a program that captures figures."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def capture():
    return program("capture_value_head")


@pytest.fixture(scope="module")
def prompts():
    return program("capture_prompts")


def test_the_index_has_every_page_once_by_date():
    assert sorted(file for _, _, file in INDEX) == [page.name for page in PAGES]
    dates = [date for date, _, _ in INDEX]
    assert dates == sorted(dates)


@pytest.mark.parametrize(("date", "subject", "file"), INDEX, ids=lambda each: each)
def test_the_index_has_the_date_and_the_title_of_a_page(date, subject, file):
    assert file.startswith(f"{date}-")
    assert (LOG / file).read_text().startswith(f"# {subject}\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_was_measured_on_what_and_what_was_concluded(page):
    text = page.read_text()
    for row in ("What was measured", "Rows", "Model", "Settings", "Commit"):
        assert re.search(rf"^\| {row} \| .+ \|$", text, re.M), f"{page.name} has no row {row}"
    for heading in ("Figures", "Conclusion"):
        assert f"\n## {heading}\n" in text, f"{page.name} has no heading {heading}"


@pytest.mark.parametrize("name", [*program("capture_value_head").PAGES, "value-head-first"])
def test_the_value_heads_figures_were_captured_and_not_typed(name):
    (shown,) = [found[name] for page in PAGES if name in (found := figures_of(page))]
    captured = (DOCS / "sessions" / f"{name}.txt").read_text()
    assert captured
    assert shown == textwrap.indent(captured, INDENTS.get(name, ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_figures_between_marks_have_a_captured_session(page):
    assert len(figures_of(page)) == page.read_text().count("<!-- figures: ")
    for name in figures_of(page):
        assert (DOCS / "sessions" / f"{name}.txt").exists()


@pytest.mark.parametrize(
    ("name", "tables"),
    [("prompts-0.5b", "tables"), ("prompts-0.5b-more", "more_tables"), ("prompts-1.5b", "large_tables")],
)
def test_the_figures_about_prompts_follow_from_the_chains(prompts, name, tables):
    (shown,) = [found[name] for page in PAGES if name in (found := figures_of(page))]
    assert shown == getattr(prompts, tables)()


@pytest.mark.parametrize("file", sorted(LOG.glob("prompts-*/*.toml")), ids=lambda file: file.stem)
def test_a_format_of_the_log_can_be_asked_with(file):
    assert changed_prompt(PromptFormat(), read_prompt(file), file.stem).delimiter in ("\n", "\n\n")


def test_the_capture_program_writes_to_pages_that_show_its_figures(capture):
    for name, file in capture.PAGES.items():
        assert name in figures_of(LOG / file)
