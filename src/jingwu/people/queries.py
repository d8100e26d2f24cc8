"""What other rooms and pages may know of people and accounts: frozen facts, sensitive values masked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from jingwu.journal.access import within
from jingwu.people.models import (
    Account,
    AccountSession,
    Assignment,
    Certificate,
    Person,
    RoleGrant,
    open_at,
)
from jingwu.people.vault import Sealed, mask_id_number, mask_phone
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import AccountRole, FundingSource, PersonCategory, PostRole, StaffTier
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class CertificateFacts:
    """A certificate and the last day it holds (None = it does not expire)."""

    name: str
    issuer: str
    issued_on: date | None
    expires_on: date | None

    def holds_on(self, day: date) -> bool:
        """Return whether the certificate counts on ``day``."""
        return self.expires_on is None or day <= self.expires_on


@dataclass(frozen=True)
class AssignmentFacts:
    """A post somebody holds, [start_on, end_on)."""

    id: int
    person_code: str
    office_code: str
    role: PostRole
    module: DutyModule | None
    beat_code: str
    group: str
    acting: bool
    start_on: date
    end_on: date | None


@dataclass(frozen=True)
class PersonFacts:
    """A person without the sensitive values; ``posts`` are those held on the day asked for."""

    id: int
    code: str
    name: str
    unit_code: str
    path: str
    category: PersonCategory
    funding_source: FundingSource
    tier: StaffTier
    employer: str
    birth_date: date | None
    rank: str
    grassroots_years: float | None
    has_police_background: bool | None
    skills: tuple[str, ...]
    recused_from: tuple[str, ...]
    home_lon: float | None
    home_lat: float | None
    weekly_minutes: int
    joined_on: date | None
    left_on: date | None
    version: int
    certificates: tuple[CertificateFacts, ...]
    posts: tuple[AssignmentFacts, ...]

    @property
    def org_path(self) -> str:
        """Return the path of the person's unit."""
        return self.path

    def age_on(self, day: date) -> int | None:
        """Return the completed years of age on ``day``."""
        born = self.birth_date
        return (
            None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        )


@dataclass(frozen=True)
class PersonRow:
    """A line of the list of people."""

    code: str
    name: str
    unit_name: str
    category: str
    category_label: str
    funding_label: str
    age: int | None
    post_label: str
    phone_masked: str


@dataclass(frozen=True)
class Page:
    """One page of a list; ``number`` counts from 1, ``total`` is all rows that match."""

    rows: tuple[Any, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True)
class GrantFacts:
    """A role given to an account."""

    id: int
    role: AccountRole
    role_label: str
    unit_name: str
    path: str
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True)
class AccountFacts:
    """An account as the administrators see it.

    ``paths``: where it counts, by the grants that have not ended and by its person; none of both, nowhere.
    """

    id: int
    sign_in_name: str
    label: str
    person_code: str
    is_active: bool
    is_locked: bool
    must_change_password: bool
    last_sign_in: datetime | None
    grants: tuple[GrantFacts, ...]
    paths: frozenset[str]


@dataclass(frozen=True)
class SessionFacts:
    """A sign-in on one device; ``session_key`` is the cookie's value and enters no page."""

    id: int
    session_key: str
    started_at: datetime
    last_seen_at: datetime
    address: str
    device: str


@dataclass(frozen=True)
class DemoAccount:
    """A demo account as the sign-in page offers it."""

    sign_in_name: str
    label: str


def named(paths: Iterable[str], words: str, *, on: date, limit: int) -> list[tuple[str, str, str]]:
    """Return code, name and unit of persons at and below ``paths`` whose name or code holds ``words``."""
    rows = Person.objects.filter(within("unit__path", paths), Q(left_on=None) | Q(left_on__gt=on))
    rows = rows.filter(Q(name__icontains=words) | Q(code__icontains=words)).order_by("code")
    return list(rows.values_list("code", "name", "unit__name")[:limit])


