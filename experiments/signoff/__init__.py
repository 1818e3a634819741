"""How well ABC's delays, by which designs are judged, agree with OpenSTA's."""
