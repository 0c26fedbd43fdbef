"""How far a download is, where no terminal shows a bar."""

from reasontree.cli.show.download_progress import ProgressLines


def test_plain_progress_says_what_begins_and_then_a_line_every_ten_seconds() -> None:
    said: list[str] = []
    now = [0.0]
    lines = ProgressLines(said.append, clock=lambda: now[0])
    for second in range(0, 25):
        now[0] = float(second)
        lines(second * 1_000_000, 25_000_000, "part 1")
    assert said == [
        "part 1",
        "part 1: 10 of 25 MB (40 %)",
        "part 1: 20 of 25 MB (80 %)",
    ]


def test_plain_progress_is_silent_about_what_is_soon_over() -> None:
    said: list[str] = []
    lines = ProgressLines(said.append, clock=lambda: 0.0)
    lines(5, 10, "checking x")
    lines(10, 10, "checking x")
    assert said == []