def people(paths: Iterable[str], *, on: date, ids: Collection[int] | None = None) -> list[PersonFacts]:
    """Return the persons at and below ``paths`` who have not left by ``on``, by code, in four statements.

    Raises: BadInput naming those without a category: what they may do is unknown.
    """
    rows = Person.objects.filter(within("unit__path", paths), Q(left_on=None) | Q(left_on__gt=on))
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    found = list(rows.select_related("unit").defer("id_number", "phone").order_by("code"))
    _refuse_uncategorised(found)
    found_ids = [row.pk for row in found]
    papers: dict[int, list[CertificateFacts]] = defaultdict(list)
    for paper in Certificate.objects.filter(person_id__in=found_ids).order_by("name"):
        papers[paper.person_id].append(
            CertificateFacts(paper.name, paper.issuer, paper.issued_on, paper.expires_on)
        )
    posts: dict[int, list[AssignmentFacts]] = defaultdict(list)
    for post in _posts_on(on).filter(person_id__in=found_ids):
        posts[post.person_id].append(_assignment(post))
    return [_person(row, tuple(papers[row.pk]), tuple(posts[row.pk])) for row in found]


def person(code: str, *, on: date) -> PersonFacts | None:
    """Return one person, left or not; the caller checks the scope by ``org_path``.

    Raises: BadInput as ``people``.
    """
    row = Person.objects.filter(code=code).select_related("unit").defer("id_number", "phone").first()
    if row is None:
        return None
    _refuse_uncategorised([row])
    papers = tuple(
        CertificateFacts(paper.name, paper.issuer, paper.issued_on, paper.expires_on)
        for paper in row.certificates.order_by("name")
    )
    return _person(row, papers, tuple(_assignment(post) for post in _posts_on(on).filter(person=row)))


def masked(code: str) -> dict[str, str]:
    """Return the person's sensitive values as they may be shown without a reason."""
    row = Person.objects.only("id_number", "phone").get(code=code)
    masks = {"id_number": mask_id_number, "phone": mask_phone}
    return {
        name: value.masked(mask) if isinstance(value := getattr(row, name), Sealed) else ""
        for name, mask in masks.items()
    }


def by_id_number(value: str, paths: Iterable[str]) -> str | None:
    """Return the code of the person with exactly this ID number below ``paths``, found by the blind index."""
    index = Person._meta.get_field("id_number_index").digest(value)
    row = Person.objects.filter(within("unit__path", paths), id_number_index=index).first()
    return row.code if row else None


def assignments(paths: Iterable[str], *, on: date) -> list[AssignmentFacts]:
    """Return the posts held on ``on`` in the offices at and below ``paths``."""
    rows = _posts_on(on).filter(within("office__unit__path", paths))
    return [_assignment(row) for row in rows.order_by("office__unit__code", "role", "person__code")]


