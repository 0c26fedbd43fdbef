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
    """

    def __init__(self, delimiter: str, stops: tuple[str, ...] = (), before: str = "") -> None:
        self._delimiter = delimiter
        self._stops = stops
        self._before = ""
        self._look_back = max((len(stop) for stop in stops), default=1) - 1
        self._remember(before)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""

    def feed(self, piece: bytes) -> None:
        """Take the bytes of one token."""
        self._text += self._decoder.decode(piece)

    @property
    def at_boundary(self) -> bool:
        """Whether the step is complete."""
        if not self._delimiter or self._decoder.getstate()[0]:
            return False
        return self._delimiter in self._text.lstrip()

    @property
    def at_stop(self) -> bool:
        """Whether a stop text has appeared."""
        return any(stop in self._before + self._text for stop in self._stops)

    def take(self) -> str:
        """Return the step's text and begin the next step."""
        whole = self._before + self._text
        end = min((whole.find(stop) for stop in self._stops if stop in whole), default=len(whole))
        text, self._text = whole[len(self._before) : max(end, len(self._before))], ""
        self._remember(text)
        return text

    def _remember(self, text: str) -> None:
        """Keep so much of the text that a stop which begins in it is found."""
        self._before = (self._before + text)[-self._look_back :] if self._look_back else ""
