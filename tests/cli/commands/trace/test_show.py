"""`reason trace show` on the terminal."""

import json

import pytest


@pytest.fixture
def solved(reason):
    """Record a search and return its trace's id."""

    def solve(*options):
        assert (
            reason("solve", "What is it?", "--policy", "simulated", "-s", "rebase", "--seed", "4", *options)[
                0
            ]
            == 0
        )
        return reason("trace", "list", "--json")[1].partition('"id": "')[2].partition('"')[0]

    return solve


def test_the_tree_stands_between_what_was_asked_and_what_came_of_it(reason, solved):
    code, out, err = reason("trace", "show", solved("--gold", "42"))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:4] == [
        "question  What is it?",
        "strategy  rebase (width=16, balance_temperature=0.2, allocation=divisor, uniqueness=False)",
        "model     simulated",
        "scorer    confidence",
    ]
    assert lines[4] == "prompt ×16"
    assert any(line.startswith("answer    42") for line in lines)
    assert any(line.startswith("correct   yes") for line in lines)


def test_the_winning_path_is_marked_from_the_first_step_to_the_solution(reason, solved):
    out = reason("trace", "show", solved())[1]
    marked = [line for line in out.splitlines() if "★" in line]
    assert len(marked) == 4  # as deep as the simulated policy's solutions
    assert "■" in marked[-1]


def test_a_large_tree_is_folded_unless_all_of_it_is_wanted(reason, solved):
    trace = solved("-o", "width=128", "-p", "depth=5")
    folded, full = (
        reason("trace", "show", trace, *options)[1].splitlines() for options in (["--rows", "40"], ["--full"])
    )
    assert sum("more" in line for line in folded) > 0
    assert len(folded) < 110  # a branch that is drawn has one line more for what is folded
    assert sum("Step" in line or "answer is" in line for line in full) == 640


def test_several_rounds_allocations_to_one_node_are_told_apart(reason, solved):
    trace = solved("--strategy", "ab-mcts", "-o", "width=16")
    assert any("×4+" in line for line in reason("trace", "show", trace)[1].splitlines() if "prompt" in line)


def test_without_an_id_it_is_the_newest_search(reason, solved):
    solved()
    trace = solved("--strategy", "majority")
    assert reason("trace", "show")[1] == reason("trace", "show", trace)[1]


def test_without_any_search_it_says_so(reason, tmp_path):
    code, out, err = reason("trace", "show", "--db", tmp_path / "empty.db")
    assert (code, out, err.count("\n")) == (1, "", 1)


def test_an_unknown_trace_is_one_clear_line(reason, solved):
    solved()
    code, out, err = reason("trace", "show", "nosuchtrace")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "nosuchtrace" in err


def test_hostile_text_leaves_the_terminal_as_it_is(reason, hostile):
    db, trace = hostile
    code, out, _ = reason("trace", "show", trace, "--db", db, "--full")
    assert code == 0
    assert not any(char in out for char in "\x1b\x07\x00\u202e\ud800")
    assert "[bold]markup[/bold]" in out
    assert max(map(len, out.splitlines()[4:19])) <= 120


@pytest.mark.parametrize("kind", ["dot", "graphml", "html"])
def test_a_file_is_written_whole_and_replaces_what_was_there(reason, hostile, tmp_path, kind):
    db, trace = hostile
    file = tmp_path / f"tree.{kind}"
    file.write_text("old")
    code, out, err = reason("trace", "show", trace, "--db", db, f"--{kind}", file)
    assert (code, out, err) == (0, "", f"The trace {trace} is in {file}.\n")
    assert "old" not in file.read_text(encoding="utf-8")[:10]
    assert reason("trace", "show", trace, "--db", db, f"--{kind}", "-")[1] == file.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_one_clear_line(reason, hostile, tmp_path):
    db, trace = hostile
    code, _, err = reason(
        "trace", "show", trace, "--db", db, "--dot", tmp_path / "no" / "such" / "folder.dot"
    )
    assert code == 1
    assert err.count("\n") == 1
    assert "folder.dot cannot be written" in err


def test_a_solutions_whole_text_is_had_by_itself(reason, solved):
    trace = solved("-o", "width=4")
    winning = reason("trace", "show", trace, "--solution")[1]
    assert winning.splitlines()[-1] == "The answer is: 42"
    each = [reason("trace", "show", trace, "--solution", n)[1] for n in (1, 2, 3, 4)]
    assert winning in each
    assert len({*each}) > 1
    code, _, err = reason("trace", "show", trace, "--solution", 5)
    assert (code, "4 solutions, and number 5 was wanted" in err) == (2, True)


def test_it_is_an_object_as_solving_gives_it(reason, solved):
    trace = solved()
    found = json.loads(reason("trace", "show", trace, "--json")[1])
    assert (found["trace_id"], found["answer"], found["seed"]) == (trace, "42", 4)
    assert found["question"] == "What is it?"
    assert found["text"].endswith("The answer is: 42")
