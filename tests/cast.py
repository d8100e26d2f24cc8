"""The named cast: one organisation and one account a role, the same in every room's tests.

Two districts of one city; the first has a station with two offices and their beats. Each fixture makes only
what it needs. ``client_for(account)`` gives a browser signed in as somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from jingwu.terms.people import AccountRole, FundingSource, OrgLevel, PersonCategory

CAST_PASSWORD = "a long word for tests"


@dataclass(frozen=True)
class Tree:
    """Codes and paths of the cast's organisation; region code 99 belongs to no place."""

    province: str = "99"
    city: str = "9901"
    district: str = "990101"
    station: str = "99010101"
    office: str = "9901010101"
    office2: str = "9901010102"
    beat: str = "9901010101-J1"
    beat2: str = "9901010101-J2"
    beat3: str = "9901010102-J1"
    other_district: str = "990102"
    other_station: str = "99010201"
    other_office: str = "9901020101"

    @property
    def district_path(self) -> str:
        return "/99/9901/990101/"

    @property
    def office_path(self) -> str:
        return "/99/9901/990101/99010101/9901010101/"

    @property
    def office2_path(self) -> str:
        return "/99/9901/990101/99010101/9901010102/"

    @property
    def other_district_path(self) -> str:
        return "/99/9901/990102/"

    @property
    def other_office_path(self) -> str:
        return "/99/9901/990102/99010201/9901020101/"


@pytest.fixture
def now() -> datetime:
    """Return the cast's present: a Monday, ten in the morning in Shanghai."""
    return datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def tree(db: None, now: datetime) -> Tree:
    """Make the organisation: province, city, two districts, two stations, three offices, three beats."""
    from jingwu.journal.actor import SYSTEM
    from jingwu.offices import actions

    names = Tree()
    for level, code, name, parent in (
        (OrgLevel.PROVINCE, names.province, "某省", None),
        (OrgLevel.CITY, names.city, "某市", names.province),
        (OrgLevel.DISTRICT, names.district, "甲区", names.city),
        (OrgLevel.STATION, names.station, "甲一派出所", names.district),
        (OrgLevel.DISTRICT, names.other_district, "乙区", names.city),
        (OrgLevel.STATION, names.other_station, "乙一派出所", names.other_district),
    ):
        actions.create_unit(level=level, code=code, name=name, parent_code=parent, by=SYSTEM, at=now)
    week = ((510, 1050),) * 5 + ((0, 0),) * 2
    actions.open_offices(
        [
            actions.NewOffice(names.office, "甲一警务室", names.station, 104.01, 30.51, opening_minutes=week),
            actions.NewOffice(names.office2, "甲二警务室", names.station, 104.03, 30.52),
            actions.NewOffice(names.other_office, "乙一警务室", names.other_station, 104.20, 30.60),
        ],
        by=SYSTEM,
        at=now,
    )
    actions.create_beats(
        [
            actions.NewBeat(
                names.beat, "一警格", names.office, population=5200, households=1900, area_km2=0.8
            ),
            actions.NewBeat(
                names.beat2, "二警格", names.office, population=4100, households=1500, area_km2=0.6
            ),
            actions.NewBeat(
                names.beat3, "三警格", names.office2, population=6100, households=2200, area_km2=1.1
            ),
        ],
        by=SYSTEM,
        at=now,
    )
    return names


@pytest.fixture
def local_norm(tree: Tree, now: datetime) -> Callable[..., None]:
    """Return a way to give a unit (the first office, if none is named) an approved value of its own."""
    from jingwu.offices.models import LocalNorm, OrgUnit

    def state(key: str, value: Any, *, unit: str = tree.office) -> None:
        LocalNorm.objects.create(
            unit=OrgUnit.objects.get(code=unit), key=key, value=value, start=date(2026, 1, 1), reason="试行",
            reference="本地规定", state=LocalNorm.State.APPROVED, proposed_by_id=1, proposed_by_label="a",
            proposed_at=now, decided_by_id=2, decided_by_label="b", decided_at=now,
        )  # fmt: skip

    return state


