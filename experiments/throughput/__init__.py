"""How fast designs are synthesised, and where the time goes."""
