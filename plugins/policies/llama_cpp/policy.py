"""The policy that runs a GGUF model with llama.cpp, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from ....core import Policy
from ....core.errors import ContextError
from ....core.models import ModelFile
from ....core.options import Options
from ....core.records import ModelInfo, Problem, Prompt
from ....core.requests import Booking, Proposal, ProposeRequest
from .hardware import FlashAttention, Hardware, KvType

if TYPE_CHECKING:
    from .branch import Given
    from .context import ContextSize
    from .counters import Counters
    from .engine import Engine
    from .model import Model

_BRANCHES_CPU = 16  # more branches than this gain nothing on a CPU, where the matrices are busy by then
_BRANCHES_GPU = 64
_CELLS_PER_BRANCH = 1536
_SHARE_OF_MEMORY = 0.4


class LlamaCppOptions(Options):
    """How the engine uses this machine."""

    branches: int = Field(0, ge=0, le=240, description="Branches decoded at once; 0 chooses for the machine.")
    ctx: int = Field(
        0, ge=0, description="Cells of the KV cache, for all branches; 0 chooses for model and memory."
    )
    batch: int = Field(512, ge=32, le=4096, description="Tokens of one decode at most.")
    threads: int = Field(0, ge=0, description="Threads; 0 is the physical cores this process may use.")
    gpu_layers: int = Field(-1, ge=-1, description="Layers on the GPU; -1 is all, where the build has one.")
    main_gpu: int = Field(0, ge=0, description="The GPU for what is not split over several.")
    tensor_split: str = Field(
        "",
        pattern=r"^(\d+(\.\d+)?(,\d+(\.\d+)?)*)?$",
        description="Each GPU's part of the model, such as 3,1; empty splits by free memory.",
    )
    flash_attention: FlashAttention = Field("auto", description="Flash attention.")
    kv_type: KvType = Field("f16", description="Number type of the KV cache.")

    def hardware(self) -> Hardware:
        """Return what of this machine is to be used."""
        return Hardware(
            gpu_layers=self.gpu_layers,
            main_gpu=self.main_gpu,
            tensor_split=tuple(float(part) for part in self.tensor_split.split(",") if part),
            threads=self.threads,
            flash_attention=self.flash_attention,
            kv_type=self.kv_type,
        )


class OpenModel:
    """A model that is open for work: weights, cache and engine.

    Raises:
        ModelError: If llama.cpp cannot load it, or cannot make its cache.
    """

    def __init__(self, file: ModelFile, options: LlamaCppOptions) -> None:
        from .context import Context
        from .engine import Engine
        from .model import Model

        hardware = options.hardware()
        n_branches = options.branches or default_branches()
        self.model: Model = Model(file, hardware)
        self._context = Context(self.model, size_for(self.model, options, n_branches), hardware)
        self.engine: Engine = Engine(
            self._context,
            n_branches=n_branches,
            delimiter=file.prompt.delimiter,
            stops=file.prompt.stops,
            step_start=file.prompt.step_start,
            needs_content=file.prompt.needs_content,
        )

    def close(self) -> None:
        """Free the cache and the weights."""
        self._context.close()
        self.model.close()


class LlamaCpp(Policy):
    """Proposes steps with a quantised model; all branches of all searches share one batched decode."""

    name = "llama-cpp"
    takes_model = True
    takes_turns = True
    takes_beginnings = True
    Options = LlamaCppOptions

    def __init__(self, options: LlamaCppOptions, model: ModelFile) -> None:
        self._format = model.prompt
        self._open = OpenModel(model, options)
        self._model, self._engine = self._open.model, self._open.engine
        self.info: ModelInfo = self._model.info

    @property
    def engine(self) -> Engine:
        """The engine, for scorers that read with the policy's own model."""
        return self._engine

    @property
    def model(self) -> Model:
        """The model, for scorers that read with it."""
        return self._model

    def follow_up(self, text: str) -> tuple[int, ...]:
        """Return the tokens that follow a solution where the user then says `text`, up to the reply."""
        from .prompt import render_follow_up

        return tuple(render_follow_up(self._model, self._format, text).tokens(self._model, begin=False))

    @property
    def counters(self) -> Counters:
        """What the engine has done so far."""
        return self._engine.counters

    def render(self, problem: Problem) -> Prompt:
        """Apply the model's prompt format.

        Raises:
            ContextError: If the prompt leaves no room for an answer.
        """
        from .prompt import render

        rendered = render(self._model, self._format, problem.text)
        tokens = rendered.tokens(self._model)
        room = self._engine.max_length
        if len(tokens) >= room:
            raise ContextError(
                f"The question takes {len(tokens)} tokens with its prompt; {self.info.name} holds {room}.",
                hint="Shorten the question, or raise --ctx if the model was trained for more.",
            )
        return Prompt(rendered.text, tuple(tokens))

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking]:
        """Take new expansions and run one decode."""
        for request in requests:
            self._engine.propose(request, self._given(request))
        return self._engine.tick()

    def _given(self, request: ProposeRequest) -> Given:
        """Turn the texts that are given to a request's children into tokens."""
        from .branch import NOTHING_GIVEN, Given

        if not request.says and not request.begins:
            return NOTHING_GIVEN
        said = self.follow_up(request.says) if request.says else ()
        return Given(said, tuple(self._model.tokenize(request.begins, special=False, begin=False)))

    def cut(self, search: int) -> None:
        """Hand in what there is of a search with the next tick."""
        self._engine.cut(search)

    def release(self, search: int) -> None:
        """Forget a search and free its cells."""
        self._engine.release(search)

    def close(self) -> None:
        """Free the cache and the weights."""
        self._open.close()


def default_branches() -> int:
    """Choose how many branches to decode at once on this machine."""
    from .library import library

    return _BRANCHES_GPU if library().llama_supports_gpu_offload() else _BRANCHES_CPU


def size_for(model: Model, options: LlamaCppOptions, n_branches: int) -> ContextSize:
    """Choose the size of the context: room for every branch, within a share of the free memory."""
    import psutil

    from .context import ContextSize

    affordable = int(psutil.virtual_memory().available * _SHARE_OF_MEMORY) // max(1, model.kv_bytes_per_token)
    cells = options.ctx or min(max(n_branches * _CELLS_PER_BRANCH, 4096), max(affordable, 2048))
    return ContextSize(cells, min(options.batch, cells))
