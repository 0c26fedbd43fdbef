r"""Where in a solution the answer stands.

In this order: the last \boxed{…}, GSM8K's `####`, `{"answer": …}`, the last "the answer is …" in English or
another language, "option B is correct", and, where a model did none of these, the formula that the text
closes with or else its last number, which is the practice on GSM8K, or else a block of code. What follows
the next "Question:" belongs to another problem.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from .choices import read_choice
from .colons import read_colons
from .formulas import bare, first_formula, has_words, last_box, last_formula
from .languages import ASCII_STEMS, SAYS_ANSWER, STEMS
from .numbers import plain_number

_LONGEST = 100_000  # characters of a solution that are looked at, from its end
_LONGEST_ANSWER = 400
_LONGEST_ALONE = 100
_LONGEST_END = 2000  # characters from the end in which an answer that nothing marks is looked for
_LONGEST_CODE = 4000
_LONGEST_BEFORE = 30  # characters of a phrase before the word that it is found by
_MOST_WORDS_BEFORE_A_REMARK = 2
_MOST_WORDS = 4  # of an answer in words, such as a name
_HASHES = re.compile(r"####[ \t]*([^\n]+)")
_HEADING = re.compile(
    r"(?:step|part|final|answer|solution|conclusion|verification)\b|\d+[.)]\s+[A-Za-z]", re.I
)
_NEXT_PROBLEM = re.compile(
    r"^[ \t#*]*(?:next\s+)?(?:question|problem|exercise|q)\s*\d{0,3}\s*[:.)]", re.I | re.M
)
_ENGLISH = re.compile(
    r"(?:\banswers?(?:\s+to\s[^.:\n]{1,80}?)?[\s*_\"']{0,9}(?:\bis\b|\bare\b|\bwas\b|\bwould be\b|:|=|→|->)"
    r"|\b(?:correct|right|best)\s+(?:choice|option|letter)[\s*_]{0,9}(?:is\b|:)"
    r"|<answer>|^[#*\s]{0,9}(?:final\s+)?answer[*\s]{0,9}$)"
    r"(?:[\s*_\"]|is\b|are\b|:|=|→|->"
    r"|(?:therefore|thus|approximately|about|exactly|simply|equal to|that)\b){0,60}",
    re.I | re.M,
)
_CODE = re.compile(r"^[ \t]*```[ \t]*\w*[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.S | re.M)
_ENGLISH_STEMS = ("answer", "choice", "option", "letter")
_JSON = re.compile(
    r"[{,]\s*[\"'](?:final[_ ])?answer[\"']\s*:\s*(?:\"([^\"\\]*)\"|'([^'\\]*)'|(-?\d[\d.]*))", re.I
)
_PROGRAM = re.compile(
    r"\b(?:def|return|import|print|while|class|function|const|public|include|lambda)\b|=>|;\s*$", re.M
)
_CHOICE_STEMS = ("option", "choice", "answer", "choose", "select", "pick")
_CHOSEN = re.compile(
    r"\b(?:choose|select|pick|choice\s?:|choice\s+is)\s+(?:option|choice|letter)?"
    r"\s*[*_]{0,3}\(?((?-i:[A-J]))\)?(?!\w)",
    re.I,
)
_NAMED_CHOICE = re.compile(
    r"\b(?:option|choice|answer)\s+[*_]{0,3}\(?([A-J])\)?[*_]{0,3}\s+"
    r"(?:is|must be)\s+(?:the\s+)?(?:correct|right|true|best|only|answer)",
    re.I,
)
_BOLD = re.compile(r"\*\*(?!\w)|(?<!\w)\*\*")
_REMARK = re.compile(
    r"\s*\([^()\d]{0,3}[A-Za-z]{2,}[^()]*\)|,?\s+(?:because|since|which|where|as|so|who|whose|that)\b.*", re.S
)
_REASON = re.compile(r"\b(?:because|since)\b")
_OF_SOMETHING = re.compile(r"(?:the|an?|his|her|its|their|our|total|number)\b", re.I)
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s?[-–—]\s?(\d+(?:\.\d+)?)")
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)"
_VULGAR = "[¼-¾⅐-⅞]"
_NUMBER = (
    r"(?<![\d:])\d{1,2}:\d\d(?![\d:])(?:\s?[apAP]\.?[mM]\b)?|(?<![\d:])\d+(?: : |:)\d+(?![\d:])"
    r"|(?:\b[Nn]egative\s+|(?<!\d\s)\b[Mm]inus\s+|(?:(?<![\w)}])[-−]))?(?:\\?[$€£]\s?[-−]?)?"
    rf"(?:{_DIGITS}(?:\.\d+(?:\.\.\.)?)?|\.\d+)"
    r"(?:[eE][+-]?\d{1,3}(?!\w)|\s?(?:×|\\times|\\cdot|[x*])\s?10\s?(?:\^\{?\s?-?\d+\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)"
    r"|\^\{?-?\d+\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|\s+(?:hundred|thousand|million|billion|trillion)\b|\sfactorial\b|!(?=\s*[.,]|$)"
    rf"|\s+and\s+a\s+half\b|\s+\d+\s*[/⁄]\s*\d+|\s*[/⁄]\s*\d+|{_VULGAR}|\s?(?:π|\\pi\b|√\d+|\\sqrt\{{\d+\}}))?"
    rf"\s?(?:\\?%)?|{_VULGAR}|[-−]?\\[dtc]?frac\{{\d+\}}\{{\d+\}}"
)
_SIDE = r"[-−+]?(?:\d[\w./^π√]*|[π√∞][\w^]*|\\?[A-Za-z]+(?![A-Za-z])|\.\d+)"
_ONE_POINT = rf"[\[(]\s*{_SIDE}(?:\s*,\s*{_SIDE})+\s*[\])]"
_POINT = rf"(?<![\w)]){_ONE_POINT}(?:\s*(?:,\s*(?:and|or)\b|,|\band\b|\bor\b)\s*{_ONE_POINT})*"
_VALUES = (
    rf"\b[A-Za-z]\s?=\s?{_SIDE}(?:\s*(?:,\s*(?:and|or)\b|,|\band\b|\bor\b)\s*(?:[A-Za-z]\s?=\s?){_SIDE})+"
)
_ORDER = r"\s?(?:<=?|>=?|≤|≥|\\leq?\b|\\geq?\b)\s?"
_RANGE_OF = rf"(?:{_SIDE}{_ORDER})?(?<![A-Za-z])[b-zB-Z]{_ORDER}[-−+]?[\d.∞][\w./^]*"
_MEASURE = (  # in two units
    r"\d+\s(?:years?|months?|weeks?|days?|hours?|minutes?|feet|foot|pounds?|meters?|dollars?)\b,?\s(?:and\s)?"
    r"\d+\s(?:months?|weeks?|days?|hours?|minutes?|seconds?|inch(?:es)?|ounces?|centimeters?|cents?)\b"
)
_VALUE = re.compile(rf"{_MEASURE}|{_POINT}|{_VALUES}|{_RANGE_OF}|{_NUMBER}")
_COMPOUND = re.compile(r"\d+\s[a-z]+,?\s(?:and\s)?\d+\s[a-z]+", re.I)  # 4 hours and 30 minutes
_LATEX = re.compile(r"\\(?!boxed|text)[A-Za-z]{2,}")
_SENTENCE_END = re.compile(r"(?<!\.\.)[.!?](?:\s|$)|[。！？؟]|\n|</answer>")
_SAYS_NUMBER = re.compile(rf"\d|{_VULGAR}")
_PLACEHOLDERS = {"N", "X", "?", "___", "..."}


def find_answer(text: str) -> str | None:
    """Return the answer as it was written, without its delimiters.

    None where there is none, and empty where the text says that its answer is prose.
    """
    whole = _of_this_problem(text[-_LONGEST:])
    text = _without_programs(whole) if "```" in whole else whole
    for find in (last_box, _hashed, _of_json, _phrased, _named_choice, _closing):
        answer = find(text)
        if answer and len(answer) <= _LONGEST_ANSWER:
            return answer
        if find is _phrased and _says_words(text):
            return ""  # it says its answer, and no number that stands somewhere is it
    return _code(whole)


def _says_words(text: str) -> bool:
    """Whether what follows the last "the answer is" is prose, or a reason, without any number."""
    last = _last_phrase(text)
    rest = text[last.end() :] if last else ""
    first = _SENTENCE_END.split(rest, maxsplit=1)[0]
    says = first if _REASON.search(first) else rest
    return len(says.split()) > _MOST_WORDS and not _SAYS_NUMBER.search(says)


def _code(text: str) -> str | None:
    """Return the last block of code, without its fences."""
    block = _last_match(_CODE, text)
    return block[1].strip("\n") or None if block and len(block[1]) <= _LONGEST_CODE else None


def marks_answer(text: str) -> bool:
    """Whether a text says where its answer stands, as a solution does and a bare answer does not."""
    return "\\boxed" in text or "####" in text or _last_phrase(text) is not None


def alone(text: str) -> str | None:
    """Return a short text that is nothing but an answer; a sentence is none."""
    if len(text) > _LONGEST_ALONE or "\n" in text.strip() or "####" in text or "boxed" in text:
        return None
    answer = bare(text)
    is_word = answer.isascii() and answer.isalpha()
    is_plain = is_word or _is_answer(answer) or read_choice(answer) is not None or not has_words(answer)
    return answer if answer and is_plain else None


def _as_range(text: str) -> str:
    """Write `5-10` of running text as `5 to 10`: it is no difference there, as it is in a formula."""
    match = _RANGE.fullmatch(text.strip())
    return f"{match[1]} to {match[2]}" if match and float(match[1]) < float(match[2]) else text


def _of_this_problem(text: str) -> str:
    """Cut a text where a model went on with the next problem after it had answered its own."""
    for match in _NEXT_PROBLEM.finditer(text):
        if marks_answer(text[: match.start()]):
            return text[: match.start()]
    return text


def _hashed(text: str) -> str | None:
    """Read GSM8K's mark; four hashes are also a heading in Markdown, which something follows."""
    last = _last_match(_HASHES, text)
    if last is None or _HEADING.match(last[1].strip(" *")):
        return None
    answer = bare(last[1])
    if not has_words(answer) or plain_number(answer) is not None:
        return answer
    is_heading = text[last.end() :].strip() and not re.match(r"[-\\$€£\d]", answer)
    return None if is_heading else _candidate(last[1]) or answer


