"""The parameters that llama.cpp is given, for machines that are not here."""

import os

import pytest
from reasontree.core.errors import UsageError
from reasontree.core.options import parse
from reasontree.plugins.policies.llama_cpp import library as binding
from reasontree.plugins.policies.llama_cpp.hardware import Hardware
from reasontree.plugins.policies.llama_cpp.policy import LlamaCppOptions, default_branches


@pytest.fixture
def with_gpus(monkeypatch):
    """Pretend that the build has a GPU back end."""
    monkeypatch.setattr(binding.library(), "llama_supports_gpu_offload", lambda: True)


def test_all_layers_go_to_a_gpu_where_the_build_has_one(with_gpus):
    assert Hardware().model_params().n_gpu_layers == -1
    assert Hardware(gpu_layers=12).model_params().n_gpu_layers == 12


def test_without_a_gpu_build_no_layer_is_asked_for(monkeypatch):
    monkeypatch.setattr(binding.library(), "llama_supports_gpu_offload", lambda: False)
    assert Hardware().model_params().n_gpu_layers == 0


def test_a_model_is_split_over_gpus_as_asked(with_gpus, monkeypatch):
    monkeypatch.setattr(binding.library(), "llama_max_devices", lambda: 4)
    params = Hardware(tensor_split=(3.0, 1.0), main_gpu=1).model_params()
    assert params.tensor_split[:4] == [3.0, 1.0, 0.0, 0.0]
    assert params.main_gpu == 1


def test_flash_attention_and_the_caches_type_are_passed_on():
    params = Hardware(flash_attention="on", kv_type="q8_0").context_params()
    assert (params.flash_attn_type, params.type_k, params.type_v) == (1, 8, 8)
    assert Hardware().context_params().flash_attn_type == -1


def test_threads_are_the_physical_cores_that_this_process_may_use(monkeypatch):
    assert Hardware(threads=3).context_params().n_threads == 3
    monkeypatch.setattr(binding.psutil, "cpu_count", lambda logical: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    assert binding.usable_cores() == 3
    monkeypatch.setattr(binding.psutil, "cpu_count", lambda logical: 2)
    assert Hardware().context_params().n_threads == 2


def test_a_gpu_takes_more_branches(with_gpus):
    assert default_branches() > 16


def test_options_become_hardware():
    options = parse("policy 'llama-cpp'", LlamaCppOptions, {"tensor_split": "3,1", "gpu_layers": "20"})
    assert options.hardware() == Hardware(gpu_layers=20, tensor_split=(3.0, 1.0))


@pytest.mark.parametrize("value", ["a,b", "1,,2", "-1,2"])
def test_a_split_that_is_no_list_of_parts_is_refused(value):
    with pytest.raises(UsageError, match="tensor_split"):
        parse("policy 'llama-cpp'", LlamaCppOptions, {"tensor_split": value})
