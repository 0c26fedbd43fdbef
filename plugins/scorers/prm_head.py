"""The head of a reward model: the layers behind its last hidden state, for which a GGUF file has no place.

`docs/export_prm_head.py` takes them out of the published weights. The file is an npz of `weight_0`, `bias_0`
and, where there is a second layer, `weight_1`, `bias_1`, as float32; a weight has the shape (out, in).
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ModelError

Floats = NDArray[np.float32]

_MOST_LAYERS = 2
_MOST_CLASSES = 2
_LARGEST_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, eq=False)
class PrmHead:
    """Linear layers with a rectifier between them, and a probability behind the last one.

    Attributes:
        layers: (weight, bias) of each, shapes (out, in) and (out,); the last one has one output, whose
            sigmoid is the score, or two, whose softmax's second part is.
    """

    layers: tuple[tuple[Floats, Floats], ...]

    @property
    def width(self) -> int:
        """The width of the hidden state that it reads."""
        return int(self.layers[0][0].shape[1])

    def score(self, state: Sequence[float]) -> float:
        """Return the score in [0, 1] of a hidden state, shape (width,)."""
        values: Floats = np.asarray(state, dtype=np.float32)
        for number, (weight, bias) in enumerate(self.layers):
            values = weight @ (np.maximum(values, 0) if number else values) + bias
        logit = float(values[-1] - values[0]) if len(values) == _MOST_CLASSES else float(values[0])
        return 0.5 * (1 + math.tanh(0.5 * logit))


def load_prm_head(path: Path) -> PrmHead:
    """Read a head.

    Raises:
        ModelError: If the file is missing or is not a head; says why.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("it is too large")
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            names = [f"weight_{number}" for number in range(_MOST_LAYERS)]
            layers = tuple(_layer(arrays, name) for name in names if name in arrays)
    except OSError as error:
        raise ModelError(f"The head {path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path} is not the head of a reward model: {str(error).strip('.')}.",
            hint="docs/export_prm_head.py makes one of the published weights.",
        ) from error
    return PrmHead(_fitting(layers, path))


def _layer(arrays: np.lib.npyio.NpzFile, name: str) -> tuple[Floats, Floats]:
    weight, bias = (
        np.asarray(arrays[each], dtype=np.float32) for each in (name, name.replace("weight", "bias"))
    )
    if weight.ndim != 2 or bias.shape != weight.shape[:1]:
        raise ValueError(f"{name} has the shape {weight.shape}, and its bias {bias.shape}")
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise ValueError(f"{name} has numbers that are not finite")
    return weight, bias


def _fitting(layers: tuple[tuple[Floats, Floats], ...], path: Path) -> tuple[tuple[Floats, Floats], ...]:
    widths = [weight.shape[1] for weight, _ in layers[1:]]
    outs = [weight.shape[0] for weight, _ in layers]
    if not layers or widths != outs[:-1] or not 1 <= outs[-1] <= _MOST_CLASSES:
        raise ModelError(
            f"{path} is not the head of a reward model: its layers have {outs or 'no'} outputs.",
            hint="One or two are wanted at the end: docs/export_prm_head.py makes such a file.",
        )
    return layers
