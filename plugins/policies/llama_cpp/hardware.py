"""What of this machine a model and its context use: GPUs, threads, and the number type of the cache."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Literal

from .library import library, usable_cores

KvType = Literal["f16", "f32", "q8_0", "q4_0"]
FlashAttention = Literal["auto", "on", "off"]

_KV_TYPES: dict[KvType, int] = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8}  # ggml_type
_FLASH: dict[FlashAttention, int] = {"auto": -1, "off": 0, "on": 1}  # llama_flash_attn_type


@dataclass(frozen=True, slots=True)
class Hardware:
    """How a model is laid out.

    Attributes:
        gpu_layers: Layers on GPUs; -1 is all. Without a GPU build it has no effect.
        main_gpu: The GPU for what is not split.
        tensor_split: Each GPU's part of the model, in any unit; empty splits by free memory.
        threads: Threads; 0 is the physical cores that this process may use.
    """

    gpu_layers: int = -1
    main_gpu: int = 0
    tensor_split: tuple[float, ...] = ()
    threads: int = 0
    flash_attention: FlashAttention = "auto"
    kv_type: KvType = "f16"

    def model_params(self) -> Any:
        """Return llama.cpp's parameters for loading a model."""
        lib = library()
        params = lib.llama_model_default_params()
        params.n_gpu_layers = self.gpu_layers if lib.llama_supports_gpu_offload() else 0
        params.main_gpu = self.main_gpu
        if self.tensor_split:
            parts = (ctypes.c_float * lib.llama_max_devices())(*self.tensor_split)
            params.tensor_split = ctypes.cast(parts, ctypes.POINTER(ctypes.c_float))
            params.parts = parts  # the struct holds a bare pointer, so the array must live as long as it
        return params

    def context_params(self) -> Any:
        """Return llama.cpp's parameters for a context, its sizes still to be set."""
        params = library().llama_context_default_params()
        params.n_threads = params.n_threads_batch = self.threads or usable_cores()
        params.flash_attn_type = _FLASH[self.flash_attention]
        params.type_k = params.type_v = _KV_TYPES[self.kv_type]
        return params
