"""The hash chain: what exactly is hashed, so that a stranger can check it with SHA-256 and nothing else.

The hash of a line is SHA-256 over the UTF-8 bytes of the previous line's hash, a line feed, and the canonical
JSON array of the line's own columns (no spaces, keys sorted, Chinese unescaped). The first follows GENESIS.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

GENESIS = "0" * 64

CHAINED_COLUMNS = (
    "sequence", "at", "is_view", "actor_id", "actor_label", "actor_role", "verb", "room", "record_type",
    "record_id", "org_path", "reason", "details_json", "address", "before_digest", "after_digest",
)  # fmt: skip


def canonical(value: Any) -> str:
    """Return the one JSON text of ``value``; dates, decimals and enums become text, all else is refused."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot stand in a journal line")


def digest(facts: Mapping[str, Any] | None) -> str:
    """Return SHA-256 of the facts' canonical JSON, or '' for none: a trace without the content."""
    return "" if facts is None else hashlib.sha256(canonical(facts).encode()).hexdigest()


def hash_of(previous_hash: str, columns: Mapping[str, Any]) -> str:
    """Return the hash of the line with these ``columns`` (CHAINED_COLUMNS) after ``previous_hash``."""
    payload = canonical([columns[name] for name in CHAINED_COLUMNS])
    return hashlib.sha256(f"{previous_hash}\n{payload}".encode()).hexdigest()