def _of_json(text: str) -> str | None:
    """Read `{"answer": "B"}`."""
    last = _last_match(_JSON, text) if "{" in text else None
    return bare(next(group for group in last.groups() if group is not None)) if last else None


def _phrased(text: str) -> str | None:
    last = _last_phrase(text)
    if last is None:
        return None
    rest = text[last.end() : last.end() + 2 * _LONGEST_ANSWER]
    return _candidate(rest.removeprefix("- ") if "\n" in last[0] else rest)


def _last_phrase(text: str) -> re.Match[str] | None:
    """Find the last "the answer is": in English, or else in another language that we know it in."""
    lower = text.lower()
    for begin in _begins(lower, _ENGLISH_STEMS):
        if found := _last_match(_ENGLISH, text, begin):
            return found
    stems = ASCII_STEMS if text.isascii() else STEMS
    return _last_match(SAYS_ANSWER, text) if any(stem in lower for stem in stems) else None


def _begins(lower: str, stems: Sequence[str]) -> list[int]:
    """Return where to look for a phrase: around the last of its words; before that only if it is not there.

    Scanning all of a text with the whole pattern would be most of what grading costs.
    """
    last = max(lower.rfind(stem) for stem in stems)
    return [] if last < 0 else [max(0, last - _LONGEST_BEFORE), 0]


