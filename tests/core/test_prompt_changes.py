"""What a user says of how a model is asked, as plain values, and a model's own format with it."""

import json

import pytest
from reasontree.core.errors import UsageError
from reasontree.core.models import DEFAULT_INSTRUCTION, Example, PromptFormat
from reasontree.core.prompt_changes import FIELDS, changed_prompt, check_prompt, plain_prompt
from reasontree.plugins import registry
from reasontree.plugins.models.prompts import few_shot

WHOLE = {
    "template": "",
    "instruction": "Go.",
    "system": "Be brief.",
    "delimiter": "\n",
    "stops": ["Q:"],
    "examples": [{"question": "1 + 1?", "solution": "Step 1: 2"}],
    "lead": "Step 1:",
    "step_start": "Step {n}:",
    "needs_content": True,
}
TODAY = {
    "qwen2.5-coder-0.5b-instruct": "b4e0a49d28c7c8ac",
    "qwen2.5-coder-1.5b-instruct": "b4e0a49d28c7c8ac",
    "smollm2-135m-instruct": "b4e0a49d28c7c8ac",
    "mistral-7b-v0.1": "0d9a741a0404e05e",
    "mistral-7b-instruct-v0.3": "b4e0a49d28c7c8ac",
    "llemma-7b": "e243e036eda3bac9",
    "llemma-metamath-7b": "ad51f5bba8d8fcdb",
    "pythia-410m": "0d9a741a0404e05e",
    "math-shepherd-mistral-7b-prm": "ad51f5bba8d8fcdb",
}


@pytest.mark.parametrize("name", TODAY)
def test_the_digests_that_heads_and_traces_are_bound_to_stay(name):
    assert registry().get("model", name).prompt.digest == TODAY[name]


def test_a_field_that_is_not_used_changes_no_digest_and_each_one_that_is_used_does():
    plain = PromptFormat()
    assert plain.digest == "b4e0a49d28c7c8ac"
    assert (
        changed_prompt(plain, dict.fromkeys(("template", "system", "lead", "step_start"), ""), "x") == plain
    )
    digests = {
        changed_prompt(plain, {name: WHOLE[name]}, "x").digest for name in FIELDS if name != "template"
    }
    assert len(digests | {plain.digest}) == len(FIELDS)


def test_a_format_and_its_plain_values_are_one():
    assert set(WHOLE) == set(FIELDS)
    changed = changed_prompt(PromptFormat(), WHOLE, "x")
    assert changed.template is None
    assert changed.examples == (Example("1 + 1?", "Step 1: 2"),)
    assert changed.stops == ("Q:",)
    assert plain_prompt(changed) == WHOLE
    assert json.loads(json.dumps(WHOLE)) == WHOLE
    for own in (PromptFormat(), few_shot(), changed):
        assert changed_prompt(own, plain_prompt(own), "x") == own
        assert changed_prompt(few_shot(), plain_prompt(own), "x") == own


def test_an_example_may_be_a_pair_or_a_record():
    for example in (("a", "b"), ["a", "b"], Example("a", "b"), {"question": "a", "solution": "b"}):
        assert check_prompt({"examples": [example]}) == {"examples": [{"question": "a", "solution": "b"}]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"systen": "x"}, "a prompt has template, .*, and not 'systen'"),
        ({"system": 3}, "system takes a text, and 3 came"),
        ({"stops": "x"}, "stops takes a list of texts"),
        ({"stops": [""]}, "stops takes a list of texts"),
        ({"examples": "x"}, "examples takes a list"),
        ({"examples": [["a"]]}, "an example has a question and a solution"),
        ({"examples": [{"question": "a"}]}, "an example has a question and a solution"),
        ({"examples": [["a", " "]]}, "question and solution are texts"),
        ({"template": "x"}, "template takes a text with {question}"),
        ({"template": "{question}{examples}"}, "behind the {examples}"),
        ({"needs_content": 1}, "needs_content takes true or false"),
        ({"step_start": "Step {n}"}, "step_start takes one {n}"),
    ],
)
def test_wrong_values_say_what_was_wanted(values, said):
    with pytest.raises(ValueError, match=said):
        check_prompt(values)


@pytest.mark.parametrize("name", ["system", "instruction", "lead"])
def test_a_template_refuses_what_it_would_leave_out(name):
    with pytest.raises(UsageError, match=f"'m' is asked by a template, which has no place for '{name}'"):
        changed_prompt(few_shot(), {name: "Do it."}, "'m'")
    assert changed_prompt(few_shot(), {"instruction": DEFAULT_INSTRUCTION}, "'m'") == few_shot()


def test_examples_need_a_place_in_a_template():
    examples = [["1 + 1?", "2"]]
    with pytest.raises(UsageError, match="no place for examples") as error:
        changed_prompt(few_shot(), {"examples": examples}, "'m'")
    assert "{examples}" in str(error.value.hint)
    changed_prompt(few_shot(), {"examples": examples, "template": "{examples}Q: {question}"}, "'m'")
