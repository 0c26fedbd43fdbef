"""Files appear whole or not at all; what is no file is written through, and links are followed."""

import os
import stat
import threading
from pathlib import Path

import pytest
from reasontree.core.whole_files import is_file_there, whole_file


def write(path, data=b"new"):
    with whole_file(path) as file:
        file.write(data)


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("is_there", [True, False])
def test_what_raises_changes_nothing(tmp_path, is_there):
    path = tmp_path / "x"
    if is_there:
        path.write_bytes(b"old")
    with pytest.raises(RuntimeError), whole_file(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([b"old"] if is_there else [])


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_followed(tmp_path, is_there):
    (tmp_path / "elsewhere").mkdir()
    target, link, second = tmp_path / "elsewhere" / "x", tmp_path / "link", tmp_path / "second"
    if is_there:
        target.write_bytes(b"old")
    link.symlink_to(target)
    second.symlink_to("link")
    assert is_file_there(second) is is_there
    write(second)
    assert second.is_symlink() and link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_through(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    assert not is_file_there(path)
    write(path)
    reader.join()
    assert found == [b"new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_device_stays_a_device(tmp_path):
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    for path in (Path(os.devnull), link):
        assert not is_file_there(path)
        write(path)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert link.is_symlink()


def test_a_pipe_that_is_open_already_is_written_to_by_its_number():
    out, into = os.pipe()
    try:
        write(Path(f"/dev/fd/{into}"))
        assert os.read(out, 10) == b"new"
    finally:
        os.close(out)
        os.close(into)


@pytest.mark.parametrize("name", ["", "folder/gone/x"])
def test_what_cannot_be_written_raises(tmp_path, name):
    with pytest.raises(OSError), whole_file(tmp_path / name):
        pass