def _named_choice(text: str) -> str | None:
    lower = text.lower()
    if not any(stem in lower for stem in _CHOICE_STEMS):
        return None
    match = _last_match(_NAMED_CHOICE, text) or _last_match(_CHOSEN, text)
    return match[1] if match else None


def _candidate(text: str) -> str | None:
    """Take the answer out of what follows "the answer is"."""
    formula = first_formula(text)
    if formula is not None:
        return None if formula.text in _PLACEHOLDERS else formula.text
    label = _labelled(text)
    if label is not None:
        return label
    sentence = bare(_BOLD.sub("", _SENTENCE_END.split(text, maxsplit=1)[0]))
    short = bare(_REMARK.sub("", sentence)) or sentence
    if _SAYS_NUMBER.search(short):
        return _of_sentence(short)
    if short != sentence:
        return _of_remarked(short, sentence)
    is_short = 0 < len(short.split()) <= _MOST_WORDS and short not in _PLACEHOLDERS
    return short if is_short or "\\" in short or plain_number(short) is not None else None


def _of_remarked(short: str, sentence: str) -> str | None:
    """Read words that a remark stands behind: "Alice, who has 5 apples", but not "the total, which is 5"."""
    if len(short.split()) <= _MOST_WORDS_BEFORE_A_REMARK and not _OF_SOMETHING.match(short):
        return short
    is_reason = _REASON.search(sentence[len(short) :]) is not None
    return None if is_reason or not _SAYS_NUMBER.search(sentence) else _of_sentence(sentence)


