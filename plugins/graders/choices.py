r"""Labels of multiple choice: `B`, `(B)`, `B) 12`, `\textbf{(B)}\ 12`, "option B"."""

from __future__ import annotations

import re
from typing import NamedTuple

from .writing import plain_latex, without_type

_BEFORE = re.compile(r"(?:the\s+)?(?:answer\s+)?(?:option|choice|letter|answer)\s+(?=\(?[A-Ja-j]\b)", re.I)
_LABEL = re.compile(
    r"(?:\(([A-Ja-j])\)(?:\s*[.:])?|\[([A-J])\]|([A-J])(?:[).:](?=\s|$)|(?=\s+[-–—]\s+\S)))"
    r"(?P<content>(?:\s+(?:[-–—]\s+)?|(?![-+*/^_=<>({\[|])).*)",
    re.S,
)
_LETTER_OF_A_CHOICE = re.compile(r"(?<![A-Za-z])[A-Ja-j](?![A-Za-z])")
_DASH = re.compile(r"\s*[-–—]\s+")
_ALONE = re.compile(r"[A-Ja-j]")


class LabelledChoice(NamedTuple):
    """A choice that was named.

    Attributes:
        label: The letter, a capital.
        content: What the choice says, as it was written; empty where it was not said.
    """

    label: str
    content: str


def read_choice(text: str) -> LabelledChoice | None:
    """Read a text that is a label and what it stands for; a letter alone may be a variable, and is none."""
    if not _LETTER_OF_A_CHOICE.search(text):
        return None
    text, n_before = _BEFORE.subn("", without_type(text).strip(), count=1)
    text = plain_latex(text) if "\\" in text else text.strip()
    if n_before and _ALONE.fullmatch(text):
        return LabelledChoice(text.upper(), "")
    match = _LABEL.fullmatch(text)
    if match is None:
        return None
    label = match[1] or match[2] or match[3]
    return LabelledChoice(label.upper(), _DASH.sub("", match["content"]).strip())
