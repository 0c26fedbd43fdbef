"""How published process reward models are shown a solution, and where their score is read.

A format is a layout and a readout. In the layout `tag`, a step tag stands behind every step, and the score is
read there; in the layout `reply` too, but the question is a user's turn and the steps are the model's reply.
In the layout `chat`, every step is a user's turn, the answer to each earlier one is "+", and the score is
read where the next answer begins. Token ids are the published ones; where a model's vocabulary says
otherwise, it is another model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ...core.step_content import with_own_labels

Layout = Literal["tag", "reply", "chat"]
ReadoutName = Literal["softmax", "sigmoid", "mean", "head"]

_NUMBER = re.compile(r"Step \d+ ?[:.] *")


@dataclass(frozen=True, slots=True)
class PrmFormat:
    """How a process reward model is asked.

    Attributes:
        question: What stands before the first step, with `{question}`.
        step: A step, with `{step}` and, where steps are numbered, `{number}`.
        tag: What stands behind each step; the layouts `tag` and `reply` read at its token.
        join: What stands between two steps; the layouts `tag` and `reply` alone.
        system: The system turn; the layout `reply` alone.
        begins: Whether the text begins with the vocabulary's begin token although its file adds none.
        readout: `softmax` of the good token's logit over both, `sigmoid` of the good token's logit, sigmoid
            of the `mean` of all logits, or a `head` of the model's own on its hidden state.
        good, bad: The texts of the tokens that stand for a right and a wrong step.
        tag_id, good_id, bad_id: The published token ids; None where any will do.
    """

    layout: Layout = "tag"
    question: str = "{question}\n"
    step: str = "{step}"
    tag: str = ""
    join: str = "\n"
    system: str = ""
    begins: bool = False
    readout: ReadoutName = "softmax"
    good: str = "+"
    bad: str = "-"
    tag_id: int | None = None
    good_id: int | None = None
    bad_id: int | None = None

    def clean(self, steps: Iterable[str]) -> list[str]:
        """Return the steps as their author's prompt has them: no delimiter, tag or number of the policy's."""
        bare = (self._clean(step) for step in with_own_labels(steps))
        return [step for step in bare if step]

    def _clean(self, step: str) -> str:
        step = step.strip()
        if self.tag.strip():
            step = step.removesuffix(self.tag.strip()).rstrip()
        return _NUMBER.sub("", step, count=1) if "{number}" in self.step and _NUMBER.match(step) else step

    def numbered(self, steps: Sequence[str]) -> list[str]:
        """Return clean steps as the model shall see them, without their tags."""
        shown = self.step.partition("{step}")
        return [
            "".join((shown[0].replace("{number}", str(number)), step, shown[2]))
            for number, step in enumerate(steps, start=1)
        ]

    def tagged(self, question: str, steps: Sequence[str]) -> str:
        """Return the text of the layout `tag`; `steps` are clean."""
        return self.question.replace("{question}", question) + self.body(steps)

    def body(self, steps: Sequence[str]) -> str:
        """Return the steps with a tag behind each; they are clean."""
        return self.join.join(step + self.tag for step in self.numbered(steps))

    def turns(self, question: str, steps: Sequence[str]) -> list[tuple[str, str]]:
        """Return the turns, (role, text), to the user's last one; `steps` are clean."""
        if self.layout == "reply":
            asked = ("user", self.question.replace("{question}", question))
            return [("system", self.system), asked] if self.system else [asked]
        first, *others = self.numbered(steps)
        found = [("user", self.question.replace("{question}", question) + first)]
        for step in others:
            found += [("assistant", self.good), ("user", step)]
        return found


PRESETS = {
    # The model card of peiyi9979/math-shepherd-mistral-7b-prm: question, a space, "Step 1: … ки", a line
    # break, "Step 2: … ки"; softmax over "+" and "-" at the tag. Ids are of Mistral 7B's vocabulary (v0.1).
    "math-shepherd": PrmFormat(
        question="{question} ",
        step="Step {number}: {step}",
        tag=" ки",
        tag_id=12902,
        good_id=648,
        bad_id=387,
    ),
    # RLHFlow/RLHF-Reward-Modeling, math-rm/prm_evaluate.py: the first turn has the question, a space and
    # the first step; softmax over "+" and "-" at the token before the answer. Ids are of Llama 3's.
    "rlhflow": PrmFormat(
        layout="chat",
        question="{question} ",
        good_id=10,
        bad_id=12,
    ),
    # thu-wyz/inference_scaling, and the model card of tkitsers/Llemma-reward-model: question and solution
    # as the fine-tuned policy writes it, sigmoid of the mean logit at each tag. rebase.py asks its server for
    # token 8094, which is the tag "ки" in Llama 2's vocabulary.
    "rebase-llemma": PrmFormat(
        step="Step {number}: {step}",
        tag=" ки",
        readout="mean",
        tag_id=8094,
    ),
    # The model cards of Qwen/Qwen2.5-Math-PRM-7B, -72B and Qwen2.5-Math-7B-PRM800K: a chat whose last turn is
    # the steps, each with <extra_0> behind it; softmax of a head of two layers there, the second class.
    "qwen2.5-math-prm": PrmFormat(
        layout="reply",
        question="{question}",
        tag="<extra_0>",
        join="",
        system="Please reason step by step, and put your final answer within \\boxed{}.",
        readout="head",
    ),
    # SkyworkAI/skywork-o1-prm-inference, model_utils/io_utils.py: begin token, question, a line break, each
    # step with a line break; sigmoid of a linear head at that.
    "skywork-o1-prm": PrmFormat(tag="\n", join="", begins=True, readout="head"),
}