def _labelled(text: str) -> str | None:
    """Read a choice with its label; the point behind `B.` ends no sentence."""
    line = bare(_BOLD.sub("", text.strip().split("\n", 1)[0]))
    choice = read_choice(line) if len(line) <= _LONGEST_ALONE else None
    return line if choice is not None else None


def _of_sentence(sentence: str) -> str | None:
    if _is_answer(sentence):
        return _as_range(sentence)
    left, equals, right = sentence.rpartition("=")
    if equals and (("=" in left and "," in left) or _VALUE.fullmatch(sentence)):
        return sentence if not has_words(sentence) else _last_value(sentence)
    if equals and _is_answer(right.strip()):
        is_plain = plain_number(right) is not None or has_words(left)
        return right.strip() if is_plain else sentence
    return _last_value(sentence) if equals else _first_value(sentence)


def _is_answer(text: str) -> bool:
    """Whether a text is an answer and nothing else."""
    if plain_number(text) or read_colons(text) or _COMPOUND.fullmatch(text):
        return True
    return bool(text) and not has_words(text) and "=" not in text


def _first_value(text: str) -> str | None:
    match = _COMPOUND.search(text) or _VALUE.search(text)
    return match.group().strip() if match else None


def _last_value(text: str) -> str | None:
    match = _last_match(_VALUE, text)
    return match.group().strip() if match else None


def _closing(text: str) -> str | None:
    """Return the formula or the number that the text closes with, whichever is later."""
    text = text[-_LONGEST_END:]
    last_line = text.rfind("\n", 0, max(map(text.rfind, "0123456789")) + 1) + 1
    formula, value = last_formula(text), _last_match(_VALUE, text, last_line) or _last_match(_VALUE, text)
    if formula and (value is None or value.start() < formula.end):
        return formula.text
    return value and (_undelimited(text, value.start()) or value.group().strip())


def _without_programs(text: str) -> str:
    """Take programs out: a number within one is not what it comes to, nor is what it would print.

    Of the text around them only the last line may end with a number that nothing marks.
    """
    prose = _CODE.sub(lambda block: "\n" if _PROGRAM.search(block[1]) else block[0], text)
    if prose == text or marks_answer(prose):
        return prose
    return prose.rstrip().rpartition("\n")[2]


def _last_match(pattern: re.Pattern[str], text: str, begin: int = 0) -> re.Match[str] | None:
    last = deque(pattern.finditer(text, begin), maxlen=1)
    return last[0] if last else None


def _undelimited(text: str, position: int) -> str | None:
    r"""Return the formula around a position where LaTeX stands without delimiters, `so x = \sqrt{2}`."""
    start, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    line = text[start : len(text) if end < 0 else end]
    formula = bare(line.rpartition("=")[2])
    return formula if _LATEX.search(formula) and not has_words(formula) else None
