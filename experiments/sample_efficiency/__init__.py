"""How many designs each search method needs."""
