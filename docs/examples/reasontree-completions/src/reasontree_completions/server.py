"""One call to a server that answers as OpenAI's /v1/completions does, by the standard library alone."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from reasontree.core import Field, Options, ReasonError


class ServerOptions(Options):
    """What users may choose with -p; bounds and descriptions are shown to them."""

    name: str = Field("", description="The model's name at the server.")
    parameters: int = Field(0, ge=0, description="Its size, to count FLOPs with.")
    connections: int = Field(16, ge=1, le=1024, description="Calls at once.")
    timeout_s: float = Field(600, gt=0, description="Seconds that a call may take.")


class Completion(NamedTuple):
    """What a server wrote.

    Attributes:
        logprobs: One per token, in nats; empty where the server gives none.
        is_whole: Whether it stopped before its tokens were used up.
    """

    text: str
    n_tokens: int
    logprobs: tuple[float, ...]
    is_whole: bool


class Server:
    """A server, by its address; without one, the port that llama.cpp's server takes."""

    def __init__(self, options: ServerOptions, address: str) -> None:
        self._options = options
        address = address or "http://127.0.0.1:8080/v1"
        self.url = address.rstrip("/") + "/completions"

    def complete(self, wanted: dict[str, Any]) -> Completion:
        """Ask for one completion; many threads may do so at once.

        Raises:
            ReasonError: If the server gives none.
        """
        if self._options.name:
            wanted = {"model": self._options.name, **wanted}
        kind = {"Content-Type": "application/json"}
        request = Request(self.url, json.dumps(wanted).encode(), kind)
        try:
            with urlopen(request, timeout=self._options.timeout_s) as reply:
                return read(json.load(reply))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ReasonError(
                f"{self.url} gives no completion: {type(error).__name__}: {error}.",
                hint="--model takes the server's address, such as http://127.0.0.1:8080/v1.",
            ) from error


def read(reply: dict[str, Any]) -> Completion:
    """Read a server's reply."""
    choice, n_tokens = reply["choices"][0], int(reply["usage"]["completion_tokens"])
    given = (choice.get("logprobs") or {}).get("token_logprobs") or ()
    logprobs = tuple(min(0.0, each) for each in given if each is not None)
    is_whole = choice["finish_reason"] != "length"
    known = logprobs if len(logprobs) == n_tokens else ()
    return Completion(choice["text"], n_tokens, known, is_whole)
