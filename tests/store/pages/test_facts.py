"""What there is to say of a recorded search: each fact once, by its name."""

from reasontree.store.pages.facts import facts


def test_a_search_is_told_from_its_question_to_its_cost(rebase):
    trace = rebase()
    found = facts(trace)
    assert list(found)[:4] == ["question", "strategy", "model", "scorer"]
    assert (found["question"], found["gold"], found["seed"]) == ("What is it?", "42", "4")
    assert found["votes"].startswith(f"{trace.tallies[0].answer} ×{trace.tallies[0].count}")
    assert found["tokens"].endswith(" reused")
    assert found["FLOPs"].endswith("as the paper counts")
    assert found["trace"] == trace.id


def test_what_is_not_known_is_left_out(rebase):
    found = facts(rebase())
    assert "error" not in found
    assert all(found.values())


def test_no_fact_can_move_a_terminal(hostile_trace):
    assert all(value.isprintable() for value in facts(hostile_trace).values())
