"""The page in a real browser: what it shows, what its controls do, and that no text of a model can run."""

import pytest
from reasontree.store.pages.html import page


@pytest.fixture
def written(tmp_path):
    """Write the page of a trace and return the file."""

    def write(trace):
        file = tmp_path / "page.html"
        file.write_text(page(trace), encoding="utf-8")
        return file

    return write


@pytest.fixture
def file(rebase, written):
    """The page of a search of REBASE."""
    return written(rebase())


@pytest.fixture
def quiet(browser):
    """The browser; whatever it logs or fetches beside the page itself fails the test."""
    browser.messages.clear()
    browser.requests.clear()
    yield browser
    assert browser.messages == []
    assert all(url.startswith("file:") for url in browser.requests)
    assert len(browser.requests) <= 1


def n_shown(browser):
    return browser.run("document.querySelectorAll('.node:not(.later)').length")


def test_the_page_draws_every_step_and_begins_at_the_winner(quiet, file):
    quiet.open(file)
    assert n_shown(quiet) == quiet.run("document.querySelectorAll('.node').length") == 81
    assert quiet.text("#step-text").endswith("42")
    assert "answer42" in quiet.text("#step-facts")
    assert "42" in quiet.text("#votes tbody tr:first-child")


def test_a_click_shows_the_step_its_scores_and_its_allocation(quiet, file):
    quiet.open(file)
    quiet.click('.node[data-node="1"] circle')
    assert quiet.text("#step-name") == "Step 1"
    assert quiet.text("#step-text") == "Step 1: go on.\n"
    facts = quiet.text("#step-facts")
    assert all(each in facts for each in ("tokens8", "round1", "score confidence", "nats", "in round 2"))


def test_the_slider_goes_back_through_the_rounds(quiet, file):
    quiet.open(file)
    quiet.run("const r = document.getElementById('round'); r.value = 1; r.dispatchEvent(new Event('input'))")
    assert n_shown(quiet) == 17
    assert quiet.text("#round-shown").startswith("1 of 5, 16 steps")
    assert "×16" in quiet.text('.node[data-node="0"]')


def test_an_address_names_a_step_and_a_round(quiet, file):
    quiet.open(file, "#node=3&round=2")
    assert (quiet.text("#step-name"), n_shown(quiet)) == ("Step 3", 33)
    quiet.open(file, "#node=99999&round=no")
    assert quiet.text("#step-name") == "Prompt"


def test_the_keyboard_walks_the_tree(quiet, file):
    quiet.open(file, "#node=0")
    quiet.run("document.querySelector('.chosen').focus()")
    for key, name in (
        ("ArrowRight", "Step 1"),
        ("ArrowDown", "Step 2"),
        ("ArrowUp", "Step 1"),
        ("ArrowLeft", "Prompt"),
    ):
        quiet.press(key)
        assert quiet.text("#step-name") == name


def test_the_winning_solution_is_there_whole(quiet, written, rebase):
    trace = rebase()
    quiet.open(written(trace))
    assert quiet.text("#solution").splitlines() == [
        "Step 1: go on.",
        "Step 2: go on.",
        "Step 3: go on.",
        "Step 4: go on.",
        "The answer is: 42",
    ]


@pytest.mark.parametrize("factor", [1.0, 0.05])
def test_colours_tell_the_steps_of_a_tree_apart_however_low_its_scores(quiet, written, rebase, factor):
    trace = rebase()
    for node in trace.tree:
        node.scores.update({name: score * factor for name, score in node.scores.items()})
    quiet.open(written(trace))
    fills = quiet.run(
        "[...document.querySelectorAll('.node circle')].slice(1).map(c => c.getAttribute('fill'))"
    )
    scores = [node.scores["confidence"] for node in trace.tree if node.id]
    lowest, highest = scores.index(min(scores)), scores.index(max(scores))
    assert (fills[lowest], fills[highest]) == ("rgb(68,1,84)", "rgb(253,231,37)")
    assert len(set(fills)) > 10
    assert quiet.text("#most") == f"{max(scores):.2f}"


def test_a_vote_picks_its_solutions_out(quiet, file):
    quiet.open(file)
    quiet.click("#votes tbody tr:first-child")
    dimmed = quiet.run("[...document.querySelectorAll('.node.dim')].map(n => n.textContent)")
    assert dimmed
    assert not any(text.endswith("42") for text in dimmed)


def test_text_of_a_model_is_shown_and_never_runs(quiet, written, hostile_trace):
    quiet.open(written(hostile_trace))
    assert quiet.run("document.querySelectorAll('.node').length") == 15
    for node in range(15):
        quiet.run(f"location.hash = '#node={node}'")
        quiet.run("new Promise(done => setTimeout(done, 20))")
        assert quiet.text("#step-name") == (f"Step {node}" if node else "Prompt")
    assert quiet.run("window.harm") is None
    assert quiet.run("document.querySelectorAll('img, script[src], b').length") == 0
    quiet.run("location.hash = '#node=1'")
    quiet.run("new Promise(done => setTimeout(done, 20))")
    assert quiet.text("#step-text") == "</script><script>window.harm = 1</script>"
    quiet.run("location.hash = '#node=4'")
    quiet.run("new Promise(done => setTimeout(done, 20))")
    assert "␀" in quiet.text("#step-text")
    quiet.run("location.hash = '#node=13'")
    quiet.run("new Promise(done => setTimeout(done, 20))")
    assert "user</script><script>window.harm = 1</script>" in quiet.text("#step-facts")
    assert quiet.run("document.querySelectorAll('.edge.reply').length") == 2


def test_six_hundred_steps_are_drawn_without_an_overlap(quiet, written, rebase):
    quiet.open(written(rebase(width=128)))
    places = quiet.run("[...document.querySelectorAll('.node')].map(n => n.getAttribute('transform'))")
    assert len(places) == len(set(places)) == 641
