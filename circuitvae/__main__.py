"""``python -m circuitvae``: the command line."""

from circuitvae.cli import main

if __name__ == "__main__":
    main()
