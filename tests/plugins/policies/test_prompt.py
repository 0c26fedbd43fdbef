"""A question as the model sees it: examples, a system turn, and what its own turn begins with."""

import pytest
from reasontree.core import Example, Problem
from reasontree.core.models import ModelFile, PromptFormat
from reasontree.core.prompt_changes import changed_prompt
from reasontree.plugins.models import prompts
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.policies.llama_cpp.prompt import render, render_follow_up

from .tiny_gguf import write_llama

CHAT = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
EXAMPLES = (Example("1 + 1?", "Step 1: 2"), Example("2 + 2?", "Step 1: 4"))


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    path = write_llama(tmp_path_factory.mktemp("chat"), chat=CHAT).path
    policy = LlamaCpp(LlamaCpp.Options(ctx=2048), ModelFile("tiny", path))
    yield policy
    policy.close()


@pytest.fixture
def model(opened):
    return opened.model


def test_examples_are_earlier_turns_and_the_lead_begins_the_models_own(model):
    prompt = PromptFormat(system="Be brief.", instruction="Go.", examples=EXAMPLES, lead="Step 1:")
    assert render(model, prompt, "3 + 3?") == (
        "<system>Be brief.<user>1 + 1?\nGo.<assistant>Step 1: 2"
        "<user>2 + 2?\nGo.<assistant>Step 1: 4<user>3 + 3?\nGo.<assistant>Step 1:"
    )
    assert render(model, PromptFormat(instruction=""), "3 + 3?") == "<user>3 + 3?<assistant>"


def test_the_users_next_words_come_without_the_examples(model):
    prompt = PromptFormat(system="Be brief.", examples=EXAMPLES, lead="Step 1:")
    assert render_follow_up(model, prompt, "Sure?") == "<user>Sure?<assistant>"


def test_examples_stand_in_a_template_as_the_question_does(model):
    prompt = PromptFormat("Solve.\n\n{examples}Q: {question}\nA:", examples=EXAMPLES)
    assert render(model, prompt, "3 + 3?") == (
        "Solve.\n\nQ: 1 + 1?\nA: Step 1: 2\n\nQ: 2 + 2?\nA: Step 1: 4\n\nQ: 3 + 3?\nA:"
    )
    lines = PromptFormat("{examples}{question}\n", examples=EXAMPLES[:1])
    assert render(model, lines, "3 + 3?") == "1 + 1?\nStep 1: 2\n\n3 + 3?\n"
    assert render(model, PromptFormat("{examples}Q: {question}"), "3 + 3?") == "Q: 3 + 3?"


def test_no_text_of_a_question_is_taken_for_a_place(model):
    prompt = PromptFormat("{examples}Q: {question}", examples=(Example("{question}", "{examples}"),))
    assert render(model, prompt, "{examples}?") == "Q: {question} {examples}\n\nQ: {examples}?"


def test_the_few_shot_prompt_of_base_models_can_be_said_with_examples(model):
    shown = prompts.few_shot().template.split("\n\n")[:-1]
    pairs = [each.removeprefix("Question: ").split("\nAnswer: ", 1) for each in shown]
    template = {"template": "{examples}Question: {question}\nAnswer:", "examples": pairs}
    said = changed_prompt(prompts.few_shot(), template, "x")
    assert render(model, said, "3 + 3?") == render(model, prompts.few_shot(), "3 + 3?")


def test_the_model_begins_where_the_lead_ends(tmp_path):
    path = write_llama(tmp_path, chat=CHAT).path
    policy = LlamaCpp(LlamaCpp.Options(ctx=512), ModelFile("tiny", path, prompt=PromptFormat(lead="So")))
    prompt = policy.render(Problem("1 + 1?"))
    assert prompt.text.endswith("<assistant>So")
    assert policy.info.prompt_format == PromptFormat(lead="So").digest
    policy.close()
