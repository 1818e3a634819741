"""Finds the propagates of a circuit that need not be ORs: the half sum, an XOR, may stand in."""

from synthesis.netlist import Netlist, Op


def propagates(netlist: Netlist) -> dict[str, str]:
    """ORs that the XOR of the same inputs may replace, each with that XOR.

    The two differ where both inputs are 1. That may be if wherever it makes a difference some net
    is 1 that masks it in every carry it reaches: the generate of its span. ANDs pass it on; seen
    in any other way, by one OR of the circuit, none is replaced.
    """
    siblings: dict[tuple[str, ...], dict[Op, str]] = {}
    carries: dict[tuple[str, ...], str] = {}
    for node in netlist.nodes:
        if node.op is Op.AO21:
            carries[node.inputs] = node.name
        else:
            siblings.setdefault(node.inputs, {})[node.op] = node.name
    found = {same[Op.OR]: same for same in siblings.values() if len(same) == 3}
    mask = {name: same[Op.AND] for name, same in found.items()}
    for node in netlist.nodes:
        masks = [mask[net] for net in node.inputs if net in mask]
        if not masks:
            continue
        if node.op is Op.AND:
            high, low = node.inputs
            both = len(masks) == 2
            masked = carries.get((high, mask[low], mask[high])) if both else masks[0]
            if masked is None:
                return {}
            mask[node.name] = masked
        elif node.op is not Op.AO21 or set(masks) != {node.inputs[2]}:
            return {}
    if any(output.net in mask for output in netlist.outputs):
        return {}
    return {name: same[Op.XOR] for name, same in found.items()}
