"""The wheel holds every file of the rooms and nothing else, and what it installs is one package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "plugins", "store", "api", "cli")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the tracked and new files, as a clone would have them."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_the_rooms(wheel):
    held = {name.removeprefix("reasontree/") for name in wheel.namelist() if ".dist-info" not in name}
    wanted = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted | {"__init__.py", "py.typed"}


def test_nothing_but_the_package_lands_at_the_top(wheel):
    assert {name.partition("/")[0].partition("-")[0] for name in wheel.namelist()} == {"reasontree"}


def test_the_wheel_declares_the_command_and_the_licence(wheel):
    metadata = {Path(name).name: name for name in wheel.namelist() if ".dist-info" in name}
    assert b"reason = reasontree.cli.main:main" in wheel.read(metadata["entry_points.txt"])
    assert b"License-Expression: Apache-2.0" in wheel.read(metadata["METADATA"])
    assert "LICENSE" in metadata
