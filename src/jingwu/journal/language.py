"""The reader's language, for what is stored in both.

It stands in the lowest room that knows Django, as the guard does, because the pages of every room ask it.
"""

from __future__ import annotations

from django.utils.translation import get_language


def is_english() -> bool:
    """Return whether the page is in English."""
    return (get_language() or "").startswith("en")


def language() -> str:
    """Return 'en' or 'zh'."""
    return "en" if is_english() else "zh"
