"""How other languages say "the answer is", and where their numbers have a decimal comma."""

from __future__ import annotations

import re

# Each with its copula where the language has one in this place.
_SAID = (
    r"答案(?:是|为|為|应选|选|選)?",  # Chinese
    r"(?:^|(?<=[\s。]))答(?=\s?:)",
    r"[选選](?=\s?[A-J](?![A-Za-z]))",
    r"答え(?:は|が)?",  # Japanese
    r"(?:정답|답)(?:은|는)?",  # Korean
    r"ответ",
    r"відповідь(?:\s+є)?",  # Ukrainian
    r"(?:الجواب|الإجابة|الاجابة|الحل)(?:\s+(?:النهائي|النهائية))?(?:\s+(?:هو|هي))?",
    r"(?:پاسخ|جواب)(?:\s+نهایی)?",  # Persian
    r"התשובה(?:\s+היא)?",
    r"उत्तर(?:\s+है)?",
    r"উত্তর",  # Bengali
    r"คำตอบ(?:คือ)?",
    r"(?:respuesta|solución)(?:\s+(?:final|correcta))?(?:\s+es)?",
    r"réponse(?:\s+(?:finale|correcte))?(?:\s+est)?",
    r"(?:antwort|lösung|ergebnis)(?:\s+(?:ist|lautet))?(?:\s+also)?",
    r"(?:risposta|soluzione)(?:\s+(?:finale|corretta))?(?:\s+è)?",
    r"resposta(?:\s+(?:final|correta))?(?:\s+é)?",
    r"antwoord(?:\s+is)?",  # Dutch
    r"odpowied(?:ź|zią)(?:\s+(?:to|jest))?",  # Polish
    r"odpověď(?:\s+je)?",  # Czech
    r"svar(?:et)?(?:\s+(?:är|er))?",  # Swedish, Danish, Norwegian
    r"vastaus(?:\s+on)?",  # Finnish
    r"cevap",  # Turkish
    r"απάντηση(?:\s+είναι)?",
    r"(?:đáp án|câu trả lời|đáp số)(?:\s+là)?",  # Vietnamese
    r"jawaban(?:nya)?(?:\s+(?:adalah|ialah))?",  # Indonesian
)
SAYS_ANSWER = re.compile(
    rf"(?:{'|'.join(_SAID)})(?:[\s*_\"「:=]){{0,9}}(?=[^\s.。])",
    re.I | re.M,
)
"""What stands before an answer, in languages other than English."""

STEMS = (
    "答", "选", "選", "답", "ответ", "відповідь", "جواب", "إجابة", "اجابة", "الحل", "پاسخ", "תשובה", "उत्तर",
    "উত্তর", "คำตอบ", "respuesta", "solución", "réponse", "antwort", "lösung", "ergebnis", "risposta",
    "soluzione", "resposta", "antwoord", "odpowied", "odpověď", "svar", "vastaus", "cevap", "απάντηση",
    "đáp", "câu trả lời", "jawaban",
)  # fmt: skip
"""Lower-case texts of which each phrase of `SAYS_ANSWER` holds one, to be looked for first."""
ASCII_STEMS = tuple(filter(str.isascii, STEMS))
"""Those of them that a text of ASCII can hold."""

# German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Turkish, Indonesian, Czech
_COMMA_WORDS = (
    "lautet ergebnis antwort lösung réponse respuesta resposta risposta "
    "der die das dem den ist sind und ein eine nicht mit von zu also insgesamt beträgt kostet hat er "
    "sie le la les est sont et un une du des il elle reste donc coûte el los las es son y una del por "
    "lo tanto gli è e sono di quindi costa o os é são uma da portanto het een en zijn dus jest są w i "
    "na więc är och ett att ve bir bu adalah dan jadi je jsou se ja"
)
_ENGLISH_WORDS = (
    "the is are and of to in that so has have for with it she he they each per total left costs was this we"
)
_WITH_COMMA = frozenset(_COMMA_WORDS.split())
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]{3}")
_GROUPS_AND_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d+)(?![\d,.]\d)")
_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?!\d|[,.]\d)")
_SEEMS_DECIMAL = re.compile(r"\d,(?:\d{1,2}(?!\d)|\d{4})")
_N_GROUPED = 3  # digits after a comma that may as well group thousands
_LONGEST = 4000  # characters of a text's end that tell its language


def with_decimal_points(text: str) -> str:
    """Write `3,5` as 3.5 where the words around say that the comma is a decimal one.

    With three digits after the comma, `1,234`, it could be either, and stays.
    """
    if not _SEEMS_DECIMAL.search(text) or not _has_decimal_commas(text[-_LONGEST:]):
        return text
    text = _GROUPS_AND_COMMA.sub(lambda match: f"{match[1].replace('.', '')}.{match[2]}", text)
    return _COMMA.sub(
        lambda match: match[0] if len(match[2]) == _N_GROUPED else f"{match[1]}.{match[2]}", text
    )


def _has_decimal_commas(text: str) -> bool:
    if _CYRILLIC.search(text):
        return True
    words = [word.casefold() for word in _WORD.findall(text)]
    foreign = [word for word in words if word in _WITH_COMMA]
    n_english = sum(word in _ENGLISH for word in words)
    return len(set(foreign)) > 1 and len(foreign) > n_english
