"""Questions answered with the two packages, one folder each, with its results."""
