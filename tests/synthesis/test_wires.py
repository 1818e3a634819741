"""Wire loads: spans by hand, and libraries that do not say what wires cost."""

from dataclasses import replace

import pytest

from synthesis.errors import UserError
from synthesis.flow import Flow
from synthesis.library import Library
from synthesis.mapped import Instance, MappedNetlist
from synthesis.wires import Wires, net_spans, wire_ff_per_column


def test_spans_by_hand() -> None:
    netlist = MappedNetlist(
        "top",
        ("a", "b"),
        ("y", "z"),
        (
            Instance("INV", ("A", "Y"), ("a", "n"), 2),
            Instance("BUF", ("A", "Y"), ("n", "y"), 7),
            Instance("NAND2", ("A", "B", "Y"), ("b", "n", "z"), 5),
        ),
    )
    spans = net_spans(netlist, {"a": 2, "b": 3, "y": 7, "z": 1})
    # n goes from column 2 to 7, b from 3 to 5, z from 5 to its port in column 1.
    assert spans == {"a": 0, "b": 2, "n": 5, "y": 0, "z": 4}


def test_a_column_by_hand(generic45: Library) -> None:
    # 0.2 fF/um over 1.4 um.
    assert wire_ff_per_column(generic45) == pytest.approx(0.28)


@pytest.mark.parametrize("value", ["wire_ff_per_um", "row_height_um"])
def test_a_library_that_does_not_say(generic45: Library, value: str) -> None:
    library = replace(generic45, **{value: None})
    Flow(library, (1.0,))
    with pytest.raises(UserError, match=r"wire_ff_per_um .* row_height_um .* libraries\.toml"):
        Flow(library, (1.0,), wires=Wires.DATAPATH)
