"""How a contract says what was wanted and what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import ReasonError
from ..options import describe, parse
from ..plugin_classes import check_class


class ContractError(AssertionError):
    """A plugin does not keep its contract; the message says what was wanted and what came."""


def expect(holds: object, message: str) -> None:
    """Raise unless something holds.

    Raises:
        ContractError: With the message.
    """
    if not holds:
        raise ContractError(message)


@contextmanager
def surviving(who: str, what: str) -> Iterator[None]:
    """Expect that nothing is raised.

    Raises:
        ContractError: Saying who failed at what, and how.
    """
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise ContractError(f"{who} fails {what}: {type(error).__name__}: {error}") from error


def expect_declared(kind: str, plugin: type[Any], options: Mapping[str, Any]) -> Any:
    """Expect a class that can be registered and takes these options, and return them, checked.

    Raises:
        ContractError: If the registry would refuse the class, or its options model these values; or if an
            option says nothing of itself.
    """
    try:
        check_class(kind, plugin)
        for option in describe(plugin.Options):
            expect(option.meaning, f"option '{option.name}' of {kind} '{plugin.name}' needs a description")
        return parse(f"{kind} '{plugin.name}'", plugin.Options, options)
    except ReasonError as error:
        raise ContractError(str(error)) from error
