"""Persons and posts: scoped, versioned, never two responsible officers of a beat at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from jingwu.journal import queries as journal
from jingwu.people import actions, queries
from jingwu.people.access import SYSTEM
from jingwu.people.models import Assignment, Person
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory, PostRole, StaffTier
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal

DAY = date(2026, 3, 2)


def new(
    code: str, unit: str, category: PersonCategory = PersonCategory.OFFICER, **more: Any
) -> actions.NewPerson:
    return actions.NewPerson(code, f"人员 {code}", unit, category, FundingSource.ESTABLISHMENT, **more)


@pytest.fixture
def staff(tree: Any, now: datetime) -> dict[str, int]:
    paper = actions.NewCertificate("社区民警资质", expires_on=date(2026, 12, 31))
    rows = [
        new("O1", tree.office, birth_date=date(1985, 7, 1), certificates=(paper,), phone="19900000001"),
        new("O2", tree.office),
        new("X1", tree.office, PersonCategory.AUX_DUTY),
        new("G1", tree.office2, PersonCategory.GRID_WORKER),
    ]
    return actions.create_people(rows, by=SYSTEM, at=now)


def responsible(
    person: str, beat: str, office: str, start: date, end: date | None = None
) -> actions.NewAssignment:
    role = PostRole.RESPONSIBLE_OFFICER
    return actions.NewAssignment(person, office, role, start, end, DutyModule.SECURITY, beat)


def test_people_are_listed_within_scope(staff: dict[str, int], tree: Any) -> None:
    assert [row.code for row in queries.people([tree.district_path], on=DAY)] == ["G1", "O1", "O2", "X1"]
    assert [row.code for row in queries.people([tree.office2_path], on=DAY)] == ["G1"]
    assert queries.people([], on=DAY) == [] and queries.people([tree.other_district_path], on=DAY) == []
    first = queries.person("O1", on=DAY)
    assert first is not None and first.age_on(DAY) == 40
    assert first.certificates[0].holds_on(date(2026, 12, 31)) and not first.certificates[0].holds_on(
        date(2027, 1, 1)
    )
    assert queries.person("G1", on=DAY).tier is StaffTier.EXTENSION  # type: ignore[union-attr]


def test_working_time_that_is_not_told_is_the_norm_of_the_category(tree: Any, now: datetime) -> None:
    actions.create_people(
        [
            new("V1", tree.office, PersonCategory.VOLUNTEER),
            new("V2", tree.office, PersonCategory.VOLUNTEER, weekly_minutes=0),
            new("A1", tree.office, PersonCategory.AUX_DUTY),
            new("A2", tree.office, PersonCategory.AUX_DUTY, weekly_minutes=1200),
        ], by=SYSTEM, at=now,
    )  # fmt: skip
    told = dict(Person.objects.values_list("code", "weekly_minutes"))
    assert told == {"V1": 240, "V2": 0, "A1": 2400, "A2": 1200}


def test_people_without_a_category_are_named_for_every_room(staff: dict[str, int], tree: Any) -> None:
    Person.objects.filter(code__in=["O2", "G1"]).update(category="")
    with pytest.raises(BadInput, match=r"人员 G1\(G1\)、人员 O2\(O2\)") as refused:
        queries.people([tree.district_path], on=DAY)
    assert refused.value.fields == {"category": "必填 / required"} and "O2" in refused.value.message_en
    with pytest.raises(BadInput, match="没有人员类别"):
        queries.person("O2", on=DAY)
    assert [row.code for row in queries.people([tree.office_path], on=DAY, ids=[staff["O1"]])] == ["O1"]


def test_all_or_none(staff: dict[str, int], tree: Any, now: datetime) -> None:
    before = journal.head()
    with pytest.raises(BadInput):
        actions.create_people([new("N1", tree.office), new("O1", tree.office)], by=SYSTEM, at=now)
    assert queries.person("N1", on=DAY) is None and journal.head() == before


def test_strangers_and_lower_roles_do_not_edit(
    staff: dict[str, int], tree: Any, now: datetime, stranger: Any, officer: Any, chief: Any
) -> None:
    for account in (stranger, officer):
        with pytest.raises(NotAllowed):
            actions.create_people([new("N1", tree.office)], by=account, at=now)
        with pytest.raises(NotAllowed):
            actions.update_person(staff["O1"], {"rank": "section"}, seen=1, by=account, at=now)
    actions.create_people([new("N1", tree.office)], by=chief, at=now)
    with pytest.raises(NotAllowed):
        actions.create_people([new("N2", tree.office2)], by=chief, at=now)


def test_second_writer_is_told_and_undoes_nothing(staff: dict[str, int], now: datetime, chief: Any) -> None:
    version = actions.update_person(staff["O1"], {"rank": "section"}, seen=1, by=chief, at=now)
    assert version == 2
    with pytest.raises(ChangedMeanwhile):
        actions.update_person(staff["O1"], {"employer": "街道"}, seen=1, by=chief, at=now)
    actions.update_person(staff["O1"], {"phone": "19900000002"}, seen=2, by=chief, at=now)
    facts = queries.person("O1", on=DAY)
    assert facts is not None and (facts.rank, facts.employer, facts.version) == ("section", "", 3)
    assert queries.masked("O1")["phone"] == "199****0002"
    with pytest.raises(BadInput):
        actions.update_person(staff["O1"], {"unit_id": 1}, seen=3, by=chief, at=now)
    line = journal.of_record("people", "person", staff["O1"])[0]
    assert line.details == {"fields": ["phone"]} and "19900000002" not in str(line)


def test_one_responsible_officer_a_beat_at_a_time(staff: dict[str, int], tree: Any, now: datetime) -> None:
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    actions.assign([responsible("O1", tree.beat, tree.office, DAY, july)], by=SYSTEM, at=now)
    for start, end in ((DAY, None), (june, july), (june, None), (date(2026, 1, 1), date(2026, 3, 3))):
        with pytest.raises(Refusal) as caught:
            actions.assign([responsible("O2", tree.beat, tree.office, start, end)], by=SYSTEM, at=now)
        assert caught.value.code == "people.post_taken"
    # the day one ends the other may begin; another beat is free at any time
    actions.assign([responsible("O2", tree.beat, tree.office, july)], by=SYSTEM, at=now)
    actions.assign([responsible("O2", tree.beat2, tree.office, DAY)], by=SYSTEM, at=now)
    held = {post.beat_code: post.person_code for post in queries.assignments([tree.office_path], on=june)}
    assert held == {tree.beat: "O1", tree.beat2: "O2"}
    held = {post.beat_code: post.person_code for post in queries.assignments([tree.office_path], on=july)}
    assert held == {tree.beat: "O2", tree.beat2: "O2"}


def test_one_lead_an_office(staff: dict[str, int], tree: Any, now: datetime) -> None:
    lead = actions.NewAssignment("O1", tree.office, PostRole.LEAD, DAY)
    actions.assign([lead], by=SYSTEM, at=now)
    with pytest.raises(Refusal):
        actions.assign([actions.NewAssignment("O2", tree.office, PostRole.LEAD, DAY)], by=SYSTEM, at=now)


def test_replacing_ends_what_ran_until_then(staff: dict[str, int], tree: Any, now: datetime) -> None:
    actions.assign([responsible("O1", tree.beat, tree.office, DAY)], by=SYSTEM, at=now)
    april = date(2026, 4, 1)
    rows = [
        responsible("O2", tree.beat, tree.office, april),
        responsible("O1", tree.beat2, tree.office, april),
    ]
    actions.assign(rows, by=SYSTEM, at=now, replace=True)
    assert Assignment.objects.get(person__code="O1", beat__code=tree.beat).end_on == april
    posts = {post.beat_code: post.person_code for post in queries.assignments([tree.office_path], on=april)}
    assert posts == {tree.beat: "O2", tree.beat2: "O1"}


def test_officers_posts_are_for_officers(staff: dict[str, int], tree: Any, now: datetime) -> None:
    for role, beat in ((PostRole.LEAD, None), (PostRole.RESPONSIBLE_OFFICER, tree.beat)):
        row = actions.NewAssignment("X1", tree.office, role, DAY, beat_code=beat)
        with pytest.raises(Refusal) as caught:
            actions.assign([row], by=SYSTEM, at=now)
        assert caught.value.code == "people.needs_officer"


def test_beat_of_another_office_is_refused(staff: dict[str, int], tree: Any, now: datetime) -> None:
    with pytest.raises(Refusal) as caught:
        actions.assign([responsible("O1", tree.beat3, tree.office, DAY)], by=SYSTEM, at=now)
    assert caught.value.code == "people.beat_elsewhere"


def test_unmasking_takes_a_reason_and_leaves_a_line(
    staff: dict[str, int], now: datetime, officer: Any, manager: Any, auxiliary: Any, stranger: Any
) -> None:
    for account in (manager, auxiliary, stranger):
        with pytest.raises(NotAllowed):
            actions.unmask(staff["O1"], "phone", by=account, at=now, reason_code="contact")
    with pytest.raises(BadInput):
        actions.unmask(staff["O1"], "phone", by=officer, at=now, reason_code="")
    assert (
        actions.unmask(staff["O1"], "phone", by=officer, at=now, reason_code="contact", reason="回访")
        == "19900000001"
    )
    line = journal.page(journal.LineFilter(verb="people.unmask")).lines[0]
    assert line.is_view and line.actor_id == officer.pk and line.record_id == str(staff["O1"])
    assert line.details == {"field": "phone", "reason_code": "contact"} and line.reason == "回访"


def test_too_many_looks_ring_the_alarm(
    staff: dict[str, int], now: datetime, officer: Any, settings: Any
) -> None:
    settings.UNMASK_ALARM_PER_HOUR = 3
    alarm = journal.LineFilter(verb="people.unmask_alarm")
    for minute in range(3):
        at = now + timedelta(minutes=minute)
        actions.unmask(staff["O1"], "phone", by=officer, at=at, reason_code="contact")
    assert not journal.page(alarm).lines
    actions.unmask(staff["O1"], "phone", by=officer, at=now + timedelta(minutes=9), reason_code="contact")
    assert journal.page(alarm).lines[0].details == {"limit": 3, "unmasked_last_hour": 4}


def test_withdrawing_is_refused_once_referred_to(
    staff: dict[str, int], tree: Any, now: datetime, chief: Any
) -> None:
    assert actions.withdraw_people(["O2", "X1"], by=SYSTEM, at=now, reason="撤销导入") == 2
    with pytest.raises(Refusal) as caught:
        actions.withdraw_people(["P-chief"], by=SYSTEM, at=now, reason="撤销导入")
    assert caught.value.code == "people.in_use"


def test_list_is_paged_on_the_server(staff: dict[str, int], tree: Any) -> None:
    page = queries.page_of_people([tree.district_path], on=DAY, number=2, size=3)
    assert [row.code for row in page.rows] == ["X1"] and (page.pages, page.total) == (2, 4)
    assert (
        queries.page_of_people([tree.district_path], on=DAY, text="o1").rows[0].phone_masked == "199****0001"
    )
    assert queries.page_of_people([tree.district_path], on=DAY, category="grid_worker").total == 1
    assert queries.page_of_people([tree.other_district_path], on=DAY).total == 0
