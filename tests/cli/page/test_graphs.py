"""Trees for other programs: whatever a model wrote, the files can be read."""

import networkx as nx
import pytest


@pytest.mark.parametrize("kind", ["dot", "graphml"])
def test_a_file_is_written_whole_and_replaces_what_was_there(reason, hostile, tmp_path, kind):
    db, trace = hostile
    file = tmp_path / f"tree.{kind}"
    file.write_text("old")
    code, out, err = reason("trace", "show", trace, "--db", db, f"--{kind}", file)
    assert (code, out, err) == (0, "", f"The trace {trace} is in {file}.\n")
    assert "old" not in file.read_text(encoding="utf-8")[:10]
    assert reason("trace", "show", trace, "--db", db, f"--{kind}", "-")[1] == file.read_text(encoding="utf-8")


def test_graphml_comes_back_with_its_texts(reason, hostile, tmp_path):
    db, trace = hostile
    file = tmp_path / "tree.graphml"
    reason("trace", "show", trace, "--db", db, "--graphml", file)
    graph = nx.read_graphml(file)
    assert (len(graph), graph.number_of_edges()) == (15, 14)
    assert graph.nodes["1"]["text"] == "</script><script>window.harm = 1</script>"
    assert graph.nodes["4"]["text"].startswith("a NUL \ufffd and half a pair \ufffd and")
    assert graph.nodes["7"]["end"] == "stop"
    assert 0 < graph.nodes["1"]["score"] <= 1


def test_dot_quotes_what_a_label_cannot_hold(reason, hostile):
    db, trace = hostile
    out = reason("trace", "show", trace, "--db", db, "--dot", "-")[1]
    (line,) = (line for line in out.splitlines() if line.startswith("  5 [label="))
    assert '{{ data }} \\"quotes\\" \\\\back\\\\slash\\\\n &amp; ]]> <!--' in line
    assert out.count("->") == 14
    assert not any(char < " " and char != "\n" for char in out)


def test_a_file_that_cannot_be_written_is_one_clear_line(reason, hostile, tmp_path):
    db, trace = hostile
    code, _, err = reason(
        "trace", "show", trace, "--db", db, "--dot", tmp_path / "no" / "such" / "folder.dot"
    )
    assert code == 1
    assert err.count("\n") == 1
    assert "folder.dot cannot be written" in err
