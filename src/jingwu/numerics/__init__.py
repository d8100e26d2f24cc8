"""Floor 1: what several engines compute with, since they do not know each other."""
