"""How the library's threads wait is set before it loads, and what the user has set is left alone."""

import os
import subprocess
import sys

import pytest
from reasontree.plugins.policies.llama_cpp.library import WAITING

LOAD = "from reasontree.plugins.policies.llama_cpp.library import library; library()"


def told_by_openmp(set_by_user):
    """Load the library in a process of its own; return what GNU's OpenMP says that it was told."""
    environment = {name: value for name, value in os.environ.items() if name not in WAITING}
    environment |= {"OMP_DISPLAY_ENV": "verbose"} | set_by_user
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP is Linux's")
@pytest.mark.parametrize(
    ("set_by_user", "expected"),
    [
        ({}, "GOMP_SPINCOUNT = '1000'"),
        ({"GOMP_SPINCOUNT": "77"}, "GOMP_SPINCOUNT = '77'"),
        ({"OMP_WAIT_POLICY": "passive"}, "GOMP_SPINCOUNT = '0'"),
    ],
)
def test_threads_soon_sleep_unless_the_user_has_said_otherwise(set_by_user, expected):
    assert expected in told_by_openmp(set_by_user)
