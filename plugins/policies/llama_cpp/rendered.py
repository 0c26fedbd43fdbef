"""Text for a model, of which only the template's own part may hold special tokens.

A question, an example or a system turn may hold `<|im_end|>`, which would end the turn that it stands in and
let a row of a data set speak for the model. So such text keeps private characters in these places while its
template is rendered, and is tokenised as the plain text that it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .model import Model

_FIRST_MARK = 0xF0000  # a plane of Unicode for private use
_MARKS = re.compile("([\U000f0000-\U000ffffd])")
_N_TRIES = 8  # a text may hold other special tokens once the first ones are shielded


class Piece(NamedTuple):
    """A part of a rendered text, and whether special tokens in it are special."""

    text: str
    special: bool


class Rendered(NamedTuple):
    """A text that is to be tokenised."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece.text for piece in self.pieces)

    def tokens(self, model: Model, *, begin: bool = True) -> list[int]:
        """Turn it into tokens.

        Args:
            begin: Put one begin token before it, where the vocabulary wants one and the template wrote none.
        """
        pieces, token = list(self.pieces), model.special_text(model.begin_token)
        first = pieces[0] if pieces else Piece("", special=False)
        if first.special and token and first.text.lstrip().startswith(token):
            pieces[0], begin = Piece(first.text.lstrip(), special=True), False
        found: list[int] = []
        for i, (text, special) in enumerate(pieces):
            found += model.tokenize(text, special=special, begin=begin and i == 0)
        return found


def plain(text: str) -> Rendered:
    """Return a text without any special tokens."""
    return Rendered((Piece(text, special=False),))


class Shield:
    """Takes special tokens out of text before it is rendered, and puts them back as text."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._written: list[str] = []

    def over(self, text: str) -> str:
        """Return a text with a private character for each special token's text in it."""
        text = _MARKS.sub(lambda match: self._mark(match[0]), text)
        for _ in range(_N_TRIES):
            found = self._model.special_texts(text)
            if not found:
                break
            for written in sorted(found, key=len, reverse=True):
                text = text.replace(written, self._mark(written))
        return text

    def lifted(self, text: str) -> Rendered:
        """Return what was rendered, with everything back in its place."""
        pieces = (self._piece(part) for part in _MARKS.split(text) if part)
        return Rendered(tuple(pieces))

    def _mark(self, written: str) -> str:
        if written not in self._written:
            self._written.append(written)
        return chr(_FIRST_MARK + self._written.index(written))

    def _piece(self, part: str) -> Piece:
        if _MARKS.fullmatch(part):
            return Piece(self._written[ord(part) - _FIRST_MARK], special=False)
        return Piece(part, special=True)
