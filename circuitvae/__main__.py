"""``python -m circuitvae``: the command line."""

from circuitvae.cli import main

main()
