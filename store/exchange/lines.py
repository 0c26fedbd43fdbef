"""The lines of an exported file, as records that check what they are given.

A line is a JSON object with a `type`. What JSON cannot hold, `{"base64": …}` holds: text that is not Unicode
(as UTF-8, lone surrogates passed through), log-probabilities that are not finite (as little-endian float64).
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PlainValidator, ValidationError

from ...core.records import End, Flops, Sampling, Tokens, Until
from ..packing import pack_floats, pack_ints, unpack_floats, unpack_ints

FORMAT = "reasontree-traces"
VERSION = 2


def text_to_json(text: str | None) -> str | dict[str, str] | None:
    """Return text as it stands in a line."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return _base64(text.encode("utf-8", "surrogatepass"))
    return text


def tokens_to_json(packed: bytes) -> list[int]:
    """Return packed tokens as they stand in a line."""
    return list(unpack_ints(packed))


def floats_to_json(packed: bytes) -> list[float] | dict[str, str]:
    """Return packed floats as they stand in a line, to the last bit."""
    values = unpack_floats(packed)
    return list(values) if all(map(isfinite, values)) else _base64(packed)


def bytes_to_json(data: bytes | None) -> dict[str, str] | None:
    """Return bytes as they stand in a line."""
    return None if data is None else _base64(data)


def moment_to_json(moment: datetime) -> str:
    """Return a moment of UTC without a zone as it stands in a line."""
    return f"{moment.isoformat()}Z"


def expansion_to_json(stored: list[Any]) -> list[Any]:
    """Return a stored expansion as it stands in a line."""
    return [
        {name: text_to_json(of) if isinstance(of, str) else of for name, of in each.items()}
        if isinstance(each, dict)
        else each
        for each in stored
    ]


def _base64(data: bytes) -> dict[str, str]:
    return {"base64": b64encode(data).decode()}


def _bytes(value: Any) -> bytes:
    if isinstance(value, dict) and value.keys() == {"base64"} and isinstance(value["base64"], str):
        return b64decode(value["base64"], validate=True)
    raise ValueError("base64 was wanted")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _bytes(value).decode("utf-8", "surrogatepass")


def _packed(pack: Callable[[list[Any]], bytes]) -> Callable[[Any], bytes]:
    def packed(value: Any) -> bytes:
        try:
            return pack(value) if isinstance(value, list) else _bytes(value)
        except (struct.error, OverflowError) as error:
            raise ValueError(str(error)) from error

    return packed


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a moment was wanted")
    return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)


def _usage(value: Any, *others: str) -> dict[str, Any]:
    """Check that a search's tokens and FLOPs, and other numbers, can be read again."""
    try:
        counts = [*Tokens(**value["tokens"]), *Flops(**value["flops"]), *(value[name] for name in others)]
    except (KeyError, TypeError) as error:
        raise ValueError(f"tokens and FLOPs were wanted ({error})") from error
    if value.keys() != {"tokens", "flops", *others} or not all(isinstance(n, int | float) for n in counts):
        raise ValueError("tokens and FLOPs were wanted")
    return dict(value)


def _round_usage(value: Any) -> dict[str, Any]:
    return _usage(value, "elapsed_s")


def _expansion(value: Any) -> list[Any]:
    """Check an expansion, and return it as it is stored."""
    if not isinstance(value, list) or len(value) not in (4, 5):
        raise ValueError("node, width, until and first rank were wanted")
    node, width, until, first, *given = value
    are_counts = all(type(n) is int and 0 <= n < 2**31 for n in (node, width, first))
    if not are_counts or until not in get_args(Until):
        raise ValueError("three numbers and 'step' or 'end' were wanted")
    return [node, width, until, first, *map(_given, given)]


