"""Curves of real designs, in every library, and what happens when ABC misbehaves."""

import itertools
import re

import numpy as np
import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.prefix.classical import brent_kung, kogge_stone, sklansky
from circuitvae.prefix.graph import PrefixGraph
from synthesis import tools, ways
from synthesis.errors import ToolError, UserError
from synthesis.flow import Flow, Synthesizer, default_targets
from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.netlist import Netlist, Op
from synthesis.recipes import PLANS, Effort, Plan, reordered
from synthesis.workers import SynthesisPool


def netlist(graph: PrefixGraph) -> Netlist:
    return Adder().netlist(graph)


def test_every_library_gives_proved_curves(any_library: Library) -> None:
    targets = default_targets(any_library, netlist(sklansky(16)))
    assert len(targets) == 6
    for effort in Effort:
        synthesizer = Synthesizer(Flow(any_library, targets, effort))
        curve = synthesizer.curve(netlist(kogge_stone(16)), prove=True)
        synthesizer.close()
        assert [point.target_ns for point in curve] == list(targets)
        assert min(point.area_um2 for point in curve) > 0
        # The most relaxed target is met; time buys area.
        assert curve[-1].delay_ns <= curve[-1].target_ns
        assert curve[-1].area_um2 < curve[0].area_um2


@pytest.mark.parametrize("width", [1, 2, 3, 5, 13])
@pytest.mark.parametrize("carry_in", [False, True])
@pytest.mark.parametrize("carry_out", [False, True])
def test_sized_netlists_are_equivalent(
    generic45: Library, width: int, carry_in: bool, carry_out: bool
) -> None:
    circuit = Adder(carry_in, carry_out)
    synthesizer = Synthesizer(Flow(generic45, (0.05, 1.0), Effort.BEST))
    rng = np.random.default_rng(width)
    for graph in [sklansky(width), PrefixGraph.legalized(rng.random((width, width)) < 0.3)]:
        assert len(synthesizer.curve(circuit.netlist(graph), prove=True)) == 2
    synthesizer.close()


def test_a_wrong_gate_is_caught_by_the_proof(
    generic45: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ways._SINGLE, Op.AO21, ((Gate.OAI21, 1, 0),))
    synthesizer = Synthesizer(Flow(generic45, (1.0,)))
    with pytest.raises(ToolError, match="not proved equivalent"):
        synthesizer.curve(netlist(sklansky(8)), prove=True)
    synthesizer.close()


def test_best_is_never_worse_than_either_recipe(generic45: Library) -> None:
    targets = (0.1, 0.2, 0.3, 0.6)
    curves = {}
    for effort in Effort:
        synthesizer = Synthesizer(Flow(generic45, targets, effort))
        curves[effort] = synthesizer.curve(netlist(sklansky(16)))
        synthesizer.close()
    for best, fast in zip(curves[Effort.BEST], curves[Effort.FAST], strict=True):
        late = max(best.delay_ns, best.target_ns)
        assert (late, best.area_um2) <= (max(fast.delay_ns, fast.target_ns), fast.area_um2)


