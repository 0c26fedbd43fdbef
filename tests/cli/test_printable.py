"""What a model wrote reaches a terminal and a file as harmless text."""

import json

from hypothesis import given
from hypothesis import strategies as st
from reasontree.cli.printable import json_text, printable


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_comes_back_from_json(text):
    line = json_text({"answer": text})
    assert json.loads(line.encode()) == {"answer": text}


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_a_line_holds_no_control_character(text):
    assert all(char.isprintable() for char in printable(text))


def test_a_line_is_cut_to_its_width():
    assert printable("one\ntwo \x1b[31mthree", width=8) == "one two…"
    assert printable("short", width=5) == "short"
