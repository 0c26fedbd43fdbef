"""A recorded search whose every text wants to do harm."""

from __future__ import annotations

import pytest
from reasontree.core import ROOT, End, Expansion, Problem, Prompt, Proposal, Step
from reasontree.core.records import ModelInfo
from reasontree.core.search import Search
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.store.database import open_database
from reasontree.store.recorder import Recorder

from ...recorded import record_of

HOSTILE = (
    "</script><script>window.harm = 1</script>",
    "<img src=x onerror='window.harm = 1'><svg onload=window.harm=1>",
    "\x1b[2J\x1b[31mred\x07 [bold]markup[/bold]",
    "a NUL \x00 and half a pair \ud800 and \u2028 and \u202egnp.exe",
    '{{ data }} "quotes" \\back\\slash\\n &amp; ]]> <!--',
    "long " * 200_000,
)
SAID = "".join(HOSTILE[:-1])  # by the user, that is by a strategy that quotes a model


class Hostile:
    """A policy whose steps are what a page and a terminal must survive."""

    name = "hostile"
    info = ModelInfo("<b>model</b>")
    takes_turns = True

    def render(self, problem):
        return Prompt(problem.text)

    def propose(self, requests):
        return [
            Proposal(request.search, request.round, request.position, child, (self._step(request, child),))
            for request in requests
            for child in range(len(request.seeds))
        ]

    def release(self, search):
        pass

    def close(self):
        pass

    def _step(self, request, child):
        is_last = len(request.prefix) > 1
        text = HOSTILE[child % len(HOSTILE)] + (": 42<script>window.harm = 1</script>" if is_last else "")
        end, logprobs = End.STOP if is_last else None, (-0.1, -0.2 - child / 4)
        if request.says:
            return Step(text, (0, 1, 2), logprobs, end, said=request.says, n_given=1, n_said=1)
        return Step(text, (1, 2), logprobs, end)


@pytest.fixture
def hostile(tmp_path, run_of, scripted, no_options):
    """Record a search of two rounds; return the database's path and the trace's id."""
    record = record_of("hostile", model=Hostile.info, scorers={"confidence": {}})
    path = tmp_path / "hostile.db"
    with open_database(str(path)) as database:
        recorder = Recorder(database, record)
        rounds = [Expansion(ROOT, 6)], [Expansion(1, 6), Expansion(2, 2, says=SAID)]
        search = Search(Problem(HOSTILE[1], "42"), scripted(*rounds), scorer="confidence")
        policy = Hostile()
        run = run_of(policy, scorers=[Confidence(no_options, policy)], observers=[recorder])
        list(run.searches([search]))
        return path, recorder.trace_id(0)
