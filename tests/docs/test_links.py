"""Every page can be reached from the README, and every link within the repository leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^```.*?^```$|^    [^\n]*$|`[^`\n]*`", re.M | re.S)
LINK = re.compile(r"\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)


def links_of(page):
    """Return the links of a page within the repository: pairs of a path and a fragment, one may be empty."""
    return LINK.findall(CODE.sub("", page.read_text()))


def target_of(page, path):
    """Return the file or folder that a link leads to; a page's own headings are linked without a path."""
    return (page.parent / path).resolve() if path else page


def page_of(target):
    """Return the page that a reader sees there: of a folder, its README."""
    return target / "README.md" if target.is_dir() else target


def anchors_of(page):
    """Return the anchors of a page's headings, as GitHub makes them: a repeated one gets a number."""
    anchors = []
    for heading in HEADING.findall(re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w -]", "", text).replace(" ", "-")
        n_before = sum(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", each) is not None for each in anchors)
        anchors.append(f"{anchor}-{n_before}" if n_before else anchor)
    return anchors


def reached_from(page):
    """Return all pages that a reader can come to from a page by links."""
    reached, waiting = set(), [page]
    while waiting:
        if (here := waiting.pop()) in reached:
            continue
        reached.add(here)
        found = (page_of(target_of(here, path)) for path, _ in links_of(here))
        waiting += [each for each in found if each.suffix == ".md" and each.exists()]
    return reached


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_within_the_repository_leads_somewhere(page):
    for path, _ in links_of(page):
        assert target_of(page, path).exists(), f"{page.name} links to {path}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_heading_finds_it(page):
    for path, fragment in links_of(page):
        if fragment:
            assert fragment in anchors_of(page_of(target_of(page, path))), f"{page.name}: {path}#{fragment}"


def test_every_page_of_the_documentation_can_be_reached_from_the_readme():
    pages = {each.resolve() for each in PAGES if each.is_relative_to(ROOT / "docs")}
    assert not {name_of(each) for each in pages - reached_from(README.resolve())}


def test_anchors_are_made_of_headings_as_github_makes_them(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# The 0.5B, on `rows`\n\n## Twice\n\n```\n# code\n```\n\n## Twice\n\n## [A link](x)\n")
    assert anchors_of(page) == ["the-05b-on-rows", "twice", "twice-1", "a-link"]


def test_links_in_code_are_none(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[a](b.md#c) and `[d](e.md)`\n\n    [f](g.md)\n\n[h](#i) [j](https://k.example)\n")
    assert links_of(page) == [("b.md", "c"), ("", "i")]
