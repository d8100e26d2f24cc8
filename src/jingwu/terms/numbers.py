"""Numbers as addresses and forms bring them: text of any length."""

from __future__ import annotations

MOST_DIGITS = 18
"""So many fit the database's widest whole number, whatever they are."""


def whole_number(text: str) -> int | None:
    """Return the number ``text`` writes in digits alone; None for all else and for longer ones."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
