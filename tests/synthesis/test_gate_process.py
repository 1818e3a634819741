"""Gates chosen in another process are the same, and the process ends when it should."""

import os
import signal
import subprocess
import sys

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import sklansky
from synthesis.errors import ToolError
from synthesis.flow import Flow, Synthesizer
from synthesis.gate_process import GateProcess
from synthesis.library import Library
from synthesis.structural import choose_gates
from synthesis.timing import UNIFORM, IOTiming
from synthesis.workers import SynthesisPool

NETLIST = Adder().netlist(sklansky(8))
TARGETS_NS = (0.1, 0.3)


def test_the_gates_are_those_chosen_here(generic45: Library) -> None:
    synthesizer = Synthesizer(Flow(generic45, TARGETS_NS))
    synthesizer.close()
    gates = GateProcess()
    for timing in (UNIFORM, IOTiming(arrival_ns=(("a", 0.05), ("b", tuple(map(float, range(8))))))):
        request = NETLIST, synthesizer.ways, timing, TARGETS_NS
        assert gates.choose(*request) == choose_gates(*request)
    gates.close()


def test_a_process_that_dies_is_an_error_and_costs_the_pool_a_restart(generic45, ends) -> None:
    with SynthesisPool(Flow(generic45, TARGETS_NS), 1) as pool:
        before = pool.submit(NETLIST).result()
        ((synthesizer, gates),) = pool._open.items()
        os.kill(gates.pid, signal.SIGKILL)
        with pytest.raises(ToolError, match="chooses gates died, status -9"):
            gates.choose(NETLIST, synthesizer.ways, UNIFORM, TARGETS_NS)
        assert pool.submit(NETLIST).result() == before
        ((_, second),) = pool._open.items()
        assert second.pid != gates.pid
    assert ends(second.pid)


PARENT = """
import sys
from synthesis.gate_process import GateProcess
print(GateProcess().pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_outlives_no_parent(ends, number: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
        assert ends(pid)
