"""Rosters seen as one column per person: exact pricing of a person's horizon, column generation, search."""
