"""What the tests of the command line share: packages of plugins, installed as files on the path."""

import sys

import pytest
from reasontree.plugins import command_registry, registry


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with an entry point on the path, as an installer would; nothing of the user's is read."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    put_names = []

    def forget():
        registry.cache_clear()
        command_registry.cache_clear()

    def put(name, source):
        if source is not None:
            (folder / f"{name}.py").write_text(source)
        metadata = folder / f"{name}_package-1.5.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-package\nVersion: 1.5\n")
        (metadata / "entry_points.txt").write_text(f"[reasontree]\n{name} = {name}\n")
        put_names.append(name)
        forget()

    yield put
    forget()
    for name in put_names:
        sys.modules.pop(name, None)
