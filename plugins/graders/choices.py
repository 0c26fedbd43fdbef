r"""Labels of multiple choice: `B`, `(B)`, `B) 12`, `\textbf{(B)}\ 12`, "option B"."""

from __future__ import annotations

import re
from typing import NamedTuple

from .writing import plain_latex, without_type

_BEFORE = re.compile(r"(?:the\s+)?(?:answer\s+)?(?:option|choice|letter|answer)\s+(?=\(?[A-Ja-j]\b)", re.I)
_LABEL = re.compile(
    r"(?:\(([A-Ja-j])\)|\[([A-J])\])(?:\s*[.:])?(?P<inside>\s*)(?![-+*/^_=<>({\[|])(.*)"
    r"|(?:\(([A-J])\)|([A-J])(?:[).:](?=\s|$)|(?=\s+[-–—]\s+\S)))\s*(?:[-–—]\s+)?(.*)",
    re.S,
)
_LETTER_OF_A_CHOICE = re.compile(r"(?<![A-Za-z])[A-Ja-j](?![A-Za-z])")
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
    label = next(group for group in match.groups() if group and group.strip())
    content = match[4] if match[4] is not None else match[7]
    return LabelledChoice(label.upper(), (content or "").strip())
