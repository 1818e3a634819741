"""How well the sizing engine's costs agree with those of synthesised designs."""
