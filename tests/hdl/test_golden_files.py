"""Emitted text against recorded files.

``CIRCUITVAE_RECORD_GOLDEN=1 pytest tests/hdl/test_golden_files.py`` writes the files anew; read
their difference before committing it.
"""

import os
from pathlib import Path

import pytest

from circuitvae.circuits.adder import Adder
from circuitvae.hdl.emit import verilog
from circuitvae.hdl.techmap import yosys_techmap
from circuitvae.prefix.classical import brent_kung, sklansky
from synthesis.blif import blif

FOLDER = Path(__file__).parent / "golden"
NOTES = {"library": "generic45", "seed": "7", "licence": "Apache-2.0"}
TEXTS = {
    "sklansky_8.v": lambda: verilog(Adder(), sklansky(8), notes=NOTES),
    "brent_kung_5_cin.v": lambda: verilog(
        Adder(carry_in=True, carry_out=False), brent_kung(5), module="add5"
    ),
    "sklansky_8_lcu.v": lambda: yosys_techmap(sklansky(8), NOTES),
    "sklansky_5.blif": lambda: blif(Adder(carry_in=True).netlist(sklansky(5))),
}


@pytest.mark.parametrize("name", TEXTS)
def test_emitted_text_is_the_recorded_one(name: str) -> None:
    text = TEXTS[name]()
    if os.environ.get("CIRCUITVAE_RECORD_GOLDEN") == "1":
        (FOLDER / name).write_text(text)
    assert text == (FOLDER / name).read_text()