def page_of_people(
    paths: Iterable[str], *, on: date, number: int = 1, size: int = 50, text: str = "", category: str = ""
) -> Page:
    """Return one page of the list of people, filtered by part of code or name and by category."""
    rows = Person.objects.filter(within("unit__path", paths), Q(left_on=None) | Q(left_on__gt=on))
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text))
    if category:
        rows = rows.filter(category=category)
    total = rows.count()
    number = max(1, min(number, -(-total // size) or 1))
    start = (number - 1) * size
    found = list(rows.select_related("unit").defer("id_number").order_by("code")[start : start + size])
    labels = defaultdict(list)
    for post in _posts_on(on).filter(person__in=found):
        labels[post.person_id].append(str(post.get_role_display()))
    lines = tuple(
        PersonRow(
            row.code, row.name, row.unit.name, row.category, str(row.get_category_display()),
            str(row.get_funding_source_display()), _age(row.birth_date, on), "、".join(labels[row.pk]),
            row.phone.masked(mask_phone) if isinstance(row.phone, Sealed) else "",
        )
        for row in found
    )  # fmt: skip
    return Page(lines, number, size, total)


def page_of_accounts(
    paths: Iterable[str], *, at: datetime, number: int = 1, size: int = 50, text: str = ""
) -> Page:
    """Return one page of accounts that count below ``paths`` (``AccountFacts``), and of those nowhere."""
    paths = tuple(paths)
    grants = RoleGrant.objects.filter(open_at(at))
    granted = grants.filter(within("unit__path", paths)).values("account_id")
    persons = Person.objects.filter(within("unit__path", paths)).values("pk")
    nowhere = Q(person=None) & ~Q(pk__in=grants.values("account_id"))
    rows = Account.objects.filter(Q(pk__in=granted) | Q(person_id__in=persons) | nowhere)
    if text:
        rows = rows.filter(Q(sign_in_name__icontains=text) | Q(label__icontains=text))
    total = rows.count()
    number = max(1, min(number, -(-total // size) or 1))
    found = list(
        rows.select_related("person__unit")
        .prefetch_related("grants__unit")
        .order_by("sign_in_name")[(number - 1) * size : number * size]
    )
    return Page(tuple(_account(row, at) for row in found), number, size, total)


def account_facts(account_id: int, *, at: datetime) -> AccountFacts | None:
    """Return one account with its grants."""
    rows = Account.objects.select_related("person__unit").prefetch_related("grants__unit")
    row = rows.filter(pk=account_id).first()
    return _account(row, at) if row else None


def account(account_id: int) -> Account:
    """Return the account itself, to stand after ``by=`` in a job that goes on for somebody."""
    return Account.objects.get(pk=account_id)


def account_named(sign_in_name: str) -> Account:
    """Return the account with this sign-in name, to stand after ``by=``."""
    return Account.objects.get(sign_in_name=sign_in_name)


def sessions(account_id: int) -> list[SessionFacts]:
    """Return the account's open sessions, the latest first."""
    rows = AccountSession.objects.filter(account_id=account_id, ended_at=None).order_by("-last_seen_at")
    return [
        SessionFacts(row.pk, row.session_key, row.started_at, row.last_seen_at, row.address, row.device)
        for row in rows
    ]


def demo_accounts() -> list[DemoAccount]:
    """Return the demo accounts, none outside demo mode."""
    if not settings.DEMO:
        return []
    rows = Account.objects.filter(is_demo=True, is_active=True).order_by("pk")
    return [DemoAccount(row.sign_in_name, row.label) for row in rows]


def _posts_on(day: date) -> Any:
    rows = Assignment.objects.filter(Q(end_on=None) | Q(end_on__gt=day), start_on__lte=day)
    return rows.select_related("person", "office__unit", "beat")


def _assignment(row: Assignment) -> AssignmentFacts:
    return AssignmentFacts(
        id=row.pk, person_code=row.person.code, office_code=row.office.unit.code, role=PostRole(row.role),
        module=DutyModule(row.module) if row.module else None, beat_code=row.beat.code if row.beat else "",
        group=row.group, acting=row.acting, start_on=row.start_on, end_on=row.end_on,
    )  # fmt: skip


def _refuse_uncategorised(rows: Iterable[Person]) -> None:
    known = frozenset(PersonCategory)
    named = [f"{row.name}({row.code})" for row in rows if row.category not in known]
    if named:
        raise BadInput(
            "people.no_category",
            "这些人没有人员类别:" + "、".join(named) + "。请先在“人员”里补上。",
            "These people have no category: " + ", ".join(named) + ". Fill it in under People first.",
            fields={"category": "必填 / required"},
        )


def _person(
    row: Person, papers: tuple[CertificateFacts, ...], posts: tuple[AssignmentFacts, ...]
) -> PersonFacts:
    years = row.grassroots_years
    return PersonFacts(
        id=row.pk, code=row.code, name=row.name, unit_code=row.unit.code, path=row.unit.path,
        category=PersonCategory(row.category), funding_source=FundingSource(row.funding_source),
        tier=StaffTier(row.tier), employer=row.employer, birth_date=row.birth_date, rank=row.rank,
        grassroots_years=None if years is None else float(years),
        has_police_background=row.has_police_background, skills=tuple(row.skills),
        recused_from=tuple(row.recused_from), home_lon=row.home_lon, home_lat=row.home_lat,
        weekly_minutes=row.weekly_minutes, joined_on=row.joined_on, left_on=row.left_on, version=row.version,
        certificates=papers, posts=posts,
    )  # fmt: skip


def _age(born: date | None, on: date) -> int | None:
    return None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _account(row: Account, at: datetime) -> AccountFacts:
    grants = tuple(
        GrantFacts(
            grant.pk, AccountRole(grant.role), str(grant.get_role_display()), grant.unit.name,
            grant.unit.path, grant.valid_from, grant.valid_to,
        )
        for grant in row.grants.all()
        if grant.valid_to is None or grant.valid_to > at
    )  # fmt: skip
    paths = {grant.path for grant in grants} | ({row.person.org_path} if row.person else set())
    return AccountFacts(
        id=row.pk, sign_in_name=row.sign_in_name, label=row.label,
        person_code=row.person.code if row.person else "", is_active=row.is_active,
        is_locked=row.locked_until is not None and row.locked_until > at,
        must_change_password=row.must_change_password, last_sign_in=row.last_login, grants=grants,
        paths=frozenset(paths),
    )  # fmt: skip
