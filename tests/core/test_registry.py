"""Plugins register themselves; a name is taken once; a broken package breaks nothing else."""

import pytest
from reasontree.core import Strategy, hookimpl
from reasontree.core.errors import PluginError, UnknownNameError
from reasontree.core.registry import Origin, Registry, load
from reasontree.plugins import BUILTINS


class Module:
    """A plugin module with one strategy."""

    def __init__(self, name):
        self.Named = type("Named", (Strategy,), {"name": name, "select": lambda self, tree: []})

    @hookimpl
    def register_strategies(self):
        return [self.Named]


class Entry:
    """An entry point of another package."""

    dist = None

    def __init__(self, value, plugin):
        self.value = value
        self._plugin = plugin

    def load(self):
        if isinstance(self._plugin, Exception):
            raise self._plugin
        return self._plugin


def test_the_built_in_plugins_load():
    registry = load(BUILTINS, others=[])
    assert {"greedy", "majority", "best-of-n", "rebase"} <= set(registry.names("strategy"))
    assert "llama-cpp" in registry.names("policy")
    assert not [origin for origin in registry.origins if origin.error]


def test_another_packages_strategy_is_found():
    registry = load([], others=[Entry("stranger", Module("sideways"))])
    assert registry.names("strategy") == ["sideways"]
    assert registry.origin("strategy", "sideways").hooks == ("register_strategies",)


def test_two_plugins_of_one_name_are_both_named():
    registry = Registry()
    registry.add("strategy", Module("same").Named, Origin("first"))
    with pytest.raises(PluginError, match=r"first.*second"):
        registry.add("strategy", Module("same").Named, Origin("second"))


def test_a_package_that_fails_to_load_is_kept_with_its_error_and_the_rest_works():
    others = [Entry("broken", ImportError("no numpy")), Entry("stranger", Module("sideways"))]
    registry = load([], others=others)
    assert registry.names("strategy") == ["sideways"]
    assert [origin.error for origin in registry.origins] == ["ImportError: no numpy", ""]


def test_a_package_that_takes_a_name_is_kept_out_and_the_first_one_stays():
    others = [Entry("first", Module("same")), Entry("second", Module("same"))]
    registry = load([], others=others)
    assert registry.origin("strategy", "same").module == "first"
    assert "same" in registry.origins[1].error


def test_an_unknown_name_is_answered_with_the_nearest_one():
    registry = load(BUILTINS, others=[])
    with pytest.raises(UnknownNameError, match="Did you mean 'rebase'"):
        registry.get("strategy", "rebas")
