"""An office with four crews for the browser's tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from jingwu.terms.people import FundingSource, PersonCategory

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)


def fill_office(tree: Any, chief: Any, now: Any) -> int:
    """Add two officers, make the shift kinds, draft four weeks, and return the roster's id."""
    from jingwu.duty import actions
    from jingwu.journal.actor import SYSTEM
    from jingwu.people import actions as people

    rows = [
        people.NewPerson(code, f"民警 {code}", tree.office, PersonCategory.OFFICER,
                         FundingSource.ESTABLISHMENT, birth_date=date(1990, 1, 1))
        for code in ("0003", "0004")
    ]  # fmt: skip
    people.create_people(rows, by=SYSTEM, at=now)
    actions.ensure_shift_kinds(tree.district, by=SYSTEM, at=now)
    return actions.draft_roster(tree.office, FIRST, LAST, by=chief, at=now)
