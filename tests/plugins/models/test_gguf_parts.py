"""Models in several files: they count as one, and none may be missing."""

import hashlib
import shutil

import pytest
from reasontree.core.errors import ModelError
from reasontree.core.models import ModelFile
from reasontree.plugins import registry
from reasontree.plugins.models.gguf_reader import read_header
from reasontree.plugins.models.resolve import open_path
from reasontree.plugins.policies.llama_cpp import LlamaCpp

from ..policies.tiny_gguf import write_llama


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_llama(tmp_path_factory.mktemp("whole")).path


@pytest.fixture(params=[3, 8])
def parts(request, tmp_path):
    write_llama(tmp_path, tensors_a_file=request.param)
    return sorted(tmp_path.glob("*.gguf"))


def test_the_figures_of_a_split_model_are_those_of_the_whole_one(whole, parts):
    split, one = read_header(parts[0]), read_header(whole)
    assert split.parts == tuple(parts)
    assert split.n_bytes == sum(part.stat().st_size for part in parts)
    assert (split.n_parameters, split.n_multiplied) == (one.n_parameters, one.n_multiplied)
    assert split.flops_per_token == one.flops_per_token
    assert one.parts == ()


def test_a_split_model_runs_as_the_whole_one_does(whole, parts, cache):
    file = open_path(parts[0], registry())
    assert file.name == "tiny-llama"
    digests = "".join(hashlib.sha256(part.read_bytes()).hexdigest() for part in parts)
    assert file.sha256 == hashlib.sha256(digests.encode()).hexdigest()
    policies = [LlamaCpp(LlamaCpp.Options(ctx=256), each) for each in (file, ModelFile("tiny-llama", whole))]
    split, one = (policy.info for policy in policies)
    assert (split.parameters, split.layers, split.width) == (one.parameters, one.layers, one.width)
    for policy in policies:
        policy.close()


def test_another_last_part_is_another_model(parts, cache):
    before = open_path(parts[0], registry()).sha256
    data = bytearray(parts[-1].read_bytes())
    data[-1] ^= 1
    parts[-1].write_bytes(data)
    assert open_path(parts[0], registry()).sha256 != before


@pytest.mark.parametrize("i", [1, -1])
def test_a_part_that_is_missing_or_cut_off_is_named(parts, i):
    data = parts[i].read_bytes()
    parts[i].write_bytes(data[:-40])
    with pytest.raises(ModelError, match=f"{parts[i].name} is truncated"):
        read_header(parts[0])
    parts[i].unlink()
    with pytest.raises(ModelError, match=f"no {parts[i].name} beside it"):
        read_header(parts[0])


def test_only_the_first_part_names_a_model(parts, tmp_path):
    with pytest.raises(ModelError, match=f"Name {parts[0]}"):
        read_header(parts[1])
    other = tmp_path / "model.gguf"
    shutil.copy(parts[0], other)
    with pytest.raises(ModelError, match="its name does not say which"):
        read_header(other)
