"""Proves what is handed out against golden models that share no code with the emitters."""

from collections.abc import Sequence

from circuitvae.circuits.base import Circuit
from circuitvae.hdl import golden
from synthesis.abc import AbcSession
from synthesis.equivalence import Difference, difference, elaborate


def prove_verilog(circuit: Circuit, width: int, texts: Sequence[str]) -> list[Difference | None]:
    """For each Verilog text None, if it is proved to be ``circuit``; else where it differs.

    The golden model is elaborated from ``a + b`` by Yosys; ABC compares.

    Raises:
        InterfaceError: A text has other ports than the circuit.
        YosysError: A text is not combinational Verilog.
        ToolError: The proof could not be finished.
    """
    return prove_blif(circuit, width, elaborate(texts))


def prove_blif(circuit: Circuit, width: int, texts: Sequence[str]) -> list[Difference | None]:
    """The same for BLIF texts."""
    (reference,) = elaborate([circuit.golden(width, "golden")])
    if width == 1:  # Yosys writes vectors of one bit without an index.
        texts = [text.replace("[0]", "") for text in texts]
    with AbcSession() as session:
        return [difference(candidate, reference, session) for candidate in texts]


def prove_techmap(techmap: str, width: int) -> Difference | None:
    """Proves a techmap file on Yosys's bare ``$lcu`` cell of ``width`` bits.

    Raises:
        YosysError: The file is not Verilog, or leaves the cell as it is.
        ToolError: The proof could not be finished.
    """
    mapped = elaborate_techmapped(techmap, golden.lcu_cell(width, "candidate"))
    (reference,) = elaborate([golden.lcu(width, "golden")])
    with AbcSession() as session:
        return difference(mapped, reference, session)


def elaborate_techmapped(techmap: str, design: str) -> str:
    """BLIF of a design whose cells are replaced by a techmap file, and by nothing else of Yosys."""
    (text,) = elaborate(
        [design],
        ["techmap -map techmap.v", "select -assert-none t:$lcu"],
        files={"techmap.v": techmap},
    )
    return text
