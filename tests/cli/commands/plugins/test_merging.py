"""Several files of a new package become one."""

from reasontree.cli.commands.plugins.merging import merge

ONE = '''"""One."""

from __future__ import annotations

import math

from reasontree.core import ROOT, Step, hookimpl

from .one import One


@hookimpl
def first():
    return math.pi


class A(Step):
    """A class."""
'''
OTHER = '''"""Other."""

import numpy as np
from reasontree.core import Booking

from mine.other import Other


@np.vectorize
@np.vectorize
def second():
    return 2
'''
MERGED = '''"""Both."""

from __future__ import annotations

import math

import numpy as np
from reasontree.core import ROOT, Booking, Step, hookimpl

from mine.other import Other

from .one import One


class A(Step):
    """A class."""


@hookimpl
def first():
    return math.pi


@np.vectorize
@np.vectorize
def second():
    return 2
'''


def test_imports_are_sorted_together_and_classes_come_before_functions():
    assert merge([ONE, OTHER], "Both.", own="mine") == MERGED


def test_a_long_import_has_a_name_on_each_line():
    names = [f"{letter * 20}" for letter in "abcde"]
    merged = merge([f"from reasontree.core import {', '.join(names)}\n"], "Long.", own="mine")
    assert (
        merged
        == '"""Long."""\n\nfrom reasontree.core import (\n'
        + "".join(f"    {name},\n" for name in names)
        + ")\n"
    )
