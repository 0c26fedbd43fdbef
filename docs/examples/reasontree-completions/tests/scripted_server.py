"""A server for tests: it reasons in a few short steps, by the seed that it is given."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread
from typing import Any


class Server(ThreadingHTTPServer):
    """A server that many may call at the same moment."""

    # Five wait otherwise, and a sixth may be refused.
    request_queue_size = 128


class ScriptedServer:
    """Serves /v1/completions on a free port of this machine, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers["Content-Length"])
                wanted = json.loads(self.rfile.read(length))
                asked.append(wanted)
                body = json.dumps(reply(wanted)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._http = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def reply(wanted: dict[str, Any]) -> dict[str, Any]:
    """Answer as a model would that thinks for a step or two; a word is a token."""
    random = Random(repr((wanted["prompt"], wanted["seed"])))
    words = [f"Add {random.randrange(90)}", "and", "go", "on."]
    if random.random() < 0.4:
        words = ["The", "answer is:", str(random.randrange(4))]
    kept = words[: wanted["max_tokens"]]
    choice = {
        "text": " ".join(kept),
        "finish_reason": "stop" if kept == words else "length",
        "logprobs": {"token_logprobs": [-random.random() for _ in kept]},
    }
    return {"choices": [choice], "usage": {"completion_tokens": len(kept)}}
