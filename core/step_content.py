"""What a step says, apart from its label: whether that is anything, or only that something will be said.

A step has content if, without headings, labels ("Step 2:", "2."), and marks of Markdown, it holds a digit, an
equals sign or many words, and does not end with a colon. Only then can anybody judge it: a search that
branches over "To solve this problem, we need to follow these steps:" decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

LEAST_WORDS = 100
"""So many words are content without a number; a plan that lists all that will be done has some 90."""

_MARKS = r"[ \t>*_#+-]*"
_HEADING = re.compile(r"^[ \t]*#.*$", re.M)
_LABEL = re.compile(
    rf"^{_MARKS}(?:(?:step[ \t]*\d+|\(?\d{{1,3}}[.)](?=[\s*]|$))[ \t]*[.:)]?)[*_]*", re.M | re.I
)
_NEXT_LABEL = re.compile(rf"\n{_MARKS}step[ \t]*\d+[ \t]*[.:)][*_ \t]*\Z", re.I)


@lru_cache(maxsize=32)
def label_pattern(step_start: str) -> re.Pattern[str] | None:
    """Return what finds a format's `step_start` at the beginning of a line, behind marks of Markdown.

    Raises:
        ValueError: If it is more than a line, has `{n}` twice, or nothing behind it that ends the number.
    """
    if not step_start:
        return None
    before, with_number, after = step_start.partition("{n}")
    if not step_start.strip() or step_start.splitlines() != [step_start]:
        raise ValueError(f"step_start takes a text on one line, and {step_start!r:.60} came")
    if with_number and (not after or after[0].isdigit() or "{n}" in after):
        raise ValueError(
            f"step_start takes one {{n}} with a text behind it, as in 'Step {{n}}:', not {step_start!r:.60}"
        )
    number = r"\d+" if with_number else ""
    return re.compile(rf"^{_MARKS}{re.escape(before)}{number}{re.escape(after)}", re.M)


def bare_text(text: str, step_start: str = "") -> str:
    """Return a text without headings, labels at the beginning of its lines, and marks around it.

    Args:
        step_start: The format's own label.
    """
    text = _HEADING.sub("", text)
    own = label_pattern(step_start)
    text = own.sub("", text) if own else text
    return _LABEL.sub("", text).strip(" \t\r\n>*_`-")


def has_number(text: str, step_start: str = "") -> bool:
    """Whether a step holds a digit that is not its label's."""
    return re.search(r"\d", bare_text(text, step_start)) is not None


def has_content(text: str, step_start: str = "") -> bool:
    """Whether a step says something that can be judged."""
    bare = bare_text(text, step_start)
    if bare.endswith((":", "\N{FULLWIDTH COLON}")):
        return False
    return re.search(r"[\d=]", bare) is not None or len(bare.split()) >= LEAST_WORDS


def with_own_labels(steps: Iterable[str]) -> list[str]:
    """Return steps with each "Step k:" before the step that it names, where it ended the one before.

    A label without a step is left out.
    """
    moved, label = [], ""
    for step in steps:
        found = _NEXT_LABEL.search(step)
        moved.append(label + (step[: found.start() + 1] if found else step))
        label = step[found.start() + 1 :] if found else ""
    return moved
