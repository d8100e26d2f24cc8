"""Incidents out of time or nearly so, as rows of what needs attention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jingwu.incidents import queries as incidents
from jingwu.journal.access import may

SHOWN = 3


def pressing_rows(user: Any, *, at: datetime, path: str = "") -> list[dict[str, str]]:
    """Return rows of the list (level, what, why, url, link), the worst first; [] where there are none."""
    if not may(user, "incidents.view", at=at):
        return []
    found = incidents.attention(user, at=at, path=path, most=SHOWN)
    board = reverse("incidents:board")
    rows = [
        {
            "level": row.level,
            "what": " ".join(part for part in (f"P{row.priority}", row.category_words, row.address) if part),
            "why": " · ".join(part for part in (row.clock_words, row.office_name, row.short_number) if part),
            "url": reverse("incidents:incident", args=[row.id]),
            "link": _("警情"),
        }
        for row in found.rows
    ]
    left = found.overdue + found.risk - len(rows)
    if left > 0:
        group = "overdue" if found.overdue > len(rows) else "risk"
        words = ngettext("另有 %(n)d 起超时或将超时", "另有 %(n)d 起超时或将超时", left) % {"n": left}
        level = "act" if group == "overdue" else "soon"
        rows.append(_more(level, words, f"{board}?group={group}"))
    if found.waiting:
        words = ngettext("%(n)d 起待派", "%(n)d 起待派", found.waiting) % {"n": found.waiting}
        rows.append(_more("know", words, f"{board}?group=waiting"))
    return rows


def _more(level: str, what: str, url: str) -> dict[str, str]:
    return {"level": level, "what": what, "why": "", "url": url, "link": _("警情板")}
