"""Hardware description: adders as Verilog, BLIF and techmaps, read back, and proved."""
