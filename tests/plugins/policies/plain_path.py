"""The plain path, which the engine is compared with: one sequence in a fresh context.

Its text is run in one batch: the logits are those of a token at a time, which would take far longer.

Where a branch's cells lie moves single logits of a 4-bit model by a few tenths; a wrong prefix moves them by
several nats. So means and correlations are the measure, never equality.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from reasontree.core import Limits, Proposal, ProposeRequest, Sampling, Step, Usage
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.policies.llama_cpp.library import library

MAX_DIFFERENCE = 0.05  # nats, mean over tokens
MIN_CORRELATION = 0.99  # of the logits at one position


class Claim(NamedTuple):
    """What an engine says of a text from `tokens[first]` on.

    Attributes:
        logprobs: Of each of these tokens in turn, given all before it (nats); there may be fewer than tokens.
        logits: Of the tokens `some_tokens` before each of them: (tokens, some tokens); or none.
    """

    tokens: tuple[int, ...]
    first: int
    logprobs: Sequence[float]
    logits: Sequence[Sequence[float]] = ()


class Agreement(NamedTuple):
    """How claims agree with the plain path: differences in nats by token, correlations by position."""

    differences: np.ndarray
    correlations: np.ndarray


def sampled(steps):
    """The steps without the tokens that were given to them."""
    return [Step(step.text, step.tokens[step.n_given :], step.logprobs) for step in steps]


def request_for(model, text, *, seeds=(1,), until="end", search=0, steps=(), **options):
    """An expansion of a prompt, or of the node that `steps` lead to."""
    prompt = Step(text, tuple(model.tokenize(text, special=False, begin=True)))
    return ProposeRequest(
        search=search,
        round=options.pop("round", 1),
        position=options.pop("position", 0),
        prefix=(prompt, *steps),
        seeds=tuple(seeds),
        until=until,
        sampling=options.pop("sampling", Sampling(temperature=1.0)),
        limits=options.pop("limits", Limits(max_tokens=24)),
        **options,
    )


class Found(dict):
    """The steps of children, and what it took to get them: in all, and by search."""

    def __init__(self):
        super().__init__()
        self.usage = Usage()
        self.usage_of = defaultdict(Usage)

    def take(self, handed, key):
        """Take what an engine handed in, each child under its key."""
        for each in handed:
            self.usage += each.usage
            self.usage_of[each.search] += each.usage
            if isinstance(each, Proposal):
                self[key(each)] = each.steps


def finish(engine, *requests):
    """Run requests to their end and return the steps by (search, position, child), with what they took."""
    for request in requests:
        engine.propose(request)
    n_children = sum(len(request.seeds) for request in requests)
    found = Found()
    while len(found) < n_children:
        found.take(engine.tick(), lambda p: (p.search, p.position, p.child))
    return found


def tokens_of(steps):
    return [token for step in steps for token in step.tokens]


def logprobs_of(steps):
    return [logprob for step in steps for logprob in step.logprobs]


def some_tokens(model):
    """The sample of the vocabulary whose logits are compared."""
    return tuple(range(0, model.n_vocab, 97))


def plain_rows(model, tokens, first, hardware=None) -> np.ndarray:
    """Compute the logits behind each token from `first` on: (tokens, vocabulary)."""
    context = Context(model, ContextSize(n_cells=512, n_batch=256, n_seqs=256), hardware)
    context.decode([Span(0, 0, tokens, range(first, len(tokens)))])
    shape = len(tokens) - first, model.n_vocab
    rows = np.ctypeslib.as_array(library().llama_get_logits(context.pointer), shape).copy()
    context.close()
    return rows


def logprob(row, token):
    top = row.max()
    return float(row[token] - top - np.log(np.exp(row - top).sum()))


def claim_of(prompt, steps):
    """What the engine says of the tokens that it sampled."""
    return Claim((*prompt, *tokens_of(steps)), len(prompt), logprobs_of(steps))


def agreement(model, claims: Sequence[Claim], hardware=None) -> Agreement:
    """Compare claims with the plain path."""
    found = []
    for text, group in _by_longest_text(claims):
        first = min(claim.first for claim in group)
        rows = plain_rows(model, text[:-1], first - 1, hardware)
        found += [compare(model, claim, rows[claim.first - first :]) for claim in group]
    return Agreement(*map(np.concatenate, zip(*found, strict=True)))


def _by_longest_text(claims):
    """Group claims whose texts are beginnings of one text, so that the plain path runs it once."""
    groups = {}
    for claim in sorted(claims, key=lambda claim: len(claim.tokens), reverse=True):
        texts = (text for text in groups if text[: len(claim.tokens)] == claim.tokens)
        groups.setdefault(next(texts, claim.tokens), []).append(claim)
    return groups.items()


def compare(model, claim: Claim, rows: np.ndarray) -> Agreement:
    """Compare a claim with the plain logits before each of its tokens."""
    some = list(some_tokens(model))
    told = zip(claim.tokens[claim.first :], claim.logprobs, rows, strict=False)
    heard = zip(claim.logits, rows, strict=False)
    return Agreement(
        np.array([abs(found - logprob(row, token)) for token, found, row in told]),
        np.array([np.corrcoef(found, row[some])[0, 1] for found, row in heard]),
    )


def assert_agree(found: Agreement) -> None:
    mean = found.differences.mean()
    assert mean <= MAX_DIFFERENCE, f"mean difference {mean:.3f} nats"
    worst = found.correlations.min(initial=1.0)
    assert worst >= MIN_CORRELATION, f"correlation {worst:.3f}"


def assert_as_plain(model, chains):
    """Compare the log-probabilities of chains, each (prompt tokens, steps), with the plain path."""
    assert_agree(agreement(model, [claim_of(prompt, steps) for prompt, steps in chains if steps]))
