"""Tables keep to the terminal, or keep every word, and their columns stand in line."""

import pytest
from reasontree.cli.show.table import Column, markdown, print_table
from rich.cells import cell_len

COLUMNS = [
    Column("id"),
    Column("steps", right=True, may_go=True),
    Column("question", width=60, gives=True),
]
ROWS = [["a1", "7", "What is 6 times 7?"], ["b22", "1,234", "東京はどこですか。" * 4]]


@pytest.fixture
def printed(capsys, monkeypatch):
    """Print a table on a terminal of some width and return its lines."""

    def lines(columns, rows, *, width, **options):
        monkeypatch.setenv("COLUMNS", str(width))
        print_table(columns, rows, **options)
        return capsys.readouterr().out.splitlines()

    return lines


def test_columns_are_as_wide_as_their_widest_cell(printed):
    rows = [row[:2] for row in ROWS]
    assert printed(COLUMNS[:2], rows, width=80) == ["id   steps", "a1       7", "b22  1,234"]


@pytest.mark.parametrize("width", [90, 40])
def test_the_column_that_gives_is_cut_by_the_cells_that_its_characters_take(printed, width):
    *_, last = printed(COLUMNS, ROWS, width=width)
    assert cell_len(last) <= width
    assert last.endswith("…") == (width == 40)


def test_what_may_go_goes_where_there_is_no_room(printed):
    head, *_ = printed(COLUMNS, ROWS, width=28)
    assert head.split() == ["id", "question"]


def test_a_whole_table_is_cut_nowhere(printed):
    head, *rows = printed([Column("name"), Column("why")], [["x", "ERROR " * 20]], width=20, is_whole=True)
    assert head == "name  why"
    assert rows == ["x     " + ("ERROR " * 20).strip()]


def test_columns_without_names_have_no_head(printed):
    assert printed([Column(), Column()], [["a", "b"], ["aa", "\x1b[2Jc"]], width=80) == ["a   b", "aa   [2Jc"]


def test_a_table_without_rows_has_a_head(printed):
    assert printed(COLUMNS, [], width=80) == ["id  steps  question"]


def test_markdown_has_a_line_under_its_head():
    assert list(markdown([("", "AUC"), ("head", "0.9")])) == [
        "|      | AUC |",
        "| ---- | --- |",
        "| head | 0.9 |",
    ]
