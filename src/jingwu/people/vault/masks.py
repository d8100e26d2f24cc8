"""What may be shown of a sensitive value without a reason (reference R10)."""

from __future__ import annotations


def mask_id_number(value: str) -> str:
    """Return an ID number with its region's first four and its last four characters."""
    return f"{value[:4]}{'*' * (len(value) - 8)}{value[-4:]}" if len(value) > 8 else "*" * len(value)


def mask_phone(value: str) -> str:
    """Return a phone number with its first three and last four digits."""
    return f"{value[:3]}****{value[-4:]}" if len(value) > 7 else "*" * len(value)


def mask_name(value: str) -> str:
    """Return the family name alone."""
    return value[:1] + "*" * max(len(value) - 1, 1) if value else ""
