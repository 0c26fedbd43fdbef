"""What came of a search, as text, as a dict, and in a notebook."""

import html
import json

import pytest
import reasontree


@pytest.fixture(scope="module")
def result():
    return reasontree.solve(
        "What is 6 times 7?", gold="42", policy="simulated", strategy="rebase", width=8, record=False
    )


def test_its_text_reads_as_the_command_prints_it(result):
    lines = str(result).splitlines()
    assert lines[0] == "answer    42"
    assert [line.split()[0] for line in lines[1:]] == [
        *("correct", "agreement", "votes", "solutions", "tokens", "FLOPs", "scorer", "time", "trace")
    ]
    assert repr(result) == "<Result '42' for 'What is 6 times 7?', trace ->"


def test_its_dict_is_json(result):
    found = json.loads(json.dumps(result.to_dict()))
    assert (found["answer"], found["correct"], found["stopped"]) == ("42", True, "done")
    assert (found["question"], found["seed"], found["text"]) == ("What is 6 times 7?", 0, result.text)
    assert found["agreement"]["n_for"] == found["votes"][0]["count"]
    assert found["n_solutions"] == len(result.solutions)
    assert sum(vote["count"] for vote in found["votes"]) == len(result.solutions)


def test_its_solutions_have_their_whole_texts_scores_and_paths(result):
    for solution in result.solutions:
        steps = [result.tree[node].step for node in solution.path]
        assert solution.text == "".join(step.text for step in steps)
        assert solution.n_tokens == sum(len(step.tokens) for step in steps)
        assert solution.score == solution.step_scores[-1]
    assert result.text in [solution.text for solution in result.solutions]
    assert result.text.endswith("42")


def test_a_notebook_shows_the_page_in_a_frame(result):
    shown = result._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts"')
    page = html.unescape(shown.split('srcdoc="')[1].rpartition('"')[0])
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "What is 6 times 7?" in page


def test_hostile_text_cannot_leave_the_frame():
    question = '"></iframe><script>alert(1)</script>'
    shown = reasontree.solve(question, policy="simulated", width=1, record=False)._repr_html_()
    assert "<script>alert" not in shown
    assert shown.count("</iframe>") == 1


def test_many_results_make_a_table(result):
    rows = [each.to_dict() for each in (result, result)]
    assert {row["answer"] for row in rows} == {"42"}
    assert len({tuple(row) for row in rows}) == 1
