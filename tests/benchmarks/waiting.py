"""How fast the engine is beside other work, by how its threads wait; each engine in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from reasontree.core import Limits
from reasontree.plugins.policies.llama_cpp.library import WAITING, usable_cores
from reasontree.plugins.strategies.majority import Majority
from workloads import open_policy, search_all

OWN: Mapping[str, str] = {}
PASSIVE = {"OMP_WAIT_POLICY": "passive"}
SPINNING = {"GOMP_SPINCOUNT": "300000"}  # what libgomp does where nothing is set
_BUSY = "while True: pass"


def waiting_ratios() -> dict[str, float]:
    """Return the engine's tokens/s over those of spinning threads, and beside other work of sleeping ones."""
    alone, spinning = rate(OWN), rate(SPINNING)
    with busy_cores():
        beside, beside_passive = rate(OWN), rate(PASSIVE)
    two, two_passive = sum(rates(OWN, 2)), sum(rates(PASSIVE, 2))
    return {
        "alone, over threads that spin": alone / spinning,
        "beside a busy loop a core, over passive waiting": beside / beside_passive,
        "two engines at once, over passive waiting": two / two_passive,
    }


def rate(waiting: Mapping[str, str]) -> float:
    """Return one engine's tokens/s."""
    (found,) = rates(waiting, 1)
    return found


def rates(waiting: Mapping[str, str], n_engines: int) -> Sequence[float]:
    """Return the tokens/s of engines that begin together, with these variables alone about waiting."""
    environment = {name: value for name, value in os.environ.items() if name not in WAITING} | waiting
    command = [sys.executable, __file__]
    engines = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(n_engines)
    ]
    for engine in engines:
        assert engine.stdout.readline() == "ready\n"
    for engine in engines:
        engine.stdin.write("\n")
        engine.stdin.flush()
    return [float(engine.communicate()[0]) for engine in engines]


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy with something else."""
    loops = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(usable_cores())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main() -> None:
    """Load the model, wait for a line, sample chains and print the tokens a second."""
    policy = open_policy()
    chains = Majority.Options(width=16)
    search_all(policy, [Majority(chains, None)], Limits(max_tokens=4))
    print("ready", flush=True)
    sys.stdin.readline()
    measured = search_all(policy, [Majority(chains, None)], Limits(max_tokens=64, max_step_tokens=64))
    policy.close()
    print(measured.rate)


if __name__ == "__main__":
    main()
