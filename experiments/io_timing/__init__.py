"""Synthesis that knows when each bit arrives, against one that does not."""
