"""A tree on a terminal: colours tell its steps apart, however low its scores are."""

import pytest
import reasontree
from reasontree.cli.show.tree_drawing import draw
from rich.console import Console


@pytest.fixture
def tree():
    return reasontree.solve("What is 6 times 7?", policy="simulated", width=12, seed=2, record=False).tree


def styles_of(tree):
    """Return the style of each score that is drawn, by the score as it is shown."""
    console = Console(width=200, force_terminal=True, color_system="standard")
    found = {}
    for segment in console.render(draw(tree, rows=0)):
        text = segment.text.strip()
        if segment.style is not None and text.replace(".", "", 1).isdigit():
            found.setdefault(float(text), set()).add(segment.style.color.name if segment.style.color else "")
    return found


@pytest.mark.parametrize(("factor", "offset"), [(1.0, 0.0), (0.5, 0.0), (0.5, 0.5)])
def test_the_lowest_is_red_and_the_highest_green(tree, factor, offset):
    for node in tree:
        node.scores.update({name: score * factor + offset for name, score in node.scores.items()})
    styles = styles_of(tree)
    assert styles[min(styles)] == {"red"}
    assert styles[max(styles)] == {"green"}
    assert {"yellow"} in styles.values()


def test_scores_that_look_alike_have_no_colour(tree):
    for node in tree:
        node.scores.update(dict.fromkeys(node.scores, 0.5))
    assert styles_of(tree) in ({0.5: {""}}, {})
