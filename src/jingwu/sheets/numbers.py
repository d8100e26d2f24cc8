"""Reads columns of numbers and of codes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_WHOLE = re.compile(r"\d+(\.0+)?")


def read_number(text: str) -> float:
    """Return a finite number.

    Raises ValueError; also for what Python alone would take as a number (1_000, nan, inf).
    """
    value = float(text)
    if "_" in text or not math.isfinite(value):
        raise ValueError(f"not a number: {text!r}")
    return value


def read_count(text: str) -> int:
    """Return a whole number of at least zero; ``12.0`` is 12.

    Raises ValueError.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"not a count: {text!r}")
    return int(text.split(".")[0])


def read_numbers(cells: Sequence[str]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return the numbers (NaN where empty or unusable) and the places of the unusable ones."""
    try:  # the usual case: a clean column
        numbers = np.fromiter(map(float, cells), np.float64, len(cells))
        if np.isfinite(numbers).all() and "_" not in "".join(cells):
            return numbers, []
    except ValueError:
        pass
    numbers = np.full(len(cells), np.nan)
    bad: list[int] = []
    for place, cell in enumerate(cells):
        if cell:
            try:
                numbers[place] = read_number(cell)
            except ValueError:
                bad.append(place)
    return numbers, bad


def lost_digits(code: str) -> bool:
    """Return whether a code came through a spreadsheet as a quantity (1.10105E+17)."""
    return _SCIENTIFIC.fullmatch(code) is not None and "E" in code.upper() and len(code) > 6
