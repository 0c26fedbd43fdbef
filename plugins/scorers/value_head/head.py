"""A trained head and its file: an npz of four arrays and what there is to say of them as JSON."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from ....core.errors import ModelError, UsageError
from ....core.records import ModelInfo
from ....core.whole_files import whole_file

Floats = NDArray[np.float64]
Reads = Literal["step", "path"]

_LARGEST_BYTES = 64 << 20  # no model is so wide that its head comes near
_VECTORS = ("weights", "mean", "scale")


class Binding(NamedTuple):
    """What a head is bound to: a model file and how it is asked; a policy without one goes by its name."""

    sha256: str
    name: str
    prompt_format: str

    @classmethod
    def of(cls, model: ModelInfo) -> Binding:
        """Return a model's."""
        return cls(model.sha256, "" if model.sha256 else model.name, model.prompt_format)


class HeadInfo(BaseModel):
    """What a head was made for, and how.

    Attributes:
        format: The version of the file's layout.
        model_sha256: Of the model whose hidden states it reads.
        prompt_format: The digest of how the model was asked.
        reads: The state at the step's end, or the mean of the states at the ends of all steps up to it.
        data: The names of the data sets that its problems come from.
        made: Sampling, limits, seeds, numbers of problems, chains and steps, versions.
        questions: Digests of the questions that it was trained on.
        figures: What it did on problems held out by cross-validation.
        reliability: As `Scorer` has it, on the same problems; empty in files that are older than this.
        reader, reader_sha256: The second model whose likelihoods it reads in place of hidden states, if it
            does; a file without a known digest goes by its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    format: Literal[1] = 1
    model: str
    model_sha256: str
    prompt_format: str
    reads: Reads = "step"
    data: str = ""
    made: dict[str, Any] = {}
    questions: tuple[str, ...] = ()
    figures: dict[str, Any] = {}
    reliability: tuple[float, ...] = ()
    reader: str = ""
    reader_sha256: str = ""

    @property
    def binding(self) -> Binding:
        """The model that the head reads, asked as it was."""
        return Binding(self.model_sha256, "" if self.model_sha256 else self.model, self.prompt_format)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A logistic model of standardised states: P(right) = 1 / (1 + exp(-(w · (h - mean) / scale + bias))).

    Attributes:
        weights, mean, scale: (width,) each; the scales are positive.
        bias: In logits.
        digest: SHA-256 of its file; empty before it has one.
    """

    weights: Floats
    mean: Floats
    scale: Floats
    bias: float
    info: HeadInfo
    digest: str = ""

    def logits(self, states: NDArray[Any]) -> Floats:
        """Return the log-odds of each row of (n, width) hidden states."""
        slopes = self.weights / self.scale
        result: Floats = states.astype(np.float64) @ slopes + (self.bias - self.mean @ slopes)
        return result

    def probabilities(self, states: NDArray[Any]) -> Floats:
        """Return P(right) for each row of (n, width) hidden states."""
        return expit(self.logits(states))

    def require_writer(self, model: ModelInfo, name: str) -> None:
        """See to it that this head was trained for this model, asked as it is here.

        Args:
            name: What to call the head before a person.

        Raises:
            UsageError: If it was not.
        """
        info = self.info
        if info.binding != Binding.of(model):
            raise UsageError(
                f"The value head {name} reads {_called(info.model, info.model_sha256, info.prompt_format)}, "
                f"and {_called(model.name, model.sha256, model.prompt_format)} came.",
                hint="Train one for this model with 'reason train-head'.",
            )

    def require_reader(self, name: str, reader: str = "", reader_sha256: str = "") -> None:
        """See to it that this head was trained on what this second model says; on hidden states if on none.

        Raises:
            UsageError: If it was not.
        """
        info = self.info
        if info.reader_sha256 != reader_sha256:
            wanted, came = (f"what {who} says" if who else "hidden states" for who in (info.reader, reader))
            raise UsageError(
                f"The head {name} was trained on {wanted}, and {came} came.",
                hint="Scorer 'value-head' takes a head of hidden states, 'reader' one of its own model.",
            )


def expit(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), without overflow."""
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return result


def save_head(head: Head, path: Path) -> Head:
    """Write a head, whole or not at all, and return it with its digest; equal heads make equal files.

    Raises:
        ModelError: If it cannot be written.
    """
    data = _pack(head)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise ModelError(f"The value head cannot be written to {path}: {error.strerror}.") from error
    return _unpack(data)


def load_head(path: Path) -> Head:
    """Read a head.

    Raises:
        ModelError: If the file is missing or is not a head; says why.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST_BYTES else b""
        return _unpack(data)
    except OSError as error:
        raise ModelError(f"The value head {path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # a damaged archive may raise nearly anything in zipfile and numpy
        reason = _first(error) if isinstance(error, ValidationError) else str(error).strip("'\".")
        raise ModelError(
            f"{path} is not a value head: {reason or 'it is damaged'}.",
            hint="Make one with 'reason train-head'.",
        ) from error


def load_head_for(
    model: ModelInfo, name: str, sha256: str = "", reader: str = "", reader_sha256: str = ""
) -> Head:
    """Read the head that a user named, for this model, asked as it is here, and for its reader if it has one.

    Args:
        name: The file, as the user wrote it.
        sha256: The digest that the file must have; empty takes any.

    Raises:
        UsageError: If it was made for others, or its file has another digest.
        ModelError: If the file is missing or is not a head.
    """
    head = load_head(Path(name).expanduser())
    head.require_reader(name, reader, reader_sha256)
    head.require_writer(model, name)
    if sha256 not in ("", head.digest):
        raise UsageError(
            f"The value head {name} has the SHA-256 {head.digest[:12]}…, and {sha256[:12]}… was wanted."
        )
    return head


def _pack(head: Head) -> bytes:
    arrays: dict[str, Any] = {name: getattr(head, name).astype("<f4") for name in _VECTORS}
    about = np.frombuffer(head.info.model_dump_json().encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays, bias=np.array(head.bias, "<f8"), about=about)
    return file.getvalue()


def _unpack(data: bytes) -> Head:
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        if sum(member.file_size for member in members.infolist()) > _LARGEST_BYTES:
            raise ValueError("its arrays are too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        vectors = {name: _vector(arrays[name], name) for name in _VECTORS}
        bias = float(arrays["bias"])
        info = HeadInfo.model_validate_json(arrays["about"].tobytes())
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("its arrays differ in length")
    if not np.isfinite(bias) or not (vectors["scale"] > 0).all():
        raise ValueError("its numbers are out of range")
    return Head(**vectors, bias=bias, info=info, digest=sha256(data).hexdigest())


def _vector(array: NDArray[Any], name: str) -> Floats:
    if array.ndim != 1 or not array.size or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(f"'{name}' is not a vector of finite numbers")
    return array.astype(np.float64)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"'{'.'.join(map(str, first['loc'])) or 'about'}': {first['msg']}"


def _called(name: str, digest: str, prompt_format: str) -> str:
    return f"{name} (SHA-256 {digest[:12] or 'unknown'}, prompt format {prompt_format or 'unknown'})"
