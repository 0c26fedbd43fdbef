"""The token PRM on tiny random models: its scores are the plain path's, at the price of the new steps."""

import math
from dataclasses import replace

import numpy as np
import pytest
from reasontree.core import Allowance, Scores, Step, Usage
from reasontree.core.errors import ModelError, UsageError
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp import Model
from reasontree.plugins.scorers.prm_formats import PRESETS
from reasontree.plugins.scorers.token_prm import TokenPrm, format_of, tokens_of

from ..policies.tiny_gguf import write_llama
from .conftest import QUESTION

STEPS = ("we two", "so the answer", "then two and two is it", "the answer is two")
WORDS = {"llama": {"good": "is", "bad": "so"}, "gptneox": {"good": "+", "bad": "-"}}
CHAIN = [STEPS[:n] for n in range(1, len(STEPS) + 1)]


@pytest.fixture
def prm(tiny):
    """Make token PRMs on a tiny model, and close them."""
    made = []

    def make(family="llama", **options):
        options = {"preset": "custom", "tag": " step", "ctx": 2048, **WORDS[family], **options}
        made.append(TokenPrm(TokenPrm.Options(model="tiny", **options), None, tiny[family]))
        return made[-1]

    yield make
    for each in made:
        each.close()


def plain_score(plain_logits, file, options, steps):
    """Read one text in one go and apply the readout's formula to its last logits."""
    model = Model(file)
    format = format_of(TokenPrm.Options(model="tiny", preset="custom", **options), file)
    logits = plain_logits(file, tokens_of(model, format, QUESTION, steps))
    good, bad = (model.tokenize(options[name], special=True, begin=False)[0] for name in ("good", "bad"))
    model.close()
    return {
        "softmax": math.exp(logits[good]) / (math.exp(logits[good]) + math.exp(logits[bad])),
        "sigmoid": 1 / (1 + math.exp(-logits[good])),
        "mean": 1 / (1 + math.exp(-np.mean(logits))),
    }[format.readout]


@pytest.mark.parametrize("readout", ["softmax", "sigmoid", "mean"])
@pytest.mark.parametrize(("family", "layout"), [("llama", "tag"), ("gptneox", "tag"), ("llama", "chat")])
def test_scores_are_those_of_the_plain_path(
    prm, tiny, plain_logits, request_of, scores_of, family, layout, readout
):
    options = {"layout": layout, "readout": readout, "tag": " step", **WORDS[family]}
    siblings = [[*STEPS[:2], text] for text in ("we", "two", "is it")]
    paths = [*CHAIN, *siblings]
    (found,) = scores_of(prm(family, **options), request_of(paths)).values()
    expected = [plain_score(plain_logits, tiny[family], options, path) for path in paths]
    assert list(found) and [found[n] for n in range(1, len(paths) + 1)] == pytest.approx(expected, abs=2e-3)
    assert max(expected) - min(expected) > 4e-3  # so that another position's score would be seen


def test_a_reply_is_read_as_a_solution_of_its_own(prm, request_of, scores_of):
    reply = Step(STEPS[2], (1, 2, 3), said="Why?", n_given=1, n_said=1)
    paths = [(Step(STEPS[0]), reply), (Step(STEPS[0]), reply, Step(STEPS[3])), STEPS[2:3], STEPS[2:]]
    (found,) = scores_of(prm(), request_of(paths)).values()
    assert (found[1], found[2]) == (found[3], found[4])


def total(usages):
    """Add up what was spent."""
    return sum(usages, Usage())


def test_a_chain_is_read_in_one_pass(prm, shown, request_of, scores_of):
    scores_of(prm(), request_of(CHAIN), spent=(spent := []))
    assert total(spent).tokens.scored == len(shown(STEPS))


@pytest.fixture
def shown(tiny):
    """The tokens that the tiny PRM sees of some steps."""
    options = TokenPrm.Options(model="tiny", preset="custom", tag=" step", **WORDS["llama"])
    model = Model(tiny["llama"])
    yield lambda steps: tokens_of(model, format_of(options, tiny["llama"]), QUESTION, steps)
    model.close()


def test_a_step_costs_its_own_tokens_and_the_question_is_read_once(prm, shown, request_of, scores_of):
    scorer, spent, read = prm(), [], []
    for n in range(1, len(STEPS) + 1):
        scores_of(scorer, request_of([STEPS[:n]], round=n), spent=spent)
        read.append(total(spent).tokens.scored)
    assert read == [len(shown(path)) for path in CHAIN]


def test_what_siblings_share_is_computed_once(prm, shown, request_of, scores_of):
    request = request_of([[text] for text in ("we two", "is it", "answer then")])
    scores_of(prm(), request, spent=(spent := []))
    texts = [shown(path) for path in (["we two"], ["is it"], ["answer then"])]
    distinct = {text[:n] for text in texts for n in range(1, len(text) + 1)}
    assert total(spent).tokens.scored == len(distinct) < sum(map(len, texts)) / 2


