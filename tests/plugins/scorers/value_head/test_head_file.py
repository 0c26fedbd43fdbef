"""A head's file: what it keeps, and what is refused."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reasontree.core.errors import ModelError, UsageError
from reasontree.plugins.scorers.value_head.head import Head, HeadInfo, expit, load_head, save_head


def test_a_head_comes_back_as_it_was_written(head, tmp_path):
    saved = save_head(head, tmp_path / "new" / "head.npz")
    states = np.random.default_rng(0).normal(size=(5, 12))
    assert np.allclose(saved.logits(states), head.logits(states))
    assert saved.info == head.info
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["head.npz"]


def test_equal_heads_make_equal_files(head, tmp_path):
    one, other = (save_head(head, tmp_path / name) for name in ("one.npz", "other.npz"))
    assert one.digest == other.digest
    assert len(one.digest) == 64


def test_probabilities_are_those_of_the_formula(head):
    states = np.random.default_rng(1).normal(size=(7, 12))
    for row, probability in zip(states, head.probabilities(states), strict=True):
        logit = sum(
            w * (h - m) / s for w, h, m, s in zip(head.weights, row, head.mean, head.scale, strict=True)
        )
        assert probability == pytest.approx(1 / (1 + np.exp(-(logit + head.bias))))


@given(arrays(float, 5, elements=st.floats(-1e6, 1e6)))
def test_no_logit_leaves_the_range_of_probabilities(logits):
    assert ((expit(logits) >= 0) & (expit(logits) <= 1)).all()


def test_a_head_keeps_to_its_model_and_its_prompt_format(head, model):
    head.require_writer(model, "x.npz")
    for other in (
        replace(model, sha256="b" * 64),
        replace(model, prompt_format="other"),
        replace(model, sha256=""),
    ):
        with pytest.raises(UsageError, match=r"x\.npz reads tiny .* came\..*train-head"):
            head.require_writer(other, "x.npz")


def test_a_policy_without_a_file_goes_by_its_name(head, model):
    info = HeadInfo(model="api", model_sha256="", prompt_format="")
    bound = Head(head.weights, head.mean, head.scale, 0.0, info)
    bound.require_writer(replace(model, name="api", sha256="", prompt_format=""), "x")
    with pytest.raises(UsageError):
        bound.require_writer(replace(model, name="another", sha256="", prompt_format=""), "x")


def rewritten(path, **changes):
    """Write a head's file again with other arrays; None leaves one out."""
    with np.load(path) as found:
        members = dict(found) | changes
    np.savez(path, **{name: value for name, value in members.items() if value is not None})
    return path


BROKEN = {
    "a member is missing": {"mean": None},
    "a vector has another length": {"mean": np.zeros(3)},
    "a number is not finite": {"weights": np.full(12, np.nan)},
    "the bias is not finite": {"bias": np.array(np.inf)},
    "a scale is zero": {"scale": np.zeros(12)},
    "a matrix": {"weights": np.zeros((12, 12))},
    "texts": {"weights": np.array(["x"] * 12)},
    "objects": {"weights": np.array([{}] * 12, dtype=object)},
    "no JSON": {"about": np.frombuffer(b"{", dtype=np.uint8)},
    "a field that nobody knows": {"about": np.frombuffer(b'{"x": 1}', dtype=np.uint8)},
    "a later format": {
        "about": np.frombuffer(
            b'{"format": 2, "model": "m", "model_sha256": "", "prompt_format": ""}', dtype=np.uint8
        )
    },
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_a_damaged_head_is_refused_in_one_line(head, tmp_path, changes):
    path = tmp_path / "head.npz"
    save_head(head, path)
    with pytest.raises(ModelError, match=r"head\.npz is not a value head: .+") as caught:
        load_head(rewritten(path, **changes))
    assert "\n" not in str(caught.value).strip()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 and then nothing"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "head.npz").write_bytes(content)
    with pytest.raises(ModelError, match="is not a value head"):
        load_head(tmp_path / "head.npz")


@given(st.data())
def test_a_file_with_flipped_bytes_is_refused_or_read_but_never_crashes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flipped")
    info = HeadInfo(model="m", model_sha256="s", prompt_format="p")
    path = folder / "head.npz"
    save_head(Head(np.ones(4), np.zeros(4), np.ones(4), 0.0, info), path)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    try:
        load_head(path)
    except ModelError as error:
        assert "head.npz" in str(error)


def test_a_missing_head_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.npz cannot be read: No such file"):
        load_head(tmp_path / "nowhere.npz")


def test_an_archive_that_unpacks_to_far_too_much_is_refused_before_it_does(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.npy", b"\0" * (65 << 20))
    (tmp_path / "head.npz").write_bytes(file.getvalue())
    with pytest.raises(ModelError, match="too large"):
        load_head(tmp_path / "head.npz")


def test_a_head_that_cannot_be_written_says_why(head, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        save_head(head, tmp_path / "file" / "head.npz")
