"""How published reward models are shown a solution: the texts of their own pages, to the letter."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.errors import UsageError
from reasontree.core.models import ModelFile
from reasontree.plugins.models.catalog import register_models
from reasontree.plugins.scorers.prm_formats import PRESETS
from reasontree.plugins.scorers.token_prm import TokenPrm, format_of

SHEPHERD, RLHFLOW, LLEMMA = (PRESETS[name] for name in ("math-shepherd", "rlhflow", "rebase-llemma"))
QUESTION = "Janet\u2019s ducks lay 16 eggs per day. How much does she make?"
STEPS = (
    "Janet's ducks lay 16 eggs per day.",
    "She eats three for breakfast every morning, so she has 16 - 3 = 13 eggs left.",
    "She makes 9 * $2 = $18 every day at the farmers' market. The answer is: 18",
)
# Question, space, "Step 1: ... ки", line break: the example of the model card, shortened.
PUBLISHED = (
    "Janet\u2019s ducks lay 16 eggs per day. How much does she make? "
    "Step 1: Janet's ducks lay 16 eggs per day. ки\n"
    "Step 2: She eats three for breakfast every morning, so she has 16 - 3 = 13 eggs left. ки\n"
    "Step 3: She makes 9 * $2 = $18 every day at the farmers' market. The answer is: 18 ки"
)


def options(**given):
    return TokenPrm.Options(model="x", **given)


def model(preset=""):
    return ModelFile("x", Path("x.gguf"), preset=preset)


@pytest.mark.parametrize(
    "written",
    [
        STEPS,
        [f"{step}\n\n" for step in STEPS],
        [f"Step {number}: {step} ки\n" for number, step in enumerate(STEPS, 1)],
        [*STEPS, "\n"],
        [f"{step}\nStep {number}:" for number, step in enumerate(STEPS, 2)],
    ],
    ids=[
        "bare",
        "with a delimiter",
        "as the authors' policy writes them",
        "with an empty last step",
        "ended by the next label",
    ],
)
def test_math_shepherd_sees_what_its_model_card_shows(written):
    assert SHEPHERD.tagged(QUESTION, SHEPHERD.clean(written)) == PUBLISHED


def test_math_shepherds_tokens_are_those_of_its_model_card():
    assert (SHEPHERD.tag_id, SHEPHERD.good_id, SHEPHERD.bad_id) == (12902, 648, 387)
    assert (SHEPHERD.tag.strip(), SHEPHERD.good, SHEPHERD.bad) == ("ки", "+", "-")
    assert SHEPHERD.readout == "softmax"


def test_the_rebase_authors_model_sees_question_and_solution_on_lines_of_their_own():
    text = LLEMMA.tagged(QUESTION, LLEMMA.clean(STEPS))
    assert text == PUBLISHED.replace("make? Step 1", "make?\nStep 1")
    assert (LLEMMA.readout, LLEMMA.tag_id) == ("mean", 8094)  # rebase.py: logits_require_id


def test_rlhflows_model_sees_each_step_as_a_turn_and_a_plus_after_each_earlier_one():
    assert RLHFLOW.turns(QUESTION, RLHFLOW.clean(f"{step}\n\n" for step in STEPS)) == [
        ("user", f"{QUESTION} {STEPS[0]}"),
        ("assistant", "+"),
        ("user", STEPS[1]),
        ("assistant", "+"),
        ("user", STEPS[2]),
    ]
    assert (RLHFLOW.layout, RLHFLOW.readout) == ("chat", "softmax")
    assert (RLHFLOW.good_id, RLHFLOW.bad_id) == (10, 12)  # "+" and "-" in Llama 3's vocabulary


@given(st.lists(st.text(st.characters(exclude_characters="ки"), max_size=12), max_size=6))
def test_the_text_of_a_prefix_is_a_prefix_of_the_text(steps):
    clean = SHEPHERD.clean(steps)
    for n in range(1, len(clean)):
        assert SHEPHERD.tagged(QUESTION, clean).startswith(SHEPHERD.tagged(QUESTION, clean[:n]))
        assert RLHFLOW.turns(QUESTION, clean)[: 2 * n - 1] == RLHFLOW.turns(QUESTION, clean[:n])


def test_braces_in_question_and_steps_are_text():
    assert SHEPHERD.tagged("{step}{x}", ["{number}{question}"]) == "{step}{x} Step 1: {number}{question} ки"


def test_the_catalog_says_how_its_reward_models_are_asked():
    presets = {entry.name: entry.preset for entry in register_models() if entry.role == "prm"}
    assert presets == {
        "math-shepherd-mistral-7b-prm": "math-shepherd",
        "llama3.1-8b-prm-deepseek-data": "rlhflow",
        "llemma-reward-model": "rebase-llemma",
        "qwen2.5-math-prm-7b": "qwen2.5-math-prm",
        "skywork-o1-prm-7b": "skywork-o1-prm",
        "skywork-o1-prm-1.5b": "skywork-o1-prm",
    }


def test_the_preset_is_the_models_unless_one_is_named():
    assert format_of(options(), model("rlhflow")) == RLHFLOW
    assert format_of(options(preset="math-shepherd"), model("rlhflow")) == SHEPHERD


def test_an_option_changes_its_part_of_the_preset_and_drops_the_published_token():
    changed = format_of(options(preset="math-shepherd", good=" yes", readout="sigmoid"), model())
    assert (changed.good, changed.good_id, changed.readout) == (" yes", None, "sigmoid")
    assert (changed.bad_id, changed.tag_id, changed.step) == (387, 12902, SHEPHERD.step)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "preset: math-shepherd, rlhflow, rebase-llemma, qwen2.5-math-prm, skywork-o1-prm, or custom"),
        ({"preset": "custom"}, "step tag"),
        ({"preset": "math-shepherd", "question": "Q"}, "'question' of scorer 'token-prm' needs {question}"),
        ({"preset": "math-shepherd", "step": "S"}, "'step' of scorer 'token-prm' needs {step}"),
    ],
)
def test_a_format_that_cannot_be_read_is_refused(given, said):
    with pytest.raises(UsageError) as refused:
        format_of(options(**given), model())
    assert said in str(refused.value)
