"""The command line: one module per command."""

import signal
import sys
from collections.abc import Callable

import typer

from circuitvae.cli import compare, evaluate, export, library, search, verify
from synthesis.errors import ToolError, UserError

app = typer.Typer(
    help="Designs small, fast binary adders for your cell library, each proved correct.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 done, 1 the answer is no, 2 bad usage or input, 3 a tool failed.",
)
app.command("search")(search.search)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.command("verify")(verify.verify)
app.command("compare")(compare.compare)
app.add_typer(library.app, name="library")


def main() -> None:
    """Runs a command; when asked to end (SIGTERM) it ends the tools it runs, and is gone."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    answered(app)


def answered(command: Callable[[], object]) -> None:
    """Runs a command; answers bad input and failing tools with one line."""
    try:
        command()
    except UserError as error:
        sys.exit(_complain(error, 2))
    except ToolError as error:
        sys.exit(_complain(error, 3))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.exit(_complain(f"{place}{error.strerror or error}", 3))


def _complain(error: Exception | str, status: int) -> int:
    message = " ".join(str(error).split())
    print(f"circuitvae: {message}", file=sys.stderr)
    return status
