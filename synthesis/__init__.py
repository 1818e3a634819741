"""What a circuit costs: cell libraries, mapping, sizing, timing and equivalence by open tools."""
