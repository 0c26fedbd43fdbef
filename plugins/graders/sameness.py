"""Whether two answers mean the same, part by part; formulas are left to computer algebra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .colons import same_colons
from .numbers import same_number
from .structures import Based, Equation, Leaf, Many, Matrix, Named, Structure, Union

_N_OF_AN_INTERVAL = 2


class Algebra(Protocol):
    """Compares formulas in LaTeX."""

    def equal(self, one: str, other: str) -> bool:
        """Whether two formulas are equal for all values of their variables."""

    def same_equation(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Whether one equation is a multiple of the other."""


def same(one: Structure, other: Structure, algebra: Algebra) -> bool:
    """Compare two answers."""
    if one == other:
        return True
    match one, other:
        case Named(), Named():
            return _same_named(one, other, algebra)
        case (Named(), Equation()) | (Equation(), Named()) | (Equation(), Equation()):
            return _same_equation(one, other, algebra)
        case (Named(_, value), plain) | (plain, Named(_, value)):
            return same(value, plain, algebra)
        case Leaf(), Leaf():
            return _same_leaf(one, other, algebra)
        case (Based(digits), Leaf(number=number)) | (Leaf(number=number), Based(digits)):
            return number is not None and digits == str(number.value)
        case Many(), Many():
            return _same_many(one, other, algebra)
        case (Many(items=(item,)), plain) | (plain, Many(items=(item,))):
            return same(item, plain, algebra)
        case (Leaf(text="\\mathbb{R}"), Many() as interval) | (Many() as interval, Leaf(text="\\mathbb{R}")):
            return interval.is_ordered and list(interval.items) == _REALS
        case Union(parts), Union(others):
            return _same_in_any_order(parts, others, algebra)
        case Matrix(rows), Matrix(others):
            return [len(row) for row in rows] == [len(row) for row in others] and all(
                _same_in_order(row, row_, algebra) for row, row_ in zip(rows, others, strict=True)
            )
    return False


_REALS = [Leaf("-\\infty", latex="-\\infty"), Leaf("\\infty", latex="\\infty")]


def _same_leaf(one: Leaf, other: Leaf, algebra: Algebra) -> bool:
    """Compare numbers, times and ratios by themselves, and formulas by algebra."""
    if one.text == other.text:
        return True
    if one.number and other.number:
        return same_number(one.number, other.number)
    if one.colons and other.colons:
        return same_colons(one.colons, other.colons)
    ratio, number = one.colons or other.colons, one.number or other.number
    if ratio:
        return number is not None and ratio.quotient == number.value
    first, second = _latex(one), _latex(other)
    return first is not None and second is not None and algebra.equal(first, second)


def _same_named(one: Named, other: Named, algebra: Algebra) -> bool:
    """Compare `x = 5` with `x = 5`, never with `y = 5`."""
    return one.name == other.name and same(one.value, other.value, algebra)


def _same_equation(one: Structure, other: Structure, algebra: Algebra) -> bool:
    """Compare equations by whether one is a multiple of the other."""
    first, second = _sides(one), _sides(other)
    return first is not None and second is not None and algebra.same_equation(first, second)


def _sides(equation: Structure) -> tuple[str, str] | None:
    """Return both sides as computer algebra reads them; None where it would not understand them."""
    sides: tuple[str | None, str | None] = None, None
    match equation:
        case Named(name, Leaf() as value):
            sides = name, _latex(value)
        case Equation(left, right):
            sides = _latex(left), _latex(right)
    return (sides[0], sides[1]) if sides[0] and sides[1] else None


def _latex(leaf: Leaf) -> str | None:
    return leaf.latex or (leaf.text if leaf.number else None)


def _same_many(one: Many, other: Many, algebra: Algebra) -> bool:
    """Compare in any order where the order says nothing; a list is also the point that it was written for."""
    if one.is_ordered and other.is_ordered:
        is_same_kind = (one.opening, one.closing) == (other.opening, other.closing)
        return is_same_kind and _same_in_order(_values(one), _values(other), algebra)
    if one.is_ordered or other.is_ordered:
        ordered, plain = (one, other) if one.is_ordered else (other, one)
        is_interval = ordered.opening != "(" and len(ordered.items) == _N_OF_AN_INTERVAL
        if plain.opening or is_interval or (ordered.opening, ordered.closing) not in (("(", ")"), ("[", "]")):
            return False
        return _same_in_order(_values(ordered), _values(plain), algebra)
    if _are_named(one) != _are_named(other):
        return _same_in_order(_values(one), _values(other), algebra)
    return _same_in_any_order(one.items, other.items, algebra)


def _are_named(many: Many) -> bool:
    return all(isinstance(item, Named) for item in many.items)


def _values(many: Many) -> Sequence[Structure]:
    """Return the members; of `x = 5, y = 3` the values."""
    return [item.value if isinstance(item, Named) else item for item in many.items]


def _same_in_order(one: Sequence[Structure], other: Sequence[Structure], algebra: Algebra) -> bool:
    return len(one) == len(other) and all(same(a, b, algebra) for a, b in zip(one, other, strict=True))


def _same_in_any_order(one: Sequence[Structure], other: Sequence[Structure], algebra: Algebra) -> bool:
    """Find a partner for each; those that are the same are interchangeable, so the first will do."""
    if len(one) != len(other):
        return False
    left = list(other)
    for each in one:
        partner = next((i for i, candidate in enumerate(left) if same(each, candidate, algebra)), None)
        if partner is None:
            return False
        del left[partner]
    return True
