"""Runs one check of a contract over a plugin that breaks it."""

import pytest
from reasontree.core.testing import ContractError


def checks_of(contract):
    return {name for name in dir(contract) if name.startswith("test_")}


def fails(contract, kind, plugin, check, words, **attributes):
    """Run one check of a contract over a broken plugin, and expect it to fail with these words."""
    suite = type("Suite", (contract,), {kind: plugin, **attributes})()
    with pytest.raises(ContractError, match=words):
        getattr(suite, check)()
