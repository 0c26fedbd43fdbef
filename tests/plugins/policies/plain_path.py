"""The plain path, which the engine is compared with: one sequence in a fresh context, a token at a time.

Where a branch's cells lie moves single logits of a 4-bit model by a few tenths; a wrong prefix moves them by
several nats. So means and correlations are the measure, never equality.
"""

import numpy as np
from reasontree.core import Limits, ProposeRequest, Sampling, Step
from reasontree.core.ledger import Ledger
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span

MAX_DIFFERENCE = 0.05  # nats, mean over tokens
MIN_CORRELATION = 0.99  # of the logits at one position


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
        ledger=options.pop("ledger", Ledger()),
    )


def finish(engine, *requests):
    """Run requests to their end and return the steps by (search, position, child)."""
    for request in requests:
        engine.propose(request)
    n_children = sum(len(request.seeds) for request in requests)
    found = {}
    while len(found) < n_children:
        found |= {(p.search, p.position, p.child): p.steps for p in engine.tick()}
    return found


def tokens_of(steps):
    return [token for step in steps for token in step.tokens]


def logprobs_of(steps):
    return [logprob for step in steps for logprob in step.logprobs]


def plain_rows(model, tokens, first):
    """Yield the logits (one float per token of the vocabulary) behind each token from `first` on."""
    context = Context(model, ContextSize(512, 256, 1))
    everything = range(model.n_vocab)
    for position, token in enumerate(tokens):
        context.decode([Span(0, position, [token], [0])])
        if position >= first:
            yield np.array(context.logits(0, everything, normalised=False))
    context.close()


def plain_logprobs(model, prompt, tokens):
    """Return the log-probabilities of `tokens` after `prompt`."""
    rows = plain_rows(model, [*prompt, *tokens][:-1], len(prompt) - 1)
    return np.array([logprob(row, token) for row, token in zip(rows, tokens, strict=True)])


def logprob(row, token):
    top = row.max()
    return row[token] - top - np.log(np.exp(row - top).sum())


def assert_as_plain(model, chains):
    """Compare the log-probabilities of chains, each (prompt tokens, steps), with the plain path."""
    differences = [
        np.abs(logprobs_of(steps) - plain_logprobs(model, prompt, tokens_of(steps)))
        for prompt, steps in chains
        if steps
    ]
    mean = np.concatenate(differences).mean()
    assert mean <= MAX_DIFFERENCE, f"mean difference {mean:.3f} nats"
