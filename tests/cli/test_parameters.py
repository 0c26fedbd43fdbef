"""What several commands take: one place says it, and it is what the core knows."""

import pytest
from reasontree.cli.parameters import AGGREGATION
from reasontree.core.vote import AGGREGATIONS


def test_the_aggregations_are_those_of_the_core():
    assert list(AGGREGATION.choices) == list(AGGREGATIONS)


@pytest.mark.parametrize("command", ["solve", "train-head"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_a_temperature_is_a_finite_number(reason, command, value):
    code, out, err = reason(command, "--temperature", value)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--temperature" in err