def test_high_is_the_mean_over_orders_of_the_best_recipe(
    generic45: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    circuit = netlist(brent_kung(16))
    by_order = []
    for order in range(3):
        synthesizer = Synthesizer(Flow(generic45, (0.2, 0.5), Effort.BEST))
        by_order.append(synthesizer.curve(reordered(circuit, order)))
        synthesizer.close()
    assert len(set(by_order)) > 1
    monkeypatch.setitem(PLANS, Effort.HIGH, Plan(PLANS[Effort.BEST].recipes, 3))
    synthesizer = Synthesizer(Flow(generic45, (0.2, 0.5), Effort.HIGH))
    curve = synthesizer.curve(circuit, prove=True)
    for point, points in zip(curve, zip(*by_order, strict=True), strict=True):
        assert point == pytest.approx([sum(values) / 3 for values in zip(*points, strict=True)])
    # The netlist handed out is one of those behind the mean.
    _, relaxed = synthesizer.netlists(circuit)
    synthesizer.close()
    areas = [
        generic45.cells[cell].area_um2 for cell in re.findall(r"^ +(\w+_X\d+) ", relaxed, re.M)
    ]
    assert sum(areas) == pytest.approx(min(points[1].area_um2 for points in by_order), abs=0.01)


def test_another_order_is_the_same_circuit() -> None:
    circuit = netlist(sklansky(8))
    assert reordered(circuit, 0) is circuit
    again, other = reordered(circuit, 1), reordered(circuit, 2)
    assert again == reordered(circuit, 1)
    assert again.nodes != circuit.nodes != other.nodes != again.nodes
    assert set(again.nodes) == set(circuit.nodes) and again.outputs == circuit.outputs


def test_the_same_curve_in_any_order_and_any_worker(generic45: Library) -> None:
    flow = Flow(generic45, (0.2, 0.4), Effort.BEST)
    rng = np.random.default_rng(0)
    graphs = [PrefixGraph.legalized(rng.random((12, 12)) < 0.2) for _ in range(8)]
    with SynthesisPool(flow, 1) as pool:
        first = [pool.submit(netlist(graph)).result() for graph in graphs]
    with SynthesisPool(flow, 3) as pool:
        futures = [pool.submit(netlist(graph)) for graph in reversed(graphs)]
        second = [future.result() for future in futures][::-1]
    assert first == second
    assert len(set(first)) > 4


def test_targets_and_efforts_are_checked(generic45: Library) -> None:
    for targets in [(), (0.0,), (-1.0, 1.0)]:
        with pytest.raises(UserError, match=r"at least 0\.001 ns"):
            Flow(generic45, targets)


def test_the_flow_digest_names_what_decides_the_numbers(generic45: Library) -> None:
    flows = [Flow(generic45, (1.0,)), Flow(generic45, (2.0,)), Flow(generic45, (1.0,), Effort.BEST)]
    assert Flow(generic45, (1.0,), timeout_s=5).digest == flows[0].digest
    for one, other in itertools.combinations(flows, 2):
        assert one.digest != other.digest


NONSENSE = """
for line in commands():
    if line.startswith("echo "):
        print("abc>", line.rstrip()); print(line.split()[1] + " ", flush=True)
    elif line.startswith("source"):
        driver = open("constraints").read().split()[1]
        open("delays.genlib", "w").write(GENLIB)
        print(f'Setting driving cell to be "{driver}".', flush=True)
    else:
        print("all is well", flush=True)
"""


def test_an_answer_without_results_is_a_failure(generic45: Library, fake_abc) -> None:
    genlib = "".join(
        f"GATE {cell.name} 1 {cell.output}=?;\n"
        + "".join(f"PIN {pin} UNKNOWN 1 999 10 0 10 0\n" for pin in cell.inputs)
        for cell in generic45.cells.values()
    )
    fake_abc(f"GENLIB = {genlib!r}\n{NONSENSE}")
    synthesizer = Synthesizer(Flow(generic45, (1.0,)))
    with pytest.raises(ToolError, match="expected 1 `stime` lines, found 0"):
        synthesizer.curve(netlist(sklansky(4)))
    synthesizer.close()


def test_a_library_that_abc_cannot_read_is_a_failure(generic45: Library, fake_abc) -> None:
    fake_abc(
        "for line in commands():\n"
        "  if line.startswith('echo'): print('\\n' + line[5:-1] + ' ', flush=True)"
    )
    with pytest.raises(ToolError, match="cannot read library generic45"):
        Synthesizer(Flow(generic45, (1.0,)))


FAIL_ONCE = """
import pathlib
real, marker = {real!r}, pathlib.Path({marker!r})
if not marker.exists() and not sys.argv[1:]:
    marker.touch()
    for line in sys.stdin:
        {failure}
os.execv(real, [real, *sys.argv[1:]])
"""


@pytest.mark.parametrize("failure", ["sys.exit(9)", "time.sleep(600)"], ids=["dies", "hangs"])
def test_a_worker_that_fails_is_replaced_and_its_design_retried(
    generic45: Library, fake_abc, tmp_path, failure: str
) -> None:
    real = str(tools.yosys_abc())
    flow = Flow(generic45, (0.3,), timeout_s=5)
    with SynthesisPool(flow, 1) as pool:
        expected = pool.submit(netlist(sklansky(8))).result()
    marker = tmp_path / "failed"
    fake_abc(FAIL_ONCE.format(real=real, marker=str(marker), failure=failure))
    with SynthesisPool(flow, 1) as pool:
        assert pool.submit(netlist(sklansky(8))).result() == expected
    assert marker.exists()


def test_a_worker_that_always_dies_is_reported(generic45: Library, fake_abc) -> None:
    fake_abc("sys.stdin.readline(); sys.exit(9)")
    flow = Flow(generic45, (0.3,))
    with (
        SynthesisPool(flow, 1) as pool,
        pytest.raises(ToolError, match="yosys-abc: died, status 9"),
    ):
        pool.submit(netlist(sklansky(8))).result()
