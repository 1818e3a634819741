"""Chooses gates for a netlist as designers of adders do by hand: inverting, in alternate polarity.

A carry of true inputs is an AOI21 and comes out complemented; of complemented inputs, an OAI21,
and comes out true; NAND2 and NOR2 likewise for AND and OR. An inverter stands only where the
inputs of a node differ. XOR takes any polarity: XOR2 or XNOR2, its output true.

References:
    Zimmermann, "Binary Adder Architectures for Cell-Based VLSI and their Synthesis", ETH Zürich,
    1997, section 5; Roy et al., "PrefixRL", DAC 2021, https://arxiv.org/abs/2205.07000.
"""

from synthesis.gates import Gate
from synthesis.library import Library
from synthesis.mapped import Instance, MappedNetlist
from synthesis.netlist import Netlist, Op

_INVERTING = {
    (Op.AND, False): Gate.NAND2,
    (Op.AND, True): Gate.NOR2,
    (Op.OR, False): Gate.NOR2,
    (Op.OR, True): Gate.NAND2,
    (Op.AO21, False): Gate.AOI21,
    (Op.AO21, True): Gate.OAI21,
}
"""Gate by operation and by whether its inputs are complemented; its output is the other way."""


def structural(netlist: Netlist, library: Library) -> MappedNetlist:
    """The netlist in the library's smallest gates, ready for buffering and sizing.

    All inputs of a gate take the polarity that most of them have (the first's, if as many).

    Raises:
        UserError: The library lacks a gate this needs.
    """
    library.require_adder_gates()
    complemented = {pin.name: False for pin in netlist.inputs}
    gates: list[tuple[Gate, tuple[str, ...], str, int]] = []
    inverted: dict[str, str] = {}

    def invert(net: str, column: int) -> str:
        if net not in inverted:
            inverted[net] = f"{net}_not"
            gates.append((Gate.INV, (net,), inverted[net], column))
        return inverted[net]

    for node in netlist.nodes:
        polarities = [complemented[net] for net in node.inputs]
        if node.op is Op.XOR:
            gate = Gate.XNOR2 if sum(polarities) % 2 else Gate.XOR2
            gates.append((gate, node.inputs, node.name, node.column))
            complemented[node.name] = False
            continue
        votes = 2 * sum(polarities) - len(polarities)
        polarity = votes > 0 or (votes == 0 and polarities[0])
        inputs = tuple(
            net if own == polarity else invert(net, node.column)
            for net, own in zip(node.inputs, polarities, strict=True)
        )
        gates.append((_INVERTING[node.op, polarity], inputs, node.name, node.column))
        complemented[node.name] = not polarity

    renamed: dict[str, str] = {}
    inputs_named = {pin.name for pin in netlist.inputs}
    for output in netlist.outputs:
        net = invert(output.net, output.column) if complemented[output.net] else output.net
        if net in renamed or net in inputs_named:
            gates.append((Gate.BUF, (net,), output.name, output.column))
        else:
            renamed[net] = output.name

    cells = {gate: library.smallest(gate) for gate in {gate for gate, *_ in gates}}
    instances = []
    for gate, inputs, out, column in gates:
        cell = cells[gate]
        pins = zip((*cell.inputs, cell.output), (*inputs, out), strict=True)
        named = tuple((pin, renamed.get(net, net)) for pin, net in pins)
        instances.append(Instance(cell.name, named, column))
    return MappedNetlist(
        netlist.name,
        tuple(pin.name for pin in netlist.inputs),
        tuple(output.name for output in netlist.outputs),
        tuple(instances),
    )
