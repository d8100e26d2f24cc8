"""An office with three crews, a clerk and a grid worker, its shift kinds, and a published fortnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from jingwu.journal.actor import SYSTEM
from jingwu.terms.people import AccountRole, FundingSource, PersonCategory

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)


@pytest.fixture
def crews(
    chief: Any, officer: Any, auxiliary: Any, grid_worker: Any, tree: Any, now: datetime
) -> dict[str, int]:
    """Make more people of the first office, so that there are four crews; ids by short name."""
    from jingwu.people import actions as people
    from jingwu.terms.people import PostRole

    rows = [
        people.NewPerson(
            code, f"人员 {code}", tree.office, category, FundingSource.SOCIAL, birth_date=date(1990, 1, 1)
        )
        for code, category in (
            ("O3", PersonCategory.OFFICER),
            ("O4", PersonCategory.OFFICER),
            ("A2", PersonCategory.AUX_DUTY),
            ("A3", PersonCategory.AUX_DUTY),
            ("C1", PersonCategory.AUX_CLERICAL),
        )
    ]
    ids = people.create_people(rows, by=SYSTEM, at=now)
    people.assign(
        [people.NewAssignment("P-chief", tree.office, PostRole.LEAD, start_on=date(2026, 1, 1))], by=SYSTEM,
        at=now,
    )  # fmt: skip
    own = {"chief": chief.person_id, "officer": officer.person_id, "auxiliary": auxiliary.person_id}
    return {**ids, **own, "grid": grid_worker.person_id}


@pytest.fixture
def kinds(tree: Any, now: datetime) -> None:
    """Make the district's shift kinds."""
    from jingwu.duty import actions

    assert actions.ensure_shift_kinds(tree.district, by=SYSTEM, at=now) == 8


@pytest.fixture
def draft(crews: dict[str, int], kinds: None, chief: Any, tree: Any, now: datetime) -> int:
    """Draft four weeks by turns."""
    from jingwu.duty import actions

    return actions.draft_roster(tree.office, FIRST, LAST, by=chief, at=now)


@pytest.fixture
def published(draft: int, chief: Any, now: datetime) -> int:
    """Publish the draft."""
    from jingwu.duty import actions

    actions.publish_roster(draft, seen=1, reason="轮班", by=chief, at=now)
    return draft


@pytest.fixture
def cells() -> Callable[[int], dict[tuple[int, date], str]]:
    """Return a reader of a roster's cells: shift code by person and day."""
    from jingwu.duty.models import RosterCell

    def read(roster_id: int) -> dict[tuple[int, date], str]:
        rows = RosterCell.objects.filter(roster_id=roster_id, is_absent=False)
        return {(p, d): code for p, d, code in rows.values_list("person_id", "day", "shift__code")}

    return read


@pytest.fixture
def second_chief(make_account: Callable[..., Any], tree: Any) -> Any:
    """A second chief of the first office, behind nobody on its staff."""
    return make_account("chief2", AccountRole.CHIEF, tree.office)
