"""How a model is asked, from Python: what a spec says reaches the model and its trace, and is used again."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import reasontree
from reasontree.api.head_sampling import ChainSampler
from reasontree.api.prompt_files import read_examples, read_prompt
from reasontree.core import PromptFormat
from reasontree.core.errors import ReplayError, UsageError
from reasontree.core.prompt_changes import FIELDS, changed_prompt, plain_prompt
from reasontree.plugins.scorers.value_head import locations
from reasontree.plugins.scorers.value_head.head import Head, HeadInfo, save_head
from reasontree.store.database import open_database
from reasontree.store.schema import RunRow, SearchRow
from reasontree.store.traces import load_trace
from sqlalchemy import select, update

from ..plugins.policies.tiny_gguf import EMBEDDING, TURNS, write_gptneox, write_llama

SAID = {"system": "Be brief.", "examples": [("1 + 1?", "Step 1: 2")], "needs_content": True}
SMALL = {"strategy": "majority", "width": 2, "max_tokens": 12, "policy_options": {"ctx": 512}}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_llama(tmp_path_factory.mktemp("prompts"), chat=TURNS).path)


@pytest.fixture(autouse=True)
def no_heads(tmp_path, monkeypatch):
    monkeypatch.setattr(locations, "users_folder", lambda: tmp_path / "heads")


def settings_of(db, run=1):
    with open_database(db) as database, database.snapshot() as connection:
        return connection.execute(select(RunRow.settings).where(RunRow.id == run)).scalar_one()


def test_what_is_said_reaches_the_model_and_its_trace(db, model):
    result = reasontree.solve("3 + 3?", model=model, prompt=SAID, db=db, **SMALL)
    asked = changed_prompt(PromptFormat(), SAID, "x")
    assert result.spec.prompt == plain_prompt(asked)
    assert settings_of(db)["model"]["prompt_format"] == asked.digest
    trace = reasontree.load_trace(result.trace_id, db=db)
    assert trace.spec == result.spec
    with open_database(db) as database:
        text = load_trace(database, result.trace_id).prompt.text
    assert "Be brief." in text
    assert text.index("1 + 1?") < text.index("Step 1: 2") < text.index("3 + 3?")


def test_system_instruction_and_examples_are_words_of_their_own(model):
    spoken = {"system": "Be brief.", "instruction": "Go.", "examples": [("1 + 1?", "2")]}
    with reasontree.open(model=model, record=False, **spoken, **SMALL) as session:
        assert set(session.spec.prompt) == set(spoken)
        with pytest.raises(UsageError, match="'prompt' belongs to the open session"):
            session.solve("3 + 3?", system="Other.")


def test_a_prompt_may_be_a_files_path(tmp_path, model):
    (tmp_path / "prompt.toml").write_text('system = "Be brief."')
    result = reasontree.solve(
        "3 + 3?", model=model, prompt=tmp_path / "prompt.toml", instruction="", record=False, **SMALL
    )
    assert (result.spec.prompt["system"], result.spec.prompt["instruction"]) == ("Be brief.", "")


def test_a_policy_that_asks_in_its_own_way_takes_no_prompt():
    with pytest.raises(UsageError, match=r"'simulated' asks in its own way, and a prompt came \(system\)"):
        reasontree.open(policy="simulated", system="Be brief.")


def test_a_base_model_has_no_system_turn(tmp_path):
    path = write_gptneox(tmp_path).path
    with pytest.raises(UsageError, match="which has no place for 'system'"):
        reasontree.open(model=str(path), system="Be brief.", record=False, **SMALL)
    prompt = {"template": "{examples}Q: {question}\nA:", "examples": [("1 + 1?", "2")]}
    result = reasontree.solve("3 + 3?", model=str(path), prompt=prompt, record=False, **SMALL)
    assert result.spec.prompt["template"] == prompt["template"]


def test_the_same_run_can_be_resumed_and_go_on_from_a_replay(db, model):
    result = reasontree.solve("3 + 3?", model=model, prompt=SAID, db=db, **SMALL)
    with open_database(db) as database, database.transaction() as connection:
        connection.execute(update(SearchRow).values(stopped=None))
    (again,) = reasontree.resume(1, db=db)
    assert again.spec.prompt == result.spec.prompt
    assert list(again.tree) == list(result.tree)
    (wider,) = reasontree.replay(result.trace_id, width=3, model=model, record=False, db=db)
    assert wider.result.error is None
    assert len(list(wider.result.tree.ended)) == 3
    (other,) = reasontree.replay(result.trace_id, width=3, policy="simulated", record=False, db=db)
    assert "with another prompt" in str(other.result.error)


def test_a_run_whose_model_is_asked_otherwise_now_is_not_resumed(db, model):
    reasontree.solve("3 + 3?", model=model, db=db, **SMALL)
    with open_database(db) as database, database.transaction() as connection:
        settings = connection.execute(select(RunRow.settings)).scalar_one()
        settings["model"]["prompt_format"] = "0123456789abcdef"
        connection.execute(update(RunRow).values(settings=settings))
        connection.execute(update(SearchRow).values(stopped=None))
    with pytest.raises(ReplayError, match="with the prompt format 0123456789abcdef, and it is asked with"):
        reasontree.resume(1, db=db)


def test_a_head_of_another_format_is_refused_and_one_of_this_format_is_the_default(tmp_path, model):
    with reasontree.open(model=model, record=False, **SMALL) as session:
        plain = session.model
    sampler = ChainSampler(reasontree.RunSpec(model=model, prompt=SAID))
    assert sampler.model.prompt_format == changed_prompt(PromptFormat(), SAID, "x").digest
    head = Head(np.zeros(EMBEDDING), np.zeros(EMBEDDING), np.ones(EMBEDDING), 0.0, _info(plain))
    save_head(head, tmp_path / "plain.npz")
    options = {"scorers": {"value-head": {"head": str(tmp_path / "plain.npz")}}}
    with reasontree.open(model=model, record=False, **options, **SMALL):
        pass
    with pytest.raises(UsageError, match="prompt format"):
        reasontree.open(model=model, prompt=SAID, record=False, **options, **SMALL)
    own = replace(head, info=_info(replace(plain, prompt_format=sampler.model.prompt_format)))
    save_head(own, locations.path_for(replace(plain, prompt_format=sampler.model.prompt_format)))
    result = reasontree.solve("3 + 3?", model=model, prompt=SAID, record=False, **SMALL)
    assert result.spec.scorer == "value-head"
    assert reasontree.solve("3 + 3?", model=model, record=False, **SMALL).spec.scorer == "confidence"


def _info(model):
    return HeadInfo(model=model.name, model_sha256=model.sha256, prompt_format=model.prompt_format)


def test_the_prompt_file_of_the_documentation_is_one(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    (tmp_path / "prompt.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    prompt = changed_prompt(PromptFormat(), read_prompt(tmp_path / "prompt.toml"), "x")
    assert prompt.system.endswith("within \\boxed{}.")
    assert prompt.examples[0].solution.endswith("\\boxed{144}.")
    assert (prompt.delimiter, prompt.lead, prompt.needs_content) == ("\n", "Step 1:", True)
    fields = re.findall(r"^\| `(\w+)` \| .* \|$", page.partition("| field |")[2], re.M)
    assert set(fields) == set(FIELDS)


@pytest.mark.parametrize("name", ["examples.jsonl", "examples.toml"])
def test_examples_are_read_from_rows_and_tables(tmp_path, name):
    rows = [{"question": "1 + 1?", "solution": "Step 1: 2\nSo 2."}, {"question": "2?", "solution": "2"}]
    if name.endswith(".toml"):
        tables = (f"{key} = {json.dumps(value)}\n" for row in rows for key, value in row.items())
        text = "".join(f"[[examples]]\n{one}{other}" for one, other in zip(tables, tables, strict=True))
    else:
        text = "\n".join(map(json.dumps, rows)) + "\n\n"
    (tmp_path / name).write_text(text)
    assert read_examples(tmp_path / name) == rows


def test_a_spec_and_a_prompt_file_say_the_same(tmp_path):
    spec = reasontree.RunSpec(prompt=SAID)
    spec.write(tmp_path / "spec.toml")
    text = (tmp_path / "spec.toml").read_text().removeprefix("[prompt]\n")
    (tmp_path / "prompt.toml").write_text(text.replace("prompt.examples", "examples"))
    assert read_prompt(tmp_path / "prompt.toml") == spec.prompt


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "{", "line 1: JSON was wanted"),
        ("a.jsonl", '{"question": "a"}', "an example has a question and a solution"),
        ("a.jsonl", "", "has no examples"),
        ("a.toml", "x =", "is not TOML"),
        ("a.toml", "sistem = 1", "a prompt has .*, and not 'sistem'"),
        ("a.toml", "", "has no examples"),
        ("a.jsonl", "\udcff", "is not text in UTF-8"),
    ],
)
def test_a_file_that_holds_no_examples_is_named(tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=f"{name}.*{said}"):
        read_examples(tmp_path / name)
    with pytest.raises(UsageError, match=r"no prompt file .*none\.toml\. Formats with a name: worked-steps"):
        read_prompt(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_prompt(tmp_path)


def test_a_format_with_a_name_is_the_one_of_the_log():
    of_the_log = read_prompt(Path(__file__).parents[2] / "docs" / "log" / "prompts-1.5b" / "D4.toml")
    assert read_prompt("worked-steps") == of_the_log
