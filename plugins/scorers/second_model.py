"""The options of a scorer that opens a second model: which one, and how its engine uses this machine."""

from __future__ import annotations

from pydantic import Field

from ...core import Options
from ..policies.llama_cpp import LlamaCppOptions


class SecondModelOptions(Options):
    """A model with an engine of its own."""

    model: str = Field(
        description="The model that scores: a name of the catalog, or the path of a GGUF file."
    )
    ctx: int = Field(0, ge=0, description="Cells of its KV cache; 0 chooses for model and memory.")
    batch: int = Field(512, ge=32, le=4096, description="Tokens of one decode at most.")
    threads: int = Field(0, ge=0, description="Threads; 0 is the physical cores this process may use.")
    gpu_layers: int = Field(-1, ge=-1, description="Layers on the GPU; -1 is all, where the build has one.")

    def engine(self) -> LlamaCppOptions:
        """Return the options of its engine."""
        return LlamaCppOptions(
            ctx=self.ctx, batch=self.batch, threads=self.threads, gpu_layers=self.gpu_layers
        )
