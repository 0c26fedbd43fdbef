"""The examples of expansions on the page on plugins are ones that a tree takes."""

import re
from pathlib import Path

from reasontree.core import ROOT, End, Expansion, Sampling, Step, Tree
from reasontree.core.testing.playing import complaint

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()


def test_the_examples_can_be_asked_for():
    section = PAGE.partition("## Expansions")[2].partition("\n## ")[0]
    (code,) = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    tree = Tree(Step("Q"))
    node, best = (tree.add(ROOT, Step("x", end=end), round=1) for end in (None, End.STOP))
    names = {"ROOT": ROOT, "Expansion": Expansion, "Sampling": Sampling, "node": node, "best": best}
    exec(code, names)
    asked = [names[name] for name in ("hot", "refined", "begun")]
    assert [complaint(tree, each) for each in asked] == ["", "", ""]
    assert [each.sampling is not None for each in asked] == [True, False, False]
    assert [bool(each.says) for each in asked] == [False, True, False]
    assert [bool(each.begins) for each in asked] == [False, False, True]
