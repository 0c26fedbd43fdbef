"""A path as a conversation: a solution begins anew where the user speaks."""

from reasontree.core import Step
from reasontree.core.turns import Exchange, reply_of, transcript_of

FIRST, SECOND = Step("a"), Step("b")
REPLY, MORE = Step("c", said="Why?"), Step("d")


def test_a_path_in_which_nobody_spoke_is_one_solution():
    assert reply_of((FIRST, SECOND)) == (FIRST, SECOND)
    assert transcript_of((FIRST, SECOND)) == [Exchange("", "ab")]
    assert reply_of(()) == ()
    assert transcript_of(()) == [Exchange("", "")]


def test_a_solution_begins_where_the_user_spoke_last():
    path = (FIRST, SECOND, REPLY, MORE)
    assert reply_of(path) == (REPLY, MORE)
    assert transcript_of(path) == [Exchange("", "ab"), Exchange("Why?", "cd")]
    assert reply_of((*path, REPLY)) == (REPLY,)
    assert transcript_of((*path, REPLY)) == [
        Exchange("", "ab"),
        Exchange("Why?", "cd"),
        Exchange("Why?", "c"),
    ]


def test_the_user_may_speak_before_any_step():
    assert reply_of((REPLY, MORE)) == (REPLY, MORE)
    assert transcript_of((REPLY, MORE)) == [Exchange("Why?", "cd")]
