"""A conversation with a real chat model, and with tiny ones: what is read is what its template would show."""

import pytest
from reasontree.core import ROOT, End, Expansion, Limits, Problem, Sampling, Step
from reasontree.core.models import ModelFile, PromptFormat
from reasontree.core.search import Search
from reasontree.plugins import registry
from reasontree.plugins.models.resolve import resolve
from reasontree.plugins.policies.llama_cpp import LlamaCpp, conversation, render_chat
from reasontree.plugins.policies.llama_cpp.prompt import Turn, render_follow_up

from .plain_path import assert_as_plain
from .tiny_gguf import TURNS, write_llama

QUESTION = "A pen costs 3 dollars. How much do 4 pens cost?"
SAYS, BEGINS = "Are you sure? Check it once more.", "Let me check:\n\n4 pens"


@pytest.fixture
def file(small_model):
    return resolve(small_model, registry())


@pytest.fixture
def policy(file):
    opened = LlamaCpp(LlamaCpp.Options(ctx=4096, branches=8), file)
    yield opened
    opened.close()


@pytest.fixture
def tiny(tmp_path):
    """A tiny chat model, whose solutions end by a token."""
    opened = LlamaCpp(LlamaCpp.Options(ctx=2048), ModelFile("tiny", write_llama(tmp_path, chat=TURNS).path))
    yield opened
    opened.close()


class Twice:
    """Solves, and asks about the first solution twice in two ways."""

    name, max_rounds_in_flight, is_done, vote = "twice", 1, False, "majority"

    def select(self, tree):
        if len(tree) == 1:
            return [Expansion(ROOT, 4, "end")]
        if max(node.round for node in tree) > 1 or not tree.solutions:
            return []
        first = tree.solutions[0].id
        greedy = Sampling(temperature=0)
        return [
            Expansion(first, 2, "end", says=SAYS),
            Expansion(first, 2, "step", says=SAYS, begins=BEGINS, sampling=greedy),
        ]


def spelled(model, tokens):
    """The tokens with special ones as a template writes them."""
    return "".join(model.special_text(token) for token in tokens)


@pytest.mark.model
def test_a_solution_that_is_refined_is_read_as_the_chat_template_shows_it(file, policy, run_of):
    limits = Limits(max_tokens=160, max_step_tokens=80)
    search = Search(Problem(QUESTION, "12"), Twice(), seed=3, limits=limits)
    (finished,) = run_of(policy).searches([search])
    tree, model = finished.search.tree, policy.model
    assert finished.search.error is None
    solution = tree.solutions[0]
    replies = [node for node in tree if node.step.said]
    assert [node.parent for node in replies] == [solution.id] * 4
    words = replies[0].step.tokens[: replies[0].step.n_said]
    read = conversation(model, (*tree.steps(solution.id), Step("", words, said=SAYS)))
    turns = [Turn("system", file.prompt.system)] if file.prompt.system else []
    turns += [Turn("user", f"{QUESTION}\n{file.prompt.instruction}".strip())]
    turns += [Turn("assistant", tree.text(solution.id)), Turn("user", SAYS)]
    assert spelled(model, read) == render_chat(model, turns).text
    chains = []
    for node in (each for each in tree.ended if len(tree.transcript(each.id)) > 1):
        first, *others = tree.steps(node.id)[len(tree.path(solution.id)) :]
        prefix = (*read, *first.tokens[first.n_said : first.n_given])
        chains.append((prefix, [Step("", first.tokens[first.n_given :], first.logprobs), *others]))
    assert_as_plain(model, chains)
    one, other = (node for node in replies if node.step.text.startswith(BEGINS))
    assert one.step.tokens == other.step.tokens  # greedy, unlike the search
    assert replies[0].step.tokens != replies[1].step.tokens


def test_words_that_hold_the_place_of_the_reply_are_shown_whole(tiny):
    says = "Look: \N{WHITE SMILING FACE}\N{WHITE SMILING FACE} and on"
    rendered = render_follow_up(tiny.model, PromptFormat(), says).text
    assert says in rendered
    assert rendered == render_follow_up(tiny.model, PromptFormat(), "Look: x and on").text.replace(
        "Look: x and on", says
    )


def test_the_token_that_ended_a_turn_goes_wherever_the_user_speaks(tiny):
    model = tiny.model
    end = next(token for token in range(model.n_vocab) if model.ends(token))
    stopped, reply = Step("", (7, end), end=End.STOP), Step("", (8, 9, end), end=End.STOP, said="Why?")
    assert conversation(model, (stopped,)) == (7, end)
    assert conversation(model, (stopped,), goes_on=True) == (7,)
    assert conversation(model, (stopped, reply)) == (7, 8, 9, end)
    assert conversation(model, (stopped, reply, reply), goes_on=True) == (7, 8, 9, 8, 9)
    assert conversation(model, (Step("", (7,)), reply)) == (7, 8, 9, end)
    assert conversation(model, (), goes_on=True) == ()
