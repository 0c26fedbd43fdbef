"""Where a step ends.

The decision is made on the text, since a delimiter may span tokens or end inside one; the tokens are kept.
So a step ends with the token in which its delimiter is complete, and its text is the text of its tokens.
A character that is split over tokens is never broken.
"""

from __future__ import annotations

import codecs


class StepReader:
    """Reads one branch's bytes, token by token.

    Args:
        delimiter: Ends a step, once the step has more than white space.
        stops: Any of them ends the solution; it and what follows is not part of the text.
        before: The solution so far; a stop may begin in it.
        given: What the first step begins with; a delimiter or a stop may begin in it, and none ends in it.
    """

    def __init__(
        self, delimiter: str, stops: tuple[str, ...] = (), before: str = "", *, given: str = ""
    ) -> None:
        self._delimiter = delimiter
        self._stops = stops
        self._before = ""
        self._look_back = max((len(stop) for stop in stops), default=1) - 1
        self._remember(before + given)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._given = given
        self._text = ""

    def feed(self, piece: bytes) -> None:
        """Take the bytes of one token."""
        self._text += self._decoder.decode(piece)

    @property
    def at_boundary(self) -> bool:
        """Whether the step is complete."""
        if not self._delimiter or self._decoder.getstate()[0]:
            return False
        if not self._given:
            return self._delimiter in self._text.lstrip()
        whole = self._given + self._text
        first = len(self._given) - len(self._delimiter) + 1
        return whole.find(self._delimiter, max(first, len(whole) - len(whole.lstrip()), 0)) >= 0

    @property
    def at_stop(self) -> bool:
        """Whether a stop text has appeared."""
        whole = self._before + self._text
        return any(self._find(stop, whole) >= 0 for stop in self._stops)

    def take(self) -> str:
        """Return the step's text and begin the next step."""
        whole = self._before + self._text
        found = (self._find(stop, whole) for stop in self._stops)
        end = min((place for place in found if place >= 0), default=len(whole))
        text = whole[len(self._before) : max(end, len(self._before))]
        self._remember(text)
        text, self._given, self._text = self._given + text, "", ""
        return text

    def _find(self, stop: str, whole: str) -> int:
        """Return where a stop begins that ends in what was fed, or -1."""
        return whole.find(stop, max(0, len(self._before) - len(stop) + 1))

    def _remember(self, text: str) -> None:
        """Keep so much of the text that a stop which begins in it is found."""
        self._before = (self._before + text)[-self._look_back :] if self._look_back else ""
