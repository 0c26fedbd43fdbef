"""Results as searches finish: an iterator that can be stopped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, Self, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Results(ABC, Generic[T_co]):
    """Something that yields results and ends gently: at the last one, at `stop`, or where nobody wants more.

    Leaving a loop over it stops what is under way; as a context it does so at the context's end.
    """

    @property
    def run(self) -> int:
        """The number of the run that they belong to in the store; 0 where there is none."""
        return 0

    @abstractmethod
    def __next__(self) -> T_co:
        """Work until the next result is there."""

    @abstractmethod
    def stop(self) -> None:
        """End all searches with what they have; may be called from a signal handler or another thread."""

    @abstractmethod
    def close(self) -> None:
        """Stop what is under way, record it, and let everything go."""

    def __iter__(self) -> Iterator[T_co]:
        try:
            while True:
                try:
                    result = next(self)
                except StopIteration:
                    return
                yield result
        finally:
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
