"""The data sets that this package knows by name.

Their numbers of rows are their publishers', and are checked after each fetch. A source is given where it is
known to exist.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...core.datasets import DatasetEntry, DatasetSource, Split
from ...core.hookspecs import hookimpl

_GSM8K = "https://raw.githubusercontent.com/openai/grade-school-math/master/grade_school_math/data"


@hookimpl
def register_datasets() -> Iterable[DatasetEntry]:
    """Register the data sets."""
    return [
        DatasetEntry(
            name="gsm8k",
            description="Grade-school word problems (Cobbe et al. 2021, arXiv 2110.14168)",
            licence="MIT",
            splits={"test": _gsm8k("test", 1_319), "train": _gsm8k("train", 7_473)},
        ),
        DatasetEntry(
            name="math500",
            description="Competition problems of MATH's test split (Lightman et al. 2023, arXiv 2305.20050)",
            licence="MIT",
            splits={"test": Split((_hub("HuggingFaceH4/MATH-500", "test.jsonl"),), 500)},
            question=("problem",),
        ),
        DatasetEntry(
            name="svamp",
            description="Word problems with misleading numbers (Patel et al. 2021, arXiv 2103.07191)",
            licence="MIT",
            splits={"test": _svamp("test", 300), "train": _svamp("train", 700)},
            question=("Body", "Question"),
            gold="Answer",
        ),
    ]


def _gsm8k(split: str, n_rows: int) -> Split:
    hub = _hub("openai/gsm8k", f"main/{split}-00000-of-00001.parquet")
    return Split((hub, DatasetSource("url", address=f"{_GSM8K}/{split}.jsonl")), n_rows)


def _svamp(split: str, n_rows: int) -> Split:
    """Return a split that the hub has twice: as JSON, which needs no further package, and as Parquet."""
    files = (f"{split}.json", f"data/{split}-00000-of-00001.parquet")
    return Split(tuple(_hub("ChilleD/SVAMP", file) for file in files), n_rows)


def _hub(repository: str, file: str) -> DatasetSource:
    return DatasetSource("hub", repository=repository, file=file)
