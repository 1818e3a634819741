"""Reference models to prove against: behavioural Verilog that shares no code with the emitters."""


def adder(width: int, module: str, *, carry_in: bool, carry_out: bool) -> str:
    """An adder written with ``+``, for Yosys to elaborate.

    Args:
        width: Bits of each operand.
        module: Name of the module.
        carry_in: Whether there is a port ``cin``.
        carry_out: Whether there is a port ``cout``.
    """
    ports = ["a", "b"] + ["cin"] * carry_in + ["sum"] + ["cout"] * carry_out
    return "\n".join(
        [
            f"module {module} ({', '.join(ports)});",
            f"  input [{width - 1}:0] a, b;",
            *["  input cin;"] * carry_in,
            f"  output [{width - 1}:0] sum;",
            *["  output cout;"] * carry_out,
            f"  assign {'{cout, sum}' if carry_out else 'sum'} = a + b{' + cin' * carry_in};",
            "endmodule",
            "",
        ]
    )


def lcu(width: int, module: str) -> str:
    """The function of Yosys's ``$lcu`` cell: carries that ripple, ``P`` and ``G`` arbitrary.

    References:
        Yosys, ``simlib.v``, module ``$lcu``.
    """
    return "\n".join(
        [
            *_lcu_ports(width, module),
            "  assign CO[0] = G[0] | (P[0] & CI);",
            *(f"  assign CO[{i}] = G[{i}] | (P[{i}] & CO[{i - 1}]);" for i in range(1, width)),
            "endmodule",
            "",
        ]
    )


def lcu_cell(width: int, module: str) -> str:
    """A module that holds nothing but Yosys's ``$lcu`` cell, for a techmap file to replace."""
    cell = rf"  \$lcu #(.WIDTH({width})) lcu (.P(P), .G(G), .CI(CI), .CO(CO));"
    return "\n".join([*_lcu_ports(width, module), cell, "endmodule", ""])


def _lcu_ports(width: int, module: str) -> list[str]:
    return [
        f"module {module} (P, G, CI, CO);",
        f"  input [{width - 1}:0] P, G;",
        "  input CI;",
        f"  output [{width - 1}:0] CO;",
    ]
