r"""Where in a solution the answer stands.

In this order: the last \boxed{…}, GSM8K's `####`, the last "the answer is …", and, where a model did none of
these, the formula that the text closes with or else its last number, which is the practice on GSM8K.
"""

from __future__ import annotations

import re
from collections import deque

from .colons import read_colons
from .formulas import bare, first_formula, has_words, last_box, last_formula
from .numbers import plain_number

_LONGEST = 100_000  # characters of a solution that are looked at, from its end
_LONGEST_ANSWER = 400
_LONGEST_ALONE = 100
_LONGEST_END = 2000  # characters from the end in which an answer that nothing marks is looked for
_MOST_WORDS = 4  # of an answer in words, such as a name
_HASHES = re.compile(r"####[ \t]*([^\n]+)")
_HEADING = re.compile(
    r"(?:step|part|final|answer|solution|conclusion|verification)\b|\d+[.)]\s+[A-Za-z]", re.I
)
_PHRASE = re.compile(
    r"(?:\banswers?(?:\s+to\s[^.:\n]{1,80}?)?[\s*_]{0,9}(?:\bis\b|\bare\b|\bwas\b|\bwould be\b|:|=)"
    r"|^[#*\s]{0,9}(?:final\s+)?answer[*\s]{0,9}$)"
    r"(?:[\s*_]|is\b|are\b|:|=|(?:therefore|thus|approximately|about|exactly|simply|equal to)\b){0,60}",
    re.I | re.M,
)
_BOLD = re.compile(r"\*\*(?!\w)|(?<!\w)\*\*")
_REMARK = re.compile(r"\s*\([^()\d]{0,3}[A-Za-z]{2,}[^()]*\)|,?\s+(?:because|since|which|where|as|so)\b.*")
_NUMBER = re.compile(
    r"(?<![\d:])\d{1,2}:\d\d(?![\d:])(?:\s?[apAP]\.?[mM]\b)?|(?<![\d:])\d+:\d+(?![\d:])"
    r"|(?:(?<![\w)}])[-−])?(?:\\?[$€£]\s?[-−]?)?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)"
    r"(?:\s+\d+\s*/\s*\d+|\s*/\s*\d+|[½⅓⅔¼¾])?\s?(?:\\?%)?|[½⅓⅔¼¾]|[-−]?\\[dtc]?frac\{\d+\}\{\d+\}"
)
_COMPOUND = re.compile(r"\d+\s[a-z]+,?\s(?:and\s)?\d+\s[a-z]+", re.I)  # 4 hours and 30 minutes
_LATEX = re.compile(r"\\(?!boxed|text)[A-Za-z]{2,}")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|\n")
_PLACEHOLDERS = {"N", "X", "?", "___", "..."}


def find_answer(text: str) -> str | None:
    """Return the answer as it was written, without its delimiters; None where there is none."""
    text = text[-_LONGEST:]
    for find in (last_box, _hashed, _phrased, _closing):
        answer = find(text)
        if answer and len(answer) <= _LONGEST_ANSWER:
            return answer
    return None


def marks_answer(text: str) -> bool:
    """Whether a text says where its answer stands, as a solution does and a bare answer does not."""
    return "\\boxed" in text or "####" in text or _PHRASE.search(text) is not None


def alone(text: str) -> str | None:
    """Return a short text that is nothing but an answer; a sentence is none."""
    if len(text) > _LONGEST_ALONE or "\n" in text.strip() or "####" in text or "boxed" in text:
        return None
    answer = bare(text)
    is_word = answer.isalpha()
    return answer if answer and (is_word or _is_answer(answer) or not has_words(answer)) else None


def _hashed(text: str) -> str | None:
    """Read GSM8K's mark; four hashes are also a heading in Markdown, which something follows."""
    last = _last_match(_HASHES, text)
    if last is None or _HEADING.match(last[1].strip(" *")):
        return None
    answer = bare(last[1])
    is_heading = has_words(answer) and plain_number(answer) is None and text[last.end() :].strip()
    return None if is_heading else answer


def _phrased(text: str) -> str | None:
    last = _last_match(_PHRASE, text)
    if last is None:
        return None
    rest = text[last.end() : last.end() + 2 * _LONGEST_ANSWER]
    return _candidate(rest.removeprefix("- ") if "\n" in last[0] else rest)


def _candidate(text: str) -> str | None:
    """Take the answer out of what follows "the answer is"."""
    formula = first_formula(text)
    if formula is not None:
        return None if formula.text in _PLACEHOLDERS else formula.text
    sentence = bare(_BOLD.sub("", _SENTENCE_END.split(text, maxsplit=1)[0]))
    if not re.search(r"[\d½⅓⅔¼¾]", sentence):
        is_short = 0 < len(sentence.split()) <= _MOST_WORDS and sentence not in _PLACEHOLDERS
        return sentence if is_short or "\\" in sentence else None
    return _of_sentence(bare(_REMARK.sub("", sentence)) or sentence)


def _of_sentence(sentence: str) -> str | None:
    if _is_answer(sentence):
        return sentence
    left, equals, right = sentence.rpartition("=")
    if equals and "=" in left and "," in left:
        return sentence if not has_words(sentence) else _last_number(sentence)
    if equals and _is_answer(right.strip()):
        return right.strip()
    return _last_number(sentence) if equals else _first_number(sentence)


def _is_answer(text: str) -> bool:
    """Whether a text is an answer and nothing else."""
    if plain_number(text) or read_colons(text) or _COMPOUND.fullmatch(text):
        return True
    return bool(text) and not has_words(text) and "=" not in text


def _first_number(text: str) -> str | None:
    match = _COMPOUND.search(text) or _NUMBER.search(text)
    return match.group().strip() if match else None


def _last_number(text: str) -> str | None:
    match = _last_match(_NUMBER, text)
    return match.group().strip() if match else None


def _closing(text: str) -> str | None:
    """Return the formula or the number that the text closes with, whichever is later."""
    text = text[-_LONGEST_END:]
    formula, number = last_formula(text), _last_match(_NUMBER, text)
    if formula and (number is None or number.start() < formula.end):
        return formula.text
    return number and (_undelimited(text, number.start()) or number.group().strip())


def _last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = deque(pattern.finditer(text), maxlen=1)
    return last[0] if last else None


def _undelimited(text: str, position: int) -> str | None:
    r"""Return the formula around a position where LaTeX stands without delimiters, `so x = \sqrt{2}`."""
    start, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    line = text[start : len(text) if end < 0 else end]
    formula = bare(line.rpartition("=")[2])
    return formula if _LATEX.search(formula) and not has_words(formula) else None
