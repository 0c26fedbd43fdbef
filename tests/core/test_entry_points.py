"""What is known of an installed package before it is imported."""

import sys
from importlib.metadata import EntryPoint

import pytest
from reasontree.core import entry_points

HOOK = "register_commands"


@pytest.fixture
def may_have(tmp_path, monkeypatch):
    """Write files, and say whether an entry point that names one of them may have the hook."""

    def ask(value, **sources):
        for name, source in sources.items():
            path = tmp_path / f"{name.replace('_in_', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        entry = EntryPoint("stranger", value, entry_points.GROUP)
        monkeypatch.setattr(entry_points, "installed", lambda: [entry])
        found = bool(entry_points.with_hook(HOOK))
        assert value.partition(".")[0] not in sys.modules
        return found

    return ask


def test_a_module_that_says_the_hooks_name_may_have_it(may_have):
    assert may_have("told", told=f"def {HOOK}(): ...")
    assert may_have("taken", taken=f"from elsewhere import {HOOK}")
    assert may_have("starred", starred="from elsewhere import *")


def test_a_module_that_does_not_say_it_has_it_not(may_have):
    assert not may_have("silent", silent="def register_strategies(): raise OSError")


def test_a_module_within_a_package_is_read_and_the_package_not_imported(may_have):
    assert may_have("outer.inner", outer_in___init__="raise OSError", outer_in_inner=HOOK)
    assert not may_have("outer.other", outer_in_other="")


def test_what_cannot_be_read_may_have_it(may_have):
    assert may_have("not_there")
    assert may_have("silent:plugin", silent="plugin = 1")
