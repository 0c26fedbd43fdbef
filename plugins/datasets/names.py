"""From `NAME` or `NAME:SPLIT` to the split of a data set that is meant."""

from __future__ import annotations

from typing import NamedTuple

from ...core.datasets import DatasetEntry, Split
from ...core.errors import UnknownNameError
from ...core.registry import Registry


class NamedSplit(NamedTuple):
    """One split of one data set."""

    entry: DatasetEntry
    split: str

    @property
    def name(self) -> str:
        """What it is called; the default split by the data set's name alone."""
        is_default = self.split == self.entry.default_split
        return self.entry.name if is_default else f"{self.entry.name}:{self.split}"

    @property
    def stem(self) -> str:
        """Return what its file is called, without a suffix."""
        return f"{self.entry.name}-{self.split}"

    @property
    def said(self) -> Split:
        """What the entry says of it."""
        return self.entry.splits[self.split]


def is_known(reference: str, registry: Registry) -> bool:
    """Whether there is a data set of this name, whatever stands behind the colon."""
    return reference.partition(":")[0] in registry.names("dataset")


def find_split(reference: str, registry: Registry) -> NamedSplit:
    """Return the split that is meant; the first one where none is named.

    Raises:
        UnknownNameError: With the nearest name.
    """
    name, colon, split = reference.partition(":")
    if not is_known(reference, registry):
        names = registry.names("dataset")
        raise UnknownNameError("data set", name, names, hint="The path of a file of rows works too.")
    entry: DatasetEntry = registry.get("dataset", name)
    if colon and split not in entry.splits:
        raise UnknownNameError(f"{name} split", split, entry.splits)
    return NamedSplit(entry, split or entry.default_split)
