"""Where a step ends.

The decision is made on the text, since a delimiter may span tokens or end inside one; the tokens are kept.
So a step ends with the token in which its delimiter is complete, and its text is the text of its tokens.
A character that is split over tokens is never broken.

Where the next step's label ends a step ("Step 2:" at the beginning of a line), that is seen when the label is
there, and what was sampled is never thrown away: the label stands at the end of the step before the one that
it names. Behind a delimiter it stands at the beginning of its own, since the step before has ended by then.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from ....core.step_content import has_content, label_pattern


@dataclass(frozen=True, slots=True)
class StepRules:
    """What ends a step and a solution.

    Attributes:
        delimiter: Ends a step, once the step has more than white space; empty for none.
        stops: Any of them ends the solution; it and what follows is not part of the text.
        step_start: Begins the next step at the beginning of a line, as `PromptFormat` has it; empty for none.
        needs_content: Whether a step goes on while what is before the delimiter or label has no content.
    """

    delimiter: str
    stops: tuple[str, ...] = ()
    step_start: str = ""
    needs_content: bool = False


class StepReader:
    """Reads one branch's bytes, token by token.

    Args:
        before: The solution so far; a stop may begin in it.
        given: What the first step begins with; a delimiter, label or stop may begin in it, and none ends in
            it.
    """

    def __init__(self, rules: StepRules, before: str = "", *, given: str = "") -> None:
        self._rules = rules
        self._label = label_pattern(rules.step_start)
        self._look_back = max((len(stop) for stop in rules.stops), default=1) - 1
        self._before = ""
        self._remember(before)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._begin(given)

    def feed(self, piece: bytes) -> None:
        """Take the bytes of one token."""
        self._text += self._decoder.decode(piece)

    @property
    def at_boundary(self) -> bool:
        """Whether the step is complete."""
        if self._decoder.getstate()[0]:
            return False
        return self._has_delimiter() or self._has_label()

    @property
    def at_stop(self) -> bool:
        """Whether a stop text has appeared."""
        whole = self._before + self._text
        return any(self._find(stop, whole) >= 0 for stop in self._rules.stops)

    def take(self) -> str:
        """Return the step's text and begin the next step."""
        whole = self._before + self._text
        found = (self._find(stop, whole) for stop in self._rules.stops)
        end = min((place for place in found if place >= 0), default=len(whole))
        text = whole[len(self._before) : max(end, len(self._before) + self._n_given)]
        self._remember(text)
        self._begin("")
        return text

    def _begin(self, given: str) -> None:
        self._text, self._n_given = given, len(given)
        # Delimiters, line breaks and labels are looked at once: steps are long, and this runs at each token.
        self._delimiters_from = 0
        self._breaks_from = 0
        self._line = 0  # where the line begins that may become a label; -1 if it was one already

    def _has_delimiter(self) -> bool:
        text, delimiter = self._text, self._rules.delimiter
        if not delimiter:
            return False
        n_blank = len(text) - len(text.lstrip())
        place = max(self._n_given - len(delimiter) + 1, n_blank, self._delimiters_from) - 1
        while (place := text.find(delimiter, place + 1)) >= 0:
            if self._is_whole(text[:place]):
                return True
        self._delimiters_from = max(0, len(text) - len(delimiter) + 1)
        return False

    def _has_label(self) -> bool:
        if self._label is None:
            return False
        text, line, place = self._text, self._line, self._breaks_from
        while place >= 0:
            if line >= 0 and (found := self._label.match(text, line)):
                above, line = text[:line], -1
                if found.end() > self._n_given and above.strip() and self._is_whole(above):
                    return True
            place = text.find("\n", place) + 1 or -1
            line = place if place > 0 else line
        self._line, self._breaks_from = line, len(text)
        return False

    def _is_whole(self, text: str) -> bool:
        """Whether a step may end with this text."""
        return not self._rules.needs_content or has_content(text, self._rules.step_start)

    def _find(self, stop: str, whole: str) -> int:
        """Return where a stop begins that ends in what was fed, or -1."""
        return whole.find(stop, max(0, len(self._before) + self._n_given - len(stop) + 1))

    def _remember(self, text: str) -> None:
        """Keep so much of the text that a stop which begins in it is found."""
        self._before = (self._before + text)[-self._look_back :] if self._look_back else ""
