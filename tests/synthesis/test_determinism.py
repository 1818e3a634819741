"""The same design, library and flow give the same curve and netlists, whatever went before."""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import kogge_stone
from circuitvae.prefix.graph import PrefixGraph
from synthesis.errors import ToolError, UserError
from synthesis.flow import Flow, Synthesizer
from synthesis.library import Library, load_library
from synthesis.netlist import Netlist
from synthesis.recipes import Effort
from synthesis.workers import SynthesisPool

TARGETS_NS = (0.15, 0.3, 0.6)


FLOWS = [
    pytest.param(
        (name, effort),
        id=f"{effort}-{name}",
        marks=[pytest.mark.slow] if (name, effort) == ("nangate45", Effort.HIGH) else [],
    )
    for name in ("generic45", "nangate45")
    for effort in Effort
]


@pytest.fixture(params=FLOWS)
def flow(request: pytest.FixtureRequest) -> Flow:
    name, effort = request.param
    try:
        return Flow(load_library(name), TARGETS_NS, effort)
    except UserError as error:
        pytest.skip(f"real libraries: {error}")


def designs(count: int = 5) -> list[Netlist]:
    """Adders of several widths with random prefix graphs."""
    rng = np.random.default_rng(5)
    widths = rng.integers(2, 25, count)
    return [Adder().netlist(PrefixGraph.legalized(rng.random((n, n)) < 0.25)) for n in widths]


def results(synthesizer: Synthesizer, netlist: Netlist) -> tuple[object, ...]:
    return synthesizer.curve(netlist), synthesizer.netlists(netlist)


def fresh(flow: Flow, netlist: Netlist) -> tuple[object, ...]:
    with closing(Synthesizer(flow)) as synthesizer:
        return results(synthesizer, netlist)


def test_a_process_remembers_nothing_of_earlier_designs(flow: Flow) -> None:
    netlists = designs()
    rng = np.random.default_rng(0)
    with closing(Synthesizer(flow)) as synthesizer:
        first = [results(synthesizer, netlist) for netlist in netlists]
        for index in rng.permutation(2 * len(netlists)) % len(netlists):
            assert results(synthesizer, netlists[index]) == first[index]
    assert len(set(first)) == len(netlists)
    assert fresh(flow, netlists[-1]) == first[-1]


def test_errors_leave_nothing_behind(flow: Flow) -> None:
    netlist, other = designs(2)
    expected = fresh(flow, netlist)
    with closing(Synthesizer(flow)) as synthesizer:
        for trouble in [
            "read_blif no-such-file",
            "no-such-command",
            "empty; map; buffer; upsize; stime",
            "read_blif design.blif; strash; map -D 1; cec no-such-file",
        ]:
            synthesizer.curve(other)
            synthesizer.session.run(trouble, 60)
            assert results(synthesizer, netlist) == expected


@pytest.mark.parametrize("moment", ["time.sleep(600)", "sys.exit(9)"], ids=["hangs", "dies"])
def test_a_new_worker_goes_on_as_the_old_one(
    generic45: Library, abc_with_bad_moments, moment: str
) -> None:
    flow = Flow(generic45, TARGETS_NS, timeout_s=3)
    netlists = [*designs(), Adder().netlist(kogge_stone(9))]
    with SynthesisPool(flow, 1) as pool:
        expected = [pool.submit(netlist).result() for netlist in netlists]
    abc_with_bad_moments(netlists[-1].name, moment)
    with SynthesisPool(flow, 2) as pool:
        futures = [pool.submit(netlist) for netlist in reversed(netlists)]
        with pytest.raises(ToolError):
            futures[0].result()
        assert [future.result() for future in futures[1:]] == expected[-2::-1]


def test_any_worker_in_any_order(flow: Flow) -> None:
    netlists = designs()
    with SynthesisPool(flow, 1) as pool:
        expected = [pool.submit(netlist).result() for netlist in netlists]
    order = np.random.default_rng(1).permutation(3 * len(netlists)) % len(netlists)
    with SynthesisPool(flow, 3) as pool:
        futures = [pool.submit(netlists[index]) for index in order]
        assert [future.result() for future in futures] == [expected[index] for index in order]


def fingerprint(flow: Flow) -> str:
    """Checksum of curves and netlists."""
    answers = [fresh(flow, netlist) for netlist in designs(3)]
    return hashlib.sha256(json.dumps(answers).encode()).hexdigest()


PROGRAM = """
import importlib.util, sys
specification = importlib.util.spec_from_file_location("determinism", sys.argv[1])
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
library = module.load_library(sys.argv[2])
flow = module.Flow(library, module.TARGETS_NS, module.Effort(sys.argv[3]))
print(flow.digest, module.fingerprint(flow))
"""


def test_a_fresh_python_with_another_hash_seed(flow: Flow, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, __file__, flow.library.name, flow.effort]
    environment = os.environ | {
        "PYTHONHASHSEED": "123",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "LC_ALL": "C",
    }
    answer = subprocess.run(
        command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert answer.stdout.split() == [flow.digest, fingerprint(flow)]
