"""Trees for other programs: whatever a model wrote, the files can be read."""

import io

import networkx as nx
from reasontree.store.pages.graphs import dot, graphml


def test_graphml_comes_back_with_its_texts(hostile_trace):
    graph = nx.read_graphml(io.BytesIO(graphml(hostile_trace).encode()))
    assert (len(graph), graph.number_of_edges()) == (15, 14)
    assert graph.nodes["1"]["text"] == "</script><script>window.harm = 1</script>"
    assert graph.nodes["4"]["text"].startswith("a NUL \ufffd and half a pair \ufffd and")
    assert graph.nodes["7"]["end"] == "stop"
    assert 0 < graph.nodes["1"]["score"] <= 1
    assert graph.nodes["13"]["said"].startswith("</script><script>window.harm = 1</script><img src=x")
    assert "said" not in graph.nodes["12"]


def test_dot_quotes_what_a_label_cannot_hold(hostile_trace):
    out = dot(hostile_trace)
    (line,) = (line for line in out.splitlines() if line.startswith("  5 [label="))
    assert '{{ data }} \\"quotes\\" \\\\back\\\\slash\\\\n &amp; ]]> <!--' in line
    assert out.count("->") == 14
    assert not any(char < " " and char != "\n" for char in out)
