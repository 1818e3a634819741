"""Virtual cells: how stock ABC is made to honour IO timing and wire loads.

ABC's buffering and sizing know one driver, one load and no arrival times. So every input gets a
cell without area whose delay is the bit's arrival time plus the driver's own delay by load; every
output one whose input is the output's load and whose delay is what the bit's required time lacks
of the latest; and nets get cells whose pins are a wire's load. Pin A of a cell at a port carries
the signal, dummy inputs the rest. All are taken out again before a netlist leaves.
"""

import math
from collections.abc import Sequence

from synthesis.errors import ToolError
from synthesis.library import Library
from synthesis.mapped import Instance, MappedNetlist, read_blif
from synthesis.netlist import Input, Output
from synthesis.timing import IOTiming
from synthesis.virtual_liberty import PINS, PREFIX, VirtualLibrary
from synthesis.wires import net_spans

_DUMMIES = {pin: f"{PREFIX}{pin}" for pin in PINS}
_SOURCE, _SINK = ".source", ".sink"


class VirtualCells:
    """The virtual cells of a circuit's ports and wires.

    Times are rounded to 0.1 ps.

    Attributes:
        ports: The circuit's inputs and outputs.
        arrival_ps: Arrival time of each input after the earliest.
        shift_ps: Delay that ABC sees, less the delay of the design: whole picoseconds.
        is_timed: Whether bits differ in timing.
        liberty: Liberty text of the cells.

    Args:
        library: The cells.
        timing: When inputs arrive and outputs must be there; driver and loads.
        inputs: The bits that enter.
        outputs: The bits that leave.
        wire_ff_per_column: Capacitance of a net for each column it crosses.

    Raises:
        UserError: The timing is not one of the circuit's, or has too many different times.
    """

    def __init__(
        self,
        library: Library,
        timing: IOTiming,
        inputs: Sequence[Input],
        outputs: Sequence[Output],
        wire_ff_per_column: float = 0.0,
    ):
        timing.check([pin.name for pin in inputs], [pin.name for pin in outputs])
        arrival = {pin.name: 1000 * timing.arrival(pin.name) for pin in inputs}
        required = {pin.name: 1000 * timing.required(pin.name) for pin in outputs}
        first, last = math.floor(min(arrival.values())), math.ceil(max(required.values()))
        self.ports = (tuple(inputs), tuple(outputs))
        self.arrival_ps = {bit: round(time - first, 1) for bit, time in arrival.items()}
        self.shift_ps = last - first
        self._columns = {pin.name: pin.column for pin in inputs}
        self._columns |= {pin.name: pin.column for pin in outputs}

        virtual = VirtualLibrary(library, timing.driver_cell or library.driver_cell)
        loads_ff = {pin.name: timing.load(pin.name, library.load_ff) for pin in outputs}
        self._timed = {bit: virtual.source(time / 1000) for bit, time in self.arrival_ps.items()}
        self._untimed = {bit: virtual.source(0.0) for bit in arrival}
        for bit, load_ff in loads_ff.items():
            self._timed[bit] = virtual.sink(round(last - required[bit], 1) / 1000, load_ff)
            self._untimed[bit] = virtual.sink(0.0, load_ff)
        self.is_timed = self._timed != self._untimed
        widest = max(self._columns.values()) - min(self._columns.values())
        spans = range(1, widest + 1) if wire_ff_per_column else ()
        self._loads = {span: virtual.load(span * wire_ff_per_column) for span in spans}
        self.liberty = virtual.text

    def with_ports(self, netlist: MappedNetlist, *, timed: bool = True) -> MappedNetlist:
        """The netlist with a cell behind every input and one before every output.

        Args:
            netlist: One of the circuit.
            timed: Whether the cells have the bits' times, or only driver and loads.
        """
        cells = self._timed if timed else self._untimed

        def cell(bit: str, start: str, end: str) -> Instance:
            pins = _DUMMIES | {"A": start, "Y": end}
            return Instance(cells[bit], (*pins,), (*pins.values(),), self._columns[bit])

        return MappedNetlist(
            netlist.name,
            (*(f"{bit}{_SOURCE}" for bit in netlist.inputs), *_DUMMIES.values()),
            tuple(f"{bit}{_SINK}" for bit in netlist.outputs),
            (
                *(cell(bit, f"{bit}{_SOURCE}", bit) for bit in netlist.inputs),
                *netlist.instances,
                *(cell(bit, bit, f"{bit}{_SINK}") for bit in netlist.outputs),
            ),
        )

    def with_all(self, netlist: MappedNetlist, *, timed: bool = True) -> MappedNetlist:
        """:meth:`with_ports`, and a load on every net that crosses columns.

        One cell loads six nets that cross as many columns.
        """
        ported = self.with_ports(netlist, timed=timed)
        spans = net_spans(netlist, self._columns)
        nets: dict[int, list[str]] = {}
        for net, span in spans.items():
            if span in self._loads:
                nets.setdefault(span, []).append(net)
        loads: dict[str, Instance] = {}
        for span, loaded in nets.items():
            for start in range(0, len(loaded), len(PINS)):
                end = f"{PREFIX}{len(loads)}{_SINK}"
                pins = _DUMMIES | dict(zip(PINS, loaded[start:], strict=False)) | {"Y": end}
                loads[end] = Instance(self._loads[span], (*pins,), (*pins.values(),), 0)
        return MappedNetlist(
            ported.name,
            ported.inputs,
            (*ported.outputs, *loads),
            (*ported.instances, *loads.values()),
        )

    def read(self, text: str) -> MappedNetlist:
        """What ABC wrote of a netlist with virtual cells, less these.

        Raises:
            ToolError: The text is not mapped BLIF, or they are not where they were put.
        """
        inputs, outputs = ([pin.name for pin in pins] for pins in self.ports)
        netlist = read_blif(text, {f"{bit}{_SOURCE}": self._columns[bit] for bit in inputs})
        gates = []
        names: dict[str, str] = {}
        for instance in netlist.instances:
            nets = dict(zip(instance.pins, instance.nets, strict=True))
            if instance.cell.startswith(f"{PREFIX}source"):
                names[nets["Y"]] = nets["A"].removesuffix(_SOURCE)
            elif instance.cell.startswith(f"{PREFIX}sink"):
                names[nets["A"]] = nets["Y"].removesuffix(_SINK)
            elif not instance.cell.startswith(PREFIX):
                gates.append(instance)
        # ABC drops the cell of an input that nothing reads.
        found = list(names.values())
        if len(set(found)) < len(found) or set(outputs) - set(found):
            raise ToolError("yosys-abc", f"{netlist.name}: virtual cells are not at the ports")
        return MappedNetlist(
            netlist.name,
            tuple(inputs),
            tuple(outputs),
            tuple(
                gate._replace(nets=tuple(names.get(net, net) for net in gate.nets))
                for gate in gates
            ),
        )