def _given(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value or not value.keys() <= {"sampling", "says", "begins"}:
        raise ValueError("what an expansion gives was wanted")
    given: dict[str, Any] = {name: _text(text) for name, text in value.items() if name != "sampling"}
    return given | {name: _sampling(of) for name, of in value.items() if name == "sampling"}


def _sampling(value: Any) -> dict[str, Any]:
    is_whole = isinstance(value, dict) and value.keys() == {field.name for field in fields(Sampling)}
    if not is_whole or not all(isinstance(n, int | float) and isfinite(n) for n in value.values()):
        raise ValueError("the numbers of a sampling were wanted")
    return dict(value)


def _optional(validate: Callable[[Any], Any]) -> PlainValidator:
    return PlainValidator(lambda value: None if value is None else validate(value))


Text = Annotated[Any, PlainValidator(_text)]
MaybeText = Annotated[Any, _optional(_text)]
TokenIds = Annotated[Any, PlainValidator(_packed(pack_ints))]
Floats = Annotated[Any, PlainValidator(_packed(pack_floats))]
Moment = Annotated[Any, PlainValidator(_moment)]
Usage = Annotated[Any, _optional(_usage)]
RoundUsage = Annotated[Any, _optional(_round_usage)]
Word = Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,64}$")]
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Name = Annotated[str, Field(pattern=r"^[^\x00]*$")]  # what a text column of every database can hold
Count = Annotated[int, Field(ge=0, lt=2**31)]
ExpansionRecord = Annotated[Any, PlainValidator(_expansion)]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", protected_namespaces=())


class HeaderLine(_Line):
    """The first line of a file; a newer one may hold more."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: Literal["header"]
    format: Literal["reasontree-traces"]
    version: int
    program: Word


class RunLine(_Line):
    """A run, before its first trace; `parent` is the run that a replay replays."""

    type: Literal["run"]
    uid: Id
    parent: Id | None
    kind: Literal["live", "replay"]
    created: Moment
    version: Name
    strategy: Name
    model: Name
    model_sha256: Name
    settings: dict[str, Any]


class TallyRecord(_Line):
    """One class of equivalent answers; heaviest first."""

    answer: Text
    count: Count
    weight: FiniteFloat


class TraceLine(_Line):
    """A search; its `n_rounds` rounds and `n_nodes` nodes follow."""

    type: Literal["trace"]
    id: Id
    run: Id
    number: Count
    dataset: Name
    index: Count
    question: Text
    gold: MaybeText
    prompt: Text
    prompt_tokens: TokenIds
    root_seed: Annotated[int, Field(ge=0, lt=2**63)]
    started: Moment
    stopped: Word | None
    error: MaybeText
    answer: MaybeText
    correct: bool | None
    usage: Usage
    elapsed_s: FiniteFloat | None
    tallies: list[TallyRecord]
    n_rounds: Count
    n_nodes: Count


class RoundLine(_Line):
    """One call of `select`: `[node, width, until, first rank]` for each expansion, and what it gives."""

    type: Literal["round"]
    number: Count
    asked: Count
    ended: Count
    expansions: list[ExpansionRecord]
    usage: RoundUsage


class NodeLine(_Line):
    """One step; what it has no value for is left out."""

    type: Literal["node"]
    node: Annotated[int, Field(ge=1, lt=2**31)]
    parent: Count
    rank: Count
    round: Count
    position: Count
    text: Text
    tokens: TokenIds
    logprobs: Floats
    hidden: Annotated[Any, _optional(_bytes)] = None
    said: MaybeText = None
    n_given: Count | None = None
    n_said: Count | None = None
    step_end: Annotated[Any, _optional(End)] = None
    end: Annotated[Any, _optional(End)] = None
    answer: MaybeText = None
    canonical: MaybeText = None
    scores: dict[Name, FiniteFloat] = Field(default_factory=dict)


class EndLine(_Line):
    """The last line of a file."""

    type: Literal["end"]
    n_traces: Count


Line = HeaderLine | RunLine | TraceLine | RoundLine | NodeLine | EndLine
LINES: tuple[type[Line], ...] = (HeaderLine, RunLine, TraceLine, RoundLine, NodeLine, EndLine)


def type_of(line: type[Line]) -> str:
    """Return what a line's `type` says."""
    return str(get_args(line.model_fields["type"].annotation)[0])


_KINDS: Mapping[Any, type[Line]] = {type_of(line): line for line in LINES}


def dump(line: Mapping[str, Any]) -> bytes:
    """Return a line of a file, its end included."""
    try:
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate in a run's settings
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def parse(line: bytes) -> Line:
    """Read a line of a file.

    Raises:
        ValueError: With what was wanted, in a few words, if it is not one.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON ({error})") from error
    kind = _KINDS.get(found.get("type")) if isinstance(found, dict) else None
    if kind is None:
        raise ValueError("an object of an unknown type")
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"'{place}' of a {found['type']}: {first['msg']}") from error