def test_its_work_is_booked_as_the_scorers(prm, request_of, scores_of):
    scores_of(prm(), request_of(CHAIN), spent=(spent := []))
    usage = total(spent)
    assert usage.flops.scorer > 0
    assert (usage.flops.policy, usage.tokens.generated, usage.tokens.prompt) == (0, 0, 0)


def test_searches_side_by_side_do_not_mix(prm, request_of, scores_of):
    paths = [*CHAIN, ["is it"], ["we two", "is it"]]
    (together,) = scores_of(prm(), request_of(paths)).values()
    apart = scores_of(prm(), *(request_of([path], search=n) for n, path in enumerate(paths)))
    expected = list(dict(sorted(together.items())).values())
    assert [apart[n, 1][1] for n in range(len(paths))] == pytest.approx(expected, abs=2e-3)
    assert max(expected) - min(expected) > 4e-3


def test_an_empty_step_has_the_score_of_the_step_before_it(prm, request_of, scores_of):
    paths = [[""], [*STEPS[:2]], [*STEPS[:2], " \n"]]
    (found,) = scores_of(prm(), request_of(paths)).values()
    assert set(found) == {2, 3}
    assert found[2] == found[3]


def test_a_text_longer_than_the_context_has_no_score(prm, request_of, scores_of):
    paths = [["the answer " * 300], ["the answer"]]
    (found,) = scores_of(prm(), request_of(paths)).values()
    assert set(found) == {2}


def test_a_search_that_ended_leaves_no_cells(prm, request_of, scores_of):
    class Ended:
        number = 0

    scorer = prm()
    scores_of(scorer, request_of(CHAIN))
    engine = scorer._open.engine
    assert engine.sequences.n_cells > 0
    scorer.score([request_of([STEPS[1:]], round=2)])
    scorer.search_finished(Ended())
    assert engine.sequences.n_cells == 0
    assert scorer.score([]) == []


@pytest.mark.parametrize(("left", "n_scored"), [(Allowance(tokens=0), 4), (Allowance(flops=0), 0)])
def test_what_a_budget_of_tokens_bought_is_still_scored(prm, request_of, scores_of, left, n_scored):
    (found,) = scores_of(prm(), request_of(CHAIN, allowance=left)).values()
    assert len(found) == n_scored


def test_a_search_that_was_cut_is_answered_with_the_scores_that_there_are(prm, request_of):
    scorer = prm(batch=32)
    handed = list(scorer.score([request_of([["the answer " * 30]])]))
    assert not any(isinstance(each, Scores) for each in handed)  # one batch does not hold it
    scorer.cut(0)
    scorer.cut(99)
    while not any(isinstance(each, Scores) for each in handed):
        handed += scorer.score([])
    (found,) = (each for each in handed if isinstance(each, Scores))
    assert found.by_node == {}
    assert 0 < sum(each.usage.tokens.scored for each in handed) < 60


# Where these tokens lie in the vocabularies of Mistral 7B v0.1 and of Llama 2, which Llemma has.
REAL = {
    "math-shepherd": {387: "▁-", 648: "▁+", 1107: "ки", 12902: "▁ки"},
    "rebase-llemma": {448: "▁-", 718: "▁+", 1768: "ки", 8094: "▁ки"},
}


@pytest.mark.parametrize("preset", REAL)
def test_a_preset_reads_the_published_tokens_where_they_are(
    tmp_path, plain_logits, request_of, scores_of, preset
):
    file = ModelFile("real", write_llama(tmp_path, more=REAL[preset]).path, preset=preset)
    scorer = TokenPrm(TokenPrm.Options(model="real", ctx=1024), None, file)
    (found,) = scores_of(scorer, request_of(CHAIN)).values()
    scorer.close()
    model, format = Model(file), PRESETS[preset]
    texts = [tokens_of(model, format, QUESTION, path) for path in CHAIN]
    model.close()
    tags = [position for position, token in enumerate(texts[-1]) if token == format.tag_id]
    assert tags == [len(text) - 1 for text in texts]
    for node, text in enumerate(texts, start=1):
        logits = plain_logits(file, text)
        odds = logits[648] - logits[387] if preset == "math-shepherd" else np.mean(logits)
        assert found[node] == pytest.approx(1 / (1 + math.exp(-odds)), abs=2e-3)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_on_another_vocabulary_is_refused_in_one_line(tiny, preset):
    with pytest.raises(UsageError) as refused:
        TokenPrm(TokenPrm.Options(model="tiny", preset=preset, ctx=512), None, tiny["gptneox"])
    assert "tiny-gptneox" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_word_of_several_tokens_is_refused(prm):
    with pytest.raises(UsageError, match="'wonderful' is"):
        prm(good="wonderful")


def test_a_chat_format_needs_a_chat_template(prm, request_of):
    scorer = prm("gptneox", layout="chat")
    with pytest.raises(ModelError, match="has no chat template"):
        scorer.score([request_of(CHAIN)])


def test_a_missing_file_is_refused(tiny, tmp_path):
    gone = replace(tiny["llama"], path=tmp_path / "gone.gguf")
    with pytest.raises(ModelError, match="does not exist"):
        TokenPrm(TokenPrm.Options(model="gone", preset="custom", tag=" step"), None, gone)
