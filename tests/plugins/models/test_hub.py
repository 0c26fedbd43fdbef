from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reasontree.core.errors import DownloadError
from reasontree.core.models import ModelEntry, Source
from reasontree.plugins.models import hub
from reasontree.plugins.models.cache import Cache
from reasontree.plugins.models.pull import pull
from reasontree.plugins.models.transfer import SourceError


class Hub(ThreadingHTTPServer):
    """Answers as the hub does for one file."""

    daemon_threads = True

    def __init__(self, data: bytes, sha256: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.data = data
        self.sha256 = sha256
        self.tokens: list[str | None] = []
        self.ranges: list[str | None] = []
        self.breaks_at: int | None = None
        self.knows_ranges = True


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        is_file = self.path == "/someone/tiny-GGUF/resolve/main/tiny.gguf"
        if is_file:
            self.server.tokens.append(self.headers.get("Authorization"))
        body = self.server.data if is_file else b""
        wanted = self.headers.get("Range") if self.server.knows_ranges else None
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if with_body:
            self.server.ranges.append(self.headers.get("Range"))
            if self.server.breaks_at is not None and len(self.server.ranges) > 1:
                self.send_error(503)
                return
        self.send_response((206 if wanted else 200) if is_file or self.path == "/" else 404)
        if not is_file and self.path != "/":
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("ETag", f'"{self.server.sha256}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(body) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        if with_body:
            self.wfile.write(body[start : self.server.breaks_at])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Hub]]:
    """Start a hub on this machine."""
    servers: list[Hub] = []

    def start(data: bytes, sha256: str = "") -> Hub:
        server = Hub(data, sha256 or hashlib.sha256(data).hexdigest())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        return server

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    # The client writes in chunks of 10 MB; an unfinished one is lost.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def entry(**kwargs: object) -> ModelEntry:
    source = Source("hub", repository="someone/tiny-GGUF", file=str(kwargs.pop("file", "tiny.gguf")))
    return ModelEntry("tiny", "", "", (source,), **kwargs)  # type: ignore[arg-type]


def test_a_file_is_fetched_from_the_hub(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    data = gguf()
    serve(data)
    assert pull(entry(), cache).read_bytes() == data
    assert capfd.readouterr() == ("", "")  # the hub's client draws no bar of its own


def test_an_interrupted_file_goes_on_where_it_was(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes]
) -> None:
    data = gguf()
    server = serve(data)
    server.breaks_at = 100  # the connection ends there, and the hub is away after that
    with pytest.raises(DownloadError, match="hub someone/tiny-GGUF"):
        pull(entry(), cache)
    assert not cache.path(entry()).exists()
    server.breaks_at = None
    server.ranges.clear()
    assert pull(entry(), cache).read_bytes() == data
    assert server.ranges == ["bytes=100-"]


def test_a_hub_that_knows_no_ranges_sends_all_of_it_again(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes]
) -> None:
    data = gguf()
    server = serve(data)
    server.breaks_at = 100
    with pytest.raises(DownloadError):
        pull(entry(), cache)
    server.breaks_at, server.knows_ranges = None, False
    assert pull(entry(), cache).read_bytes() == data


def test_a_file_that_changed_upstream_is_not_joined_to_the_old_half(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes]
) -> None:
    server = serve(gguf())
    server.breaks_at = 100
    with pytest.raises(DownloadError):
        pull(entry(), cache)
    server.breaks_at = None
    server.data = gguf(metadata={"general.name": "Another"})
    server.sha256 = hashlib.sha256(server.data).hexdigest()
    assert pull(entry(), cache).read_bytes() == server.data


def test_the_users_token_is_sent_with_every_question_for_the_file(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(gguf())
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_user")
    pull(entry(), cache)
    assert len(server.tokens) >= 2
    assert set(server.tokens) == {"Bearer hf_of_the_user"}


def test_the_hubs_own_hash_is_checked_where_the_catalog_has_none(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes]
) -> None:
    serve(gguf(), sha256="0" * 64)
    with pytest.raises(DownloadError, match=r"SHA-256.*0000000000000000… was expected"):
        pull(entry(), cache)
    assert not cache.path(entry()).exists()


def test_a_file_that_the_hub_does_not_have_is_said_so(
    cache: Cache, serve: Callable[..., Hub], gguf: Callable[..., bytes]
) -> None:
    serve(gguf())
    with pytest.raises(DownloadError, match=r"hub someone/tiny-GGUF: .*404"):
        pull(entry(file="other.gguf"), cache)


def test_an_unreachable_hub_is_found_out_at_once() -> None:
    start = time.monotonic()
    with pytest.raises(SourceError, match="cannot be reached"):
        hub.probe("http://127.0.0.1:9")
    assert time.monotonic() - start < 2


def test_a_hub_that_never_answers_is_left_after_the_time_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        with pytest.raises(SourceError, match=r"no answer within 0.3 s|timed out"):
            hub.probe(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3)
        assert time.monotonic() - start < 2


def test_an_offline_hub_is_not_asked(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        pull(entry(), cache)
