"""What a report is written as: every format, whatever names are in it, and always the same bytes."""

import csv
import json
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from reasontree.api.study.figures import drawn
from reasontree.api.study.looks import PALETTE, error_of, few_ticks, tick_text
from reasontree.api.study.page import page
from reasontree.api.study.tables import COLUMNS, markdown
from reasontree.api.study.writing import FORMATS
from reasontree.core.errors import UsageError

from .conftest import HOSTILE, PROBLEMS, cell_of

NEEDS = [
    ("png", "matplotlib"),
    ("svg", "matplotlib"),
    ("html", "plotly"),
    ("parquet", "pandas"),
    ("parquet", "pyarrow"),
]


class Tags(HTMLParser):
    """The tags of a page that could fetch something or run, and its words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        if self.tags[-1:] != ["script"]:
            self.words.append(data)


def columns_of(line):
    return line.replace("\\|", "").count("|") - 1


def figures_of(report, kind="png"):
    return dict(drawn(report, kind))


def test_every_format_is_written(report, tmp_path):
    files = report.write(tmp_path / "new" / "folder")
    assert all(file.stat().st_size > 100 for file in files)
    assert {file.suffix for file in files} == {f".{name}" for name in FORMATS}
    assert [file.name for file in files[:4]] == ["report.md", "cells.csv", "report.json", "cells.parquet"]
    assert sorted((tmp_path / "new" / "folder").iterdir()) == sorted(files)


def test_figures_of_several_data_sets_are_told_apart_by_safe_names(report, tmp_path):
    names = [file.name for file in report.write(tmp_path, ["png"])]
    assert names[:2] == ["error-vs-compute-sums.png", "accuracy-vs-samples-sums.png"]
    assert len(set(names)) == 4
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-") for name in names)


def test_the_csv_has_the_rows_of_the_report(report, tmp_path):
    (file,) = report.write(tmp_path, ["csv"])
    with file.open(newline="", encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    assert found == [{name: str(value) for name, value in row.items()} for row in report.rows()]


def test_the_parquet_file_has_the_rows_of_the_report(report, tmp_path):
    (file,) = report.write(tmp_path, ["parquet"])
    assert pd.read_parquet(file).to_dict("records") == report.rows()


def test_the_json_is_the_report(report, tmp_path):
    (file,) = report.write(tmp_path, ["json"])
    assert json.loads(file.read_text()) == json.loads(report.to_json())


@pytest.mark.parametrize("name", ["md", "csv", "json", "svg", "png", "html"])
def test_the_same_report_gives_the_same_bytes(report, tmp_path, name):
    one, other = (report.write(tmp_path / folder, [name]) for folder in ("one", "other"))
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


def test_an_unknown_format_is_named_with_the_known_ones_before_anything_is_written(report, tmp_path):
    with pytest.raises(UsageError, match=r"'docx'.*Known: md, csv, json, parquet, png, svg, html"):
        report.write(tmp_path / "new", ["md", "docx"])
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "package"), NEEDS)
def test_a_missing_package_is_named_before_anything_is_written(report, tmp_path, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError) as caught:
        report.write(tmp_path / "new", ["md", name])
    assert str(caught.value) == (
        f"A report as {name} needs {package}, which is not installed. Try pip install 'reasontree[study]'."
    )
    assert not (tmp_path / "new").exists()


def test_tables_need_no_further_package(report, tmp_path, monkeypatch):
    for _, package in NEEDS:
        monkeypatch.setitem(sys.modules, package, None)
    assert len(report.write(tmp_path, ["md", "csv", "json"])) == 3


def test_a_folder_that_is_a_file_is_named(report, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/report\.md cannot be written"):
        report.write(tmp_path / "file", ["md"])


def test_a_format_that_is_asked_for_twice_is_written_once(report, tmp_path):
    assert len(report.write(tmp_path, ["md", "md"])) == 1


def test_tables_of_markdown_hold_whatever_names_there_are(report_of):
    text = markdown(report_of(cell_of(strategy="a|b <i> `c` *d*\nnext"), cell_of(n=2)))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {columns_of(line) for line in lines} == {len(COLUMNS)}
    assert "a\\|b &lt;i&gt; \\`c\\` \\*d\\* next" in text


def test_markdown_has_no_tag_and_no_link_of_a_name(report):
    text = markdown(report)
    assert "<" not in text
    assert "](" not in text


def test_each_title_of_the_markdown_is_there_once(report):
    text = markdown(report)
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert len(titles) == len(set(titles))
    assert {"### By FLOPs", "### By FLOPs as the paper counts"} <= set(titles)
    assert all(f"## {title}" in titles for title in report.sentences())
    n_said = sum(map(len, report.sentences().values()))
    assert text.count("\n- ") == n_said + 5


def test_markdown_says_what_is_implied_and_on_a_frontier(report_of):
    text = markdown(report_of(cell_of(is_implied=True)))
    assert "implied; frontier of FLOPs, FLOPs as the paper counts, seconds |" in text


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param([cell_of()], id="one cell"),
        pytest.param([cell_of(1.1), cell_of(-1.0, n=2)], id="all right and all wrong"),
        pytest.param([cell_of(plugin="rebase", n=2)], id="trees alone"),
        pytest.param([cell_of(plugin="greedy")], id="greedy alone"),
        pytest.param([cell_of(seconds=np.zeros(8), policy=np.zeros(8), scorer_flops=np.zeros(8))], id="free"),
        pytest.param([cell_of(model="_x"), cell_of(model="数学\n", strategy="_y")], id="odd names"),
        pytest.param(
            [cell_of(strategy=f"way {i}", n=n) for i in range(14) for n in (1, 2)], id="many strategies"
        ),
        pytest.param([cell_of(model=f"model {i}") for i in range(9)], id="many models"),
    ],
)
def test_figures_and_page_can_be_drawn_of_few_and_odd_cells(report_of, cells):
    report = report_of(*cells)
    assert list(figures_of(report)) == ["error-vs-compute", "accuracy-vs-samples"]
    assert "plotly" in page(report)


def test_an_error_of_nothing_stands_at_half_a_problem():
    assert error_of(cell_of(1.1)).value == error_of(cell_of(1.1)).low == 0.5 / len(PROBLEMS)
    assert error_of(cell_of(0.5)).value == pytest.approx(0.505)


def test_hostile_names_cannot_run_in_a_vector_graphic(report):
    for content in figures_of(report, "svg").values():
        assert b"<script" not in content
        assert b"<img" not in content


@pytest.mark.parametrize(("low", "high"), [(1, 1), (3, 4), (0.02, 30), (1e8, 3e12)])
def test_a_logarithmic_axis_has_ticks_within_what_it_shows(low, high):
    ticks = few_ticks(low, high)
    assert 1 <= len(ticks) <= 9
    assert all(low / 1.2 <= tick <= high * 1.2 for tick in ticks)


def test_ticks_are_said_in_digits_or_with_a_power_of_ten():
    assert [tick_text(value) for value in (0.5, 20, 1e9, 2e10)] == ["0.5", "20", "10⁹", "2×10¹⁰"]


def test_colours_are_all_different():
    assert len(set(PALETTE)) == len(PALETTE)


def test_the_page_fetches_nothing_and_has_no_tag_of_a_name(report):
    found = Tags(page(report))
    assert found.links == []
    assert found.tags.count("script") == 3
    assert "img" not in found.tags
    assert f"report of {HOSTILE}" in found.words
    said = "".join(found.words)
    assert all(each in said for each in report.sentences()["Twice as many samples"])


def test_the_page_loads_draws_and_logs_nothing(report, tmp_path, browser):
    (file,) = report.write(tmp_path, ["html"])
    browser.messages.clear()
    browser.requests.clear()
    browser.open(file)
    assert browser.run("document.querySelectorAll('.plot .main-svg').length") >= 4
    assert browser.run("document.querySelectorAll('.plot .updatemenu-button').length") == 6
    shown = "document.querySelector('#plot-0').layout.xaxis.title.text"
    assert browser.run(shown).startswith("FLOPs per problem, of policy")
    browser.run(
        "document.querySelectorAll('#plot-0 .updatemenu-button rect')[2]"
        ".parentNode.dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    assert browser.run(shown) == "seconds per problem"
    assert browser.run("document.querySelectorAll('img[src=x]').length") == 0
    assert browser.messages == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in browser.requests)
