"""Pure calculation of rostering; see docs/engines/rostering.md."""
