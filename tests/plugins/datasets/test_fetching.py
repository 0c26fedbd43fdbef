"""Fetching: from a hub and from an address, both on this machine; and files that are there already."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reasontree.core.datasets import DatasetEntry, DatasetSource, Split
from reasontree.core.errors import DatasetError, ReasonError
from reasontree.plugins.datasets.fetching import fetch, find_file, folder_of_user
from reasontree.plugins.datasets.names import NamedSplit

ROWS = [{"Body": f"There are {n} pens", "Question": "How many?", "Answer": n} for n in range(1, 4)]
DATA = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
HUB = DatasetSource("hub", repository="someone/tiny", file="data/test.jsonl")
HUB_PATH = "/datasets/someone/tiny/resolve/main/data/test.jsonl"


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does for a file of a data set, and as any server for other paths."""

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, *, with_body):
        files = self.server.files
        body = files.get(self.path, b"")
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(200 if self.path in files or self.path == "/" else 404)
        if self.path not in files:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("ETag", '"0123456789"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(body) + self.server.n_lacking))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server on this machine, which is the hub too."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        made.files, made.asked, made.n_lacking = {}, [], 0
        made.address = f"http://127.0.0.1:{made.server_port}"
        threading.Thread(target=made.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", made.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield made
        made.shutdown()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The user's folder of data sets."""
    monkeypatch.setenv("REASON_DATASETS", str(tmp_path / "sets"))
    return tmp_path / "sets"


def split_of(*sources, n_rows=3):
    splits = {"test": Split(sources, n_rows)}
    return NamedSplit(DatasetEntry("tiny", "Tiny", "MIT", splits, ("Body", "Question"), "Answer"), "test")


def url(server, path="/tiny.jsonl"):
    return DatasetSource("url", address=f"{server.address}{path}")


def test_a_file_is_fetched_from_an_address(server, folder):
    server.files["/tiny.jsonl"] = DATA
    path = fetch(split_of(url(server)))
    assert path == folder / "tiny-test.jsonl"
    assert path.read_bytes() == DATA
    assert list(folder.iterdir()) == [path]


def test_a_file_is_fetched_from_the_hub_with_the_users_token(server, folder, monkeypatch, capfd):
    server.files[HUB_PATH] = DATA
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_user")
    assert fetch(split_of(HUB)).read_bytes() == DATA
    tokens = {token for path, token in server.asked if path == HUB_PATH}
    assert tokens == {"Bearer hf_of_the_user"}
    assert capfd.readouterr() == ("", "")


def test_a_second_time_nothing_is_asked(server):
    server.files["/tiny.jsonl"] = DATA
    first = fetch(split_of(url(server)))
    server.asked.clear()
    assert fetch(split_of(url(server))) == first
    assert server.asked == []


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_a_file_that_is_there_is_used_as_it_is(folder, suffix):
    folder.mkdir()
    mine = folder / f"tiny-test{suffix}"
    mine.write_text("mine")
    assert fetch(split_of()) == mine


def test_the_next_source_is_tried_when_one_fails(server):
    server.files["/tiny.jsonl"] = DATA
    said = []
    path = fetch(split_of(HUB, url(server)), lambda done, total, what: said.append(what))
    assert path.read_bytes() == DATA
    assert any(what.startswith("hub someone/tiny data/test.jsonl failed: ") for what in said)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (DATA + DATA, "it has 6 rows, and 3 were expected"),
        (b"", "it has 0 rows, and 3 were expected"),
        (b'{"Body": "A", "Question": "B?"}\n', "tiny.jsonl, line 1 has no 'Answer'"),
        (DATA + b"<html>", "tiny.jsonl, line 4: an object was wanted, and this is not JSON"),
        (DATA + b'{"Body": "A", "Question": [], "Answer": 1}', "line 4: 'Question' takes a text"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_stays(server, folder, data, words):
    server.files["/tiny.jsonl"] = data
    with pytest.raises(DatasetError) as caught:
        fetch(split_of(url(server)))
    assert words in str(caught.value)
    assert not folder.exists()


def test_a_number_of_rows_that_is_not_known_is_not_checked(server):
    server.files["/tiny.jsonl"] = DATA
    assert fetch(split_of(url(server), n_rows=0)).read_bytes() == DATA


def test_a_file_that_ends_early_is_refused(server):
    server.files["/tiny.jsonl"], server.n_lacking = DATA, 5
    with pytest.raises(DatasetError, match=r"bytes came|cannot be read"):
        fetch(split_of(url(server)))


def test_when_all_sources_fail_each_is_named_and_what_to_do(server, folder):
    nowhere = DatasetSource("url", address="http://127.0.0.1:9/tiny.json")
    with pytest.raises(DatasetError) as caught:
        fetch(split_of(HUB, url(server), nowhere))
    said = str(caught.value)
    assert "No source delivers tiny:test. hub someone/tiny data/test.jsonl: " in said
    assert "/tiny.jsonl: it answers 404" in said
    assert "http://127.0.0.1:9/tiny.json: http://127.0.0.1:9/tiny.json cannot be reached" in said
    assert f"Put its file at {folder / 'tiny-test.jsonl'} or .json or .csv" in said
    assert (caught.value.exit_code, caught.value.retryable) == (1, True)


def test_a_split_without_a_source_says_where_its_file_goes(folder):
    with pytest.raises(DatasetError, match=r"It has none\. Put its file at .*tiny-test\.jsonl"):
        fetch(split_of())


def test_an_offline_hub_is_not_asked(server, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DatasetError, match="HF_HUB_OFFLINE is set"):
        fetch(split_of(HUB))
    assert server.asked == []


def test_parquet_without_pyarrow_is_not_fetched(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DatasetError, match="it is a Parquet file, and those need pyarrow"):
        fetch(split_of(url(server, "/tiny.parquet")))
    assert server.asked == []


def test_a_folder_that_cannot_be_written_is_named(server, folder):
    server.files["/tiny.jsonl"] = DATA
    folder.write_text("in the way")
    with pytest.raises(ReasonError, match=r"cannot be written: .* Set REASON_DATASETS"):
        fetch(split_of(url(server)))


def test_a_folder_of_nobody_is_named(monkeypatch):
    monkeypatch.setenv("REASON_DATASETS", "~nobody-of-this-name/sets")
    with pytest.raises(
        ReasonError, match="REASON_DATASETS is '~nobody-of-this-name/sets', which is not a folder"
    ):
        find_file(split_of())


def test_without_a_choice_files_lie_in_the_users_cache(monkeypatch):
    monkeypatch.delenv("REASON_DATASETS")
    assert folder_of_user().name == "datasets"
    assert "reasontree" in folder_of_user().parts
