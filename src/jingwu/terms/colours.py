"""Colours of warnings about offices; the risk colours of disputes are another system, kept apart on purpose
(reference, 'five things to know', 4)."""

from __future__ import annotations

from enum import StrEnum


class OfficeWarning(StrEnum):
    """红黄蓝 warnings of offices, ordered blue < yellow < red."""

    NONE = "none"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
