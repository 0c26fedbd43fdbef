"""Options are checked, and a wrong one is named with what was wanted and what came."""

from typing import Literal

import pytest
from pydantic import Field
from reasontree.core import Options
from reasontree.core.errors import UsageError
from reasontree.core.options import describe, parse, split_pairs


class Sample(Options):
    width: int = Field(16, ge=1, le=64, description="How wide.")
    kind: Literal["a", "b"] = Field("a", description="Which.")
    share: float = Field(0.5, description="How much.")


def test_text_from_the_command_line_becomes_typed_options():
    assert parse("strategy 's'", Sample, {"width": "8", "kind": "b"}) == Sample(width=8, kind="b")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"width": "0"}, ["'width'", "strategy 's'", "≥ 1", "'0'"]),
        ({"width": "many"}, ["'width'", "int", "'many'"]),
        ({"kind": "c"}, ["'kind'", "a | b", "'c'"]),
        ({"share": "nan"}, ["'share'", "float", "'nan'"]),
        ({"widht": "3"}, ["'widht'", "strategy 's'", "'width'"]),
    ],
)
def test_a_wrong_option_is_named_with_what_was_wanted_and_what_came(values, words):
    with pytest.raises(UsageError) as error:
        parse("strategy 's'", Sample, values)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("pair", ["width", "=3", ""])
def test_a_pair_without_name_or_equals_sign_is_refused(pair):
    with pytest.raises(UsageError, match="name=value"):
        split_pairs([pair])


def test_a_value_may_contain_an_equals_sign_and_a_name_may_be_written_with_hyphens():
    assert split_pairs(["balance-temperature=1=2"]) == {"balance_temperature": "1=2"}


def test_options_describe_themselves():
    width, kind, _ = describe(Sample)
    assert width == ("width", "int", "16", "≥ 1, ≤ 64", "How wide.")
    assert kind.kind == "a | b"
