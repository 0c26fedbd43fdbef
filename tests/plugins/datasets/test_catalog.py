"""The data sets that are known by name, and what may be registered as one."""

import dataclasses

import pytest
from reasontree.core.datasets import DatasetEntry, Split
from reasontree.core.errors import PluginError, UnknownNameError
from reasontree.core.plugin_classes import check_class
from reasontree.core.registry import load
from reasontree.plugins.datasets.names import find_split
from reasontree.plugins.datasets.sources import describe, suffix_of

ENTRY = DatasetEntry("tiny", "Tiny", "MIT", {"test": Split(), "train": Split()})


@pytest.fixture(scope="module")
def registry():
    return load(["reasontree.plugins.datasets.catalog"], others=[])


def test_the_splits_have_their_publishers_numbers_of_rows(registry):
    found = {
        (entry.name, name): split.n_rows
        for entry in registry.all("dataset")
        for name, split in entry.splits.items()
    }
    assert found == {
        ("gsm8k", "test"): 1319,
        ("gsm8k", "train"): 7473,
        ("math500", "test"): 500,
        ("svamp", "test"): 300,
        ("svamp", "train"): 700,
    }


def test_every_source_says_where_its_file_is_and_how_it_is_read(registry):
    for entry in registry.all("dataset"):
        for name, split in entry.splits.items():
            assert split.sources
            for source in split.sources:
                assert name in describe(source)
                assert describe(source).endswith(suffix_of(source))


@pytest.mark.parametrize(
    ("asked", "split", "called"),
    [
        ("gsm8k", "test", "gsm8k"),
        ("gsm8k:test", "test", "gsm8k"),
        ("gsm8k:train", "train", "gsm8k:train"),
        ("math500", "test", "math500"),
    ],
)
def test_the_first_split_is_meant_where_none_is_named(registry, asked, split, called):
    found = find_split(asked, registry)
    assert (found.split, found.name) == (split, called)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("gsm8", "no data set 'gsm8'. Did you mean 'gsm8k'?"),
        ("", "no data set ''"),
        ("gsm8k:tests", "no gsm8k split 'tests'. Did you mean 'test'?"),
        ("gsm8k:", "no gsm8k split ''"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(registry, asked, words):
    with pytest.raises(UnknownNameError) as caught:
        find_split(asked, registry)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "a:b"}, "need names of letters, digits"),
        ({"splits": {"te st": Split()}}, "need names of letters, digits"),
        ({"splits": {}}, "needs a split at least"),
        ({"question": "question"}, "needs a tuple of its question's fields"),
        ({"question": ()}, "needs a tuple of its question's fields"),
    ],
)
def test_an_entry_that_nobody_could_name_or_read_is_not_registered(changes, words):
    check_class("dataset", ENTRY)
    with pytest.raises(PluginError, match=words):
        check_class("dataset", dataclasses.replace(ENTRY, **changes))


def test_a_class_is_no_entry():
    with pytest.raises(PluginError, match="registered as a DatasetEntry, and Split came"):
        check_class("dataset", Split)
