"""Where in a solution the answer stands.

In this order: the last \boxed{…}, GSM8K's `####`, the last "the answer is …", and, where a model did none of
these, the last number of the text, which is the practice on GSM8K.
"""

from __future__ import annotations

import re

_LONGEST = 200_000  # characters of a solution that are looked at, from its end
_LONGEST_ANSWER = 400
_MOST_WORDS = 4  # of an answer in words, such as a name
_HASHES = re.compile(r"####[ \t]*([^\n]+)")
_PHRASE = re.compile(
    r"(?:final\s+answer|answer)[\s*]*(?:is|are|was|:|=)(?:[\s*]|is\b|are\b|:|=)*(?=([^\n]*)(?:\n+([^\n]+))?)",
    re.I,
)
_NUMBER = re.compile(
    r"[-−]?\s?(?:\\?\$)?\s?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:\s*/\s*\d+)?\s?(?:\\?%)?"
    r"|\\[dtc]?frac\{\d+\}\{\d+\}"
)
_MATHS = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$|(?<!\\)\$((?:\\\$|[^$\n])+)(?<!\\)\$", re.S)
_SENTENCE_END = re.compile(r"\.(?:\s|$)|\n")
_PLACEHOLDERS = {"N", "X", "?", "___", "..."}


def find_answer(text: str) -> str | None:
    """Return the answer as it was written, without its delimiters; None where there is none."""
    text = text[-_LONGEST:]
    for find in (_boxed, _hashed, _phrased, _last_number, _last_maths):
        answer = find(text)
        if answer is not None and answer and len(answer) <= _LONGEST_ANSWER:
            return answer
    return None


def bare(text: str) -> str:
    """Take delimiters, bold type and a closing full stop off an answer."""
    text = text.strip().strip("*").strip()
    match = _MATHS.fullmatch(text.rstrip("."))
    if match:
        text = next(group for group in match.groups() if group is not None).strip()
    boxed = _boxed(text)
    return boxed if boxed is not None else text.rstrip(".,;:!").strip()


def _boxed(text: str) -> str | None:
    start = max(text.rfind("\\boxed{"), text.rfind("\\fbox{"))
    if start < 0:
        return None
    opened = text.index("{", start)
    depth = 0
    for i in range(opened, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return bare(text[opened + 1 : i]) if i > opened + 1 else None
    return None


def _hashed(text: str) -> str | None:
    found = _HASHES.findall(text)
    return bare(found[-1]) if found else None


def _phrased(text: str) -> str | None:
    found = _PHRASE.findall(text)
    if not found:
        return None
    same_line, next_line = found[-1]
    return _candidate(same_line if same_line.strip(" *:$") else next_line)


def _candidate(text: str) -> str | None:
    """Take the answer out of what follows "the answer is"."""
    maths = _MATHS.search(text)
    if maths and not text[: maths.start()].strip(" *:"):
        answer = bare(maths.group())
        return None if answer in _PLACEHOLDERS else answer
    sentence = bare(_SENTENCE_END.split(text.strip(), maxsplit=1)[0])
    if not re.search(r"\d", sentence):
        is_short = 0 < len(sentence.split()) <= _MOST_WORDS and sentence not in _PLACEHOLDERS
        return sentence if is_short or "\\" in sentence else None
    if "\\" in sentence or "=" in sentence or len(sentence.split()) <= _MOST_WORDS:
        return sentence.rpartition("=")[2].strip() or None
    return _last_number(sentence) if "=" in sentence else _first_number(sentence)


def _first_number(text: str) -> str | None:
    match = _NUMBER.search(text)
    return match.group().strip() if match else None


def _last_number(text: str) -> str | None:
    found = _NUMBER.findall(text[-4000:])
    return found[-1].strip() if found else None


def _last_maths(text: str) -> str | None:
    found = _MATHS.findall(text[-4000:])
    return bare(next(group for group in found[-1] if group)) if found else None
