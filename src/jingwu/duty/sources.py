"""Where the handover's open items come from: rooms above duty register a source when they start.

``duty`` may not import the rooms above it; they hand it a function instead (in their ``AppConfig.ready``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OpenItem:
    """One thing the next shift must know: an open incident, a timer due, a promise.

    ``kind`` groups items ('incident', 'timer', 'promise'); ``level`` is act, soon or know.
    """

    kind: str
    level: str
    zh: str
    en: str
    due_at: datetime | None = None
    url: str = ""

    def __post_init__(self) -> None:
        if self.level not in ("act", "soon", "know"):
            raise ValueError(f"an open item's level is act, soon or know, not {self.level!r}")


Source = Callable[[int, datetime], tuple[OpenItem, ...]]

_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let ``source(office_id, at)`` add its items to every handover; a second call replaces the first."""
    _sources[name] = source


def open_items(office_id: int, at: datetime) -> tuple[OpenItem, ...]:
    """Return every source's items, the most pressing first."""
    found = [item for _name, source in sorted(_sources.items()) for item in source(office_id, at)]
    order = {"act": 0, "soon": 1, "know": 2}
    return tuple(sorted(found, key=lambda item: (order[item.level], item.due_at is None, item.due_at or at)))
