"""What a search has spent, and when it may spend no more."""

from reasontree.core.ledger import Ledger
from reasontree.core.records import Budget, Flops, Tokens, Usage
from reasontree.core.requests import Allowance


def generated(n):
    return Usage(Tokens(generated=n), Flops(policy=10.0 * n))


def test_usages_add_up_field_by_field():
    one = Usage(Tokens(1, 2, 3, 4, 5), Flops(1.0, 2.0, 3.0))
    assert one + one == Usage(Tokens(2, 4, 6, 8, 10), Flops(2.0, 4.0, 6.0))


def test_a_budget_of_tokens_is_exhausted_by_the_last_one():
    ledger = Ledger(Budget(tokens=2))
    ledger.book(generated(1))
    assert not ledger.exhausted
    ledger.book(generated(1))
    assert ledger.stopped == "tokens"
    assert ledger.may_score


def test_a_budget_of_flops_counts_the_scorer_too():
    ledger = Ledger(Budget(flops=100))
    ledger.book(generated(6))
    assert not ledger.exhausted
    ledger.book(Usage(flops=Flops(scorer=40)))
    assert ledger.stopped == "flops"
    assert not ledger.may_score


def test_an_allowance_is_what_is_left():
    ledger = Ledger(Budget(tokens=10, flops=50))
    assert ledger.allowance == Allowance(10, 50)
    ledger.book(generated(3))
    assert ledger.allowance == Allowance(7, 20)
    ledger.book(generated(30))
    assert ledger.allowance == Allowance(0, 0)
    assert Ledger().allowance == Allowance(None, None)


def test_the_first_reason_to_stop_stays():
    ledger = Ledger()
    ledger.stop("seconds")
    ledger.stop("interrupted")
    assert ledger.stopped == "seconds"
