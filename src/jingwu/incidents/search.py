"""What a search looks up: pairs of adjacent signs, because Chinese text has no spaces to split at."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return ``text`` with width and case folded and everything but letters and digits dropped."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LN")


def grams(*texts: str) -> list[str]:
    """Return the distinct pairs of adjacent signs of all ``texts``, sorted."""
    found: set[str] = set()
    for text in texts:
        signs = plain(text)
        found.update(signs[start : start + 2] for start in range(len(signs) - 1))
    return sorted(found)
