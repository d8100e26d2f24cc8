"""The check digit of the citizen ID number, GB 11643."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def check_digit(first_seventeen: str) -> str:
    """Return the eighteenth character for the first seventeen digits.

    Raises ValueError unless there are seventeen digits. Source: GB 11643 (ISO 7064, MOD 11-2).
    """
    if len(first_seventeen) != 17 or not (first_seventeen.isascii() and first_seventeen.isdigit()):
        raise ValueError("seventeen digits are needed")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_seventeen, strict=True))
    return _CHECKS[total % 11]


def birth_date_of(number: str) -> date | None:
    """Return the date of birth an ID number tells; None when the number is not valid."""
    number = number.upper()
    try:
        if len(number) != 18 or check_digit(number[:17]) != number[17]:
            return None
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
