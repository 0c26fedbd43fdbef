"""Numbers that a GGUF file writes for its tensor types and its quantisation, and what they mean.

From ggml's `ggml_type` and llama.cpp's `llama_ftype`. A test compares the sizes with the compiled library.
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """A tensor type stores `n_weights` weights in `n_bytes` bytes."""

    n_weights: int
    n_bytes: int


BLOCKS: dict[int, Block] = {
    0: Block(1, 4),  # F32
    1: Block(1, 2),  # F16
    2: Block(32, 18),  # Q4_0
    3: Block(32, 20),  # Q4_1
    6: Block(32, 22),  # Q5_0
    7: Block(32, 24),  # Q5_1
    8: Block(32, 34),  # Q8_0
    9: Block(32, 36),  # Q8_1
    10: Block(256, 84),  # Q2_K
    11: Block(256, 110),  # Q3_K
    12: Block(256, 144),  # Q4_K
    13: Block(256, 176),  # Q5_K
    14: Block(256, 210),  # Q6_K
    15: Block(256, 292),  # Q8_K
    16: Block(256, 66),  # IQ2_XXS
    17: Block(256, 74),  # IQ2_XS
    18: Block(256, 98),  # IQ3_XXS
    19: Block(256, 50),  # IQ1_S
    20: Block(32, 18),  # IQ4_NL
    21: Block(256, 110),  # IQ3_S
    22: Block(256, 82),  # IQ2_S
    23: Block(256, 136),  # IQ4_XS
    24: Block(1, 1),  # I8
    25: Block(1, 2),  # I16
    26: Block(1, 4),  # I32
    27: Block(1, 8),  # I64
    28: Block(1, 8),  # F64
    29: Block(256, 56),  # IQ1_M
    30: Block(1, 2),  # BF16
    34: Block(256, 54),  # TQ1_0
    35: Block(256, 66),  # TQ2_0
    39: Block(32, 17),  # MXFP4
}

FILE_TYPES: dict[int, str] = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
}
