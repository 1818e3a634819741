"""What wires of a datapath layout do to the ranking of the classical adders."""