@pytest.fixture
def make_account(tree: Tree, now: datetime, settings: Any) -> Callable[..., Any]:
    """Return a maker of accounts: name, role, unit code, category of its person (None = nobody)."""
    from jingwu.journal.actor import SYSTEM
    from jingwu.people import actions

    # the cast's passwords are not worth Argon2's time; the sign-in tests set the real hasher again
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def make(
        name: str, role: AccountRole | None, unit_code: str, category: PersonCategory | None = None
    ) -> Any:
        person_id = None
        if category is not None:
            source = (
                FundingSource.ESTABLISHMENT if category is PersonCategory.OFFICER else FundingSource.SOCIAL
            )
            row = actions.NewPerson(
                f"P-{name}", f"人员 {name}", unit_code, category, source, birth_date=date(1990, 5, 1)
            )
            person_id = actions.create_people([row], by=SYSTEM, at=now)[row.code]
        account = actions.create_account(
            sign_in_name=name, label=name, password=CAST_PASSWORD, person_id=person_id, by=SYSTEM, at=now,
            must_change_password=False,
        )  # fmt: skip
        if role is not None:
            actions.grant_role(account.pk, role, unit_code=unit_code, by=SYSTEM, at=now)
        account.forget_grants()
        return account

    return make


@pytest.fixture
def manager(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The manager of the first district."""
    return make_account("manager", AccountRole.DISTRICT_MANAGER, tree.district)


@pytest.fixture
def manager2(make_account: Callable[..., Any], tree: Tree) -> Any:
    """A second manager of the first district, who approves what the first one proposes."""
    return make_account("manager2", AccountRole.DISTRICT_MANAGER, tree.district)


@pytest.fixture
def chief(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The chief of the first office."""
    return make_account("chief", AccountRole.CHIEF, tree.office, PersonCategory.OFFICER)


@pytest.fixture
def officer(make_account: Callable[..., Any], tree: Tree) -> Any:
    """An officer of the first office."""
    return make_account("officer", AccountRole.OFFICER, tree.office, PersonCategory.OFFICER)


@pytest.fixture
def auxiliary(make_account: Callable[..., Any], tree: Tree) -> Any:
    """A duty auxiliary of the first office."""
    return make_account("auxiliary", AccountRole.AUXILIARY, tree.office, PersonCategory.AUX_DUTY)


@pytest.fixture
def grid_worker(make_account: Callable[..., Any], tree: Tree) -> Any:
    """A grid worker of the first office."""
    return make_account("grid", AccountRole.GRID_WORKER, tree.office, PersonCategory.GRID_WORKER)


@pytest.fixture
def volunteer(make_account: Callable[..., Any], tree: Tree) -> Any:
    """A volunteer of the first office."""
    return make_account("volunteer", AccountRole.VOLUNTEER, tree.office, PersonCategory.VOLUNTEER)


@pytest.fixture
def assessor(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The assessor of the first district."""
    return make_account("assessor", AccountRole.ASSESSOR, tree.district)


@pytest.fixture
def sysadmin(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The system administrator of the city."""
    return make_account("sysadmin", AccountRole.SYSTEM_ADMIN, tree.city)


@pytest.fixture
def secadmin(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The security administrator of the city."""
    return make_account("secadmin", AccountRole.SECURITY_ADMIN, tree.city)


@pytest.fixture
def auditor(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The audit administrator of the city."""
    return make_account("auditor", AccountRole.AUDIT_ADMIN, tree.city)


@pytest.fixture
def stranger(make_account: Callable[..., Any], tree: Tree) -> Any:
    """The chief of an office in the other district."""
    return make_account("stranger", AccountRole.CHIEF, tree.other_office, PersonCategory.OFFICER)


@pytest.fixture
def nobody(make_account: Callable[..., Any], tree: Tree) -> Any:
    """An account without any role."""
    return make_account("nobody", None, tree.office)


@pytest.fixture
def client_for() -> Callable[[Any], Any]:
    """Return a maker of test browsers signed in as an account."""
    from django.test import Client

    def sign_in(account: Any) -> Client:
        browser = Client()
        browser.force_login(account)
        return browser

    return sign_in
