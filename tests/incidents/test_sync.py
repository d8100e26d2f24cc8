"""What phones hand in: every change once, in any order, both values kept, nobody else's touched."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incident_case import Case
from phone import Phone

from jingwu.incidents import actions
from jingwu.incidents.actions.sync import hand_in
from jingwu.incidents.actions.sync_desk import settle
from jingwu.incidents.models import FieldChange, FieldRecord, FieldTask, Incident, IncidentEvent, PatrolVisit
from jingwu.incidents.queries import field as queries
from jingwu.terms.refusal import ChangedMeanwhile, NotAllowed, Refusal

MINUTE = timedelta(minutes=1)


@pytest.fixture
def make_point(tree: Any) -> Callable[..., Any]:
    """Return a maker of patrol points of the first office."""
    from jingwu.incidents.models import PatrolPoint, PatrolRoute
    from jingwu.offices.models import Office

    def make(code: str = "P-0001") -> Any:
        office = Office.objects.get(unit__code=tree.office)
        route, _ = PatrolRoute.objects.get_or_create(office=office, name="夜巡")
        return PatrolPoint.objects.create(
            route=route, name="江边步道北口", code=code, position=1, lon=104.012, lat=30.512, radius_metres=50
        )

    return make


def journal_verbs() -> list[str]:
    from jingwu.journal.models import Line

    return list(
        Line.objects.filter(verb__startswith="field.").order_by("sequence").values_list("verb", flat=True)
    )


def scene(case: Case) -> FieldRecord:
    return FieldRecord.objects.get(key=f"scene:{case.id}")


def test_a_change_counts_once(case: Case, officer: Any, now: datetime) -> None:
    phone = Phone(officer)
    change = phone.change(f"scene:{case.id}", now, facts="双方已劝开")
    first = hand_in(phone.batch(now, change), by=officer, at=now)
    again = hand_in(phone.batch(now + MINUTE, change), by=officer, at=now + MINUTE)
    assert [first.answers[0].outcome, again.answers[0].outcome] == ["merged", "already"]
    assert again.answers[0].version == first.answers[0].version == 1
    assert FieldChange.objects.count() == 1
    assert scene(case).version == 1
    assert IncidentEvent.objects.filter(incident_id=case.id, verb="scene_record").count() == 1


def test_the_same_change_twice_in_one_batch_counts_once(case: Case, officer: Any, now: datetime) -> None:
    phone = Phone(officer)
    change = phone.change(f"scene:{case.id}", now, facts="双方已劝开")
    handed = hand_in(phone.batch(now, change, change), by=officer, at=now)
    assert [answer.outcome for answer in handed.answers] == ["merged", "merged"]
    assert scene(case).version == 1


def test_another_change_under_a_known_id_is_refused(case: Case, officer: Any, now: datetime) -> None:
    from dataclasses import replace

    phone = Phone(officer)
    change = phone.change(f"scene:{case.id}", now, facts="原文")
    hand_in(phone.batch(now, change), by=officer, at=now)
    forged = replace(change, fields={"facts": "改过"})
    answer = hand_in(phone.batch(now, forged), by=officer, at=now).answers[0]
    assert (answer.outcome, answer.code) == ("refused", "field.id_reused")
    assert queries.scenes_of(case.id)[0].values == {"facts": "原文"}


def test_three_two_one_ends_as_one_two_three(case: Case, officer: Any, now: datetime) -> None:
    ends = []
    for number, order in enumerate(itertools.permutations(range(3))):
        phone = Phone(officer)
        target = f"scene:new-{number}"
        rows = [phone.change(target, now, facts=f"第 {step} 次") for step in (1, 2, 3)]
        for place in order:
            hand_in(phone.batch(now, rows[place]), by=officer, at=now)
        ends.append(queries.record_facts(FieldRecord.objects.filter(key=target))[0])
    assert {end.values["facts"] for end in ends} == {"第 3 次"}
    assert {end.version for end in ends} == {3}


FIELDS = st.sampled_from(["facts", "measures", "place"])
EDIT = st.tuples(st.integers(0, 1), FIELDS, st.sampled_from(["甲", "乙", "丙"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, min_size=1, max_size=6), data=st.data())
def test_arrival_order_and_retries_change_nothing(
    edits: list[tuple[int, str, str]], data: st.DataObject, officer: Any, officer2: Any, now: datetime
) -> None:
    """Two phones edit one record without a network; however their batches arrive, split and repeat."""
    accounts = (officer, officer2)
    ends = []
    for target in (f"scene:new-{uuid4()}", f"scene:new-{uuid4()}"):
        phones = [Phone(account, code=f"phone-000{n}") for n, account in enumerate(accounts)]
        rows = [(who, phones[who].change(target, now, **{name: value})) for who, name, value in edits]
        order = list(range(len(rows)))
        if ends:
            order = data.draw(st.permutations(order)) + data.draw(
                st.lists(st.sampled_from(order), max_size=4)
            )
        for place in order:
            who, change = rows[place]
            hand_in(phones[who].batch(now, change), by=accounts[who], at=now)
        record = FieldRecord.objects.get(key=target)
        facts = queries.record_facts([record])[0]
        values = {
            name: tuple(sorted(str(head[4]) for head in item["heads"]))
            for name, item in record.state["fields"].items()
        }
        ends.append((record.version, facts.values, facts.conflicts, values))
        assert FieldChange.objects.filter(target=target).count() == len(edits)
    assert ends[0] == ends[1]


def test_two_phones_edit_one_field_and_the_desk_settles(
    case: Case, officer: Any, officer2: Any, chief: Any, now: datetime
) -> None:
    phones = Phone(officer), Phone(officer2)
    target = f"scene:{case.id}"
    hand_in(phones[0].batch(now, phones[0].change(target, now, facts="甲先动手")), by=officer, at=now)
    answer = hand_in(
        phones[1].batch(now, phones[1].change(target, now, facts="乙先动手", measures="劝开")),
        by=officer2, at=now,
    ).answers[0]  # fmt: skip
    assert (answer.outcome, answer.conflicts) == ("conflict", ("facts",))
    assert case.row.open_conflicts_count == 1
    conflict = queries.conflicts(chief, at=now)[0]
    assert {value.value for value in conflict.values} == {"甲先动手", "乙先动手"}
    assert {value.by_label for value in conflict.values} == {"officer", "officer2"}
    chosen = [value.value for value in conflict.values].index("乙先动手")
    with pytest.raises(NotAllowed):
        settle(conflict.record_id, "facts", chosen, version=2, by=stranger_of(officer), at=now)
    settle(conflict.record_id, "facts", chosen, version=conflict.version, by=chief, at=now)
    assert case.row.open_conflicts_count == 0
    assert queries.scenes_of(case.id)[0].values == {"facts": "乙先动手", "measures": "劝开"}
    assert queries.conflicts(chief, at=now) == []
    # the value that was not chosen is still in what the phones handed in
    kept = FieldChange.objects.filter(record_id=conflict.record_id).values_list("content", flat=True)
    assert {row["fields"]["facts"] for row in kept} == {"甲先动手", "乙先动手"}
    with pytest.raises(ChangedMeanwhile):
        settle(conflict.record_id, "facts", 0, version=conflict.version, by=chief, at=now)


def stranger_of(officer: Any) -> Any:
    """Return an account of nobody's office."""
    from jingwu.people.models import Account

    row = Account.objects.create(sign_in_name="s", label="s", created_at=officer.created_at)
    row.forget_grants()
    return row


def test_an_incident_in_conflict_or_incomplete_is_not_reviewed(
    case: Case, officer: Any, officer2: Any, now: datetime
) -> None:
    case.bring_to("feedback")
    phones = Phone(officer), Phone(officer2)
    for phone, text in zip(phones, ("甲", "乙"), strict=True):
        change = phone.change(f"scene:{case.id}", now, facts=text, photos=(str(uuid4()),))
        hand_in(phone.batch(now, change), by=phone.account, at=case.at)
    with pytest.raises(Refusal) as refused:
        actions.review(case.id, by=officer2, at=case.at)
    assert "conflicts" in refused.value.fields
    assert "attachments" in refused.value.fields


def test_another_accounts_outbox_is_refused_and_noted(
    case: Case, officer: Any, officer2: Any, now: datetime
) -> None:
    phone = Phone(officer)
    change = phone.change(f"scene:{case.id}", now, facts="x")
    with pytest.raises(NotAllowed):
        hand_in(phone.batch(now, change), by=officer2, at=now)
    assert FieldChange.objects.count() == 0
    assert journal_verbs() == ["field.refused"]


def test_an_auxiliary_decides_no_result_and_arrives_with_no_officer_never(
    case: Case, auxiliary: Any, now: datetime
) -> None:
    phone = Phone(auxiliary)
    target = f"scene:{case.id}"
    case.triage().dispatch()
    answers = hand_in(
        phone.batch(
            now,
            phone.change(target, now, result_code="settled"),
            phone.change(target, now, facts="辅警所见"),
            phone.change(f"incident:{case.id}", now, act={"verb": "ack"}),
            phone.change(f"incident:{case.id}", now, act={"verb": "arrive"}),
        ),
        by=auxiliary, at=case.at,
    ).answers  # fmt: skip
    assert [answer.outcome for answer in answers] == ["refused", "merged", "refused", "refused"]
    assert queries.scenes_of(case.id)[0].values == {"facts": "辅警所见"}
    assert case.row.state == "dispatched"
    # what the role may not do and what the crew's law forbids; 'not yet acknowledged' is no such thing
    assert journal_verbs().count("field.refused") == 2


def test_a_crew_works_offline_and_everything_arrives_late(case: Case, officer: Any) -> None:
    case.triage().dispatch()
    phone, start = Phone(officer), case.at
    incident, target = f"incident:{case.id}", f"scene:{case.id}"
    rows = [
        phone.change(incident, start + MINUTE, act={"verb": "ack"}),
        phone.change(incident, start + 2 * MINUTE, act={"verb": "depart"}),
        phone.change(incident, start + 6 * MINUTE, act={"verb": "arrive"}),
        phone.change(incident, start + 7 * MINUTE, act={"verb": "handle"}),
        phone.change(target, start + 9 * MINUTE, facts="已处置"),
        phone.change(incident, start + 20 * MINUTE, act={"verb": "leave"}),
    ]
    late = start + timedelta(hours=2)
    answers = hand_in(phone.batch(late, *rows), by=officer, at=late).answers
    assert [answer.outcome for answer in answers] == ["done"] * 4 + ["merged", "done"]
    row = case.row
    assert row.state == "handling"
    assert (row.acked_at, row.arrived_at) == (start + MINUTE, start + 6 * MINUTE)
    assert row.left_at == start + 20 * MINUTE
    again = hand_in(phone.batch(late, *rows), by=officer, at=late).answers
    assert {answer.outcome for answer in again} == {"already"}
    assert IncidentEvent.objects.filter(incident_id=case.id, verb="arrive").count() == 1


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_wrong_by_a_day_loses_nothing(case: Case, officer: Any, off: timedelta) -> None:
    case.triage().dispatch()
    phone, at = Phone(officer), case.at + 5 * MINUTE
    said = case.at + 2 * MINUTE + off
    change = phone.change(f"incident:{case.id}", said, act={"verb": "ack"})
    handed = hand_in(phone.batch(at + off, change), by=officer, at=at)
    assert handed.answers[0].outcome == "done"
    assert handed.skew_seconds == -off.total_seconds()
    assert case.row.acked_at == case.at + 2 * MINUTE
    row = FieldChange.objects.get(pk=change.id)
    assert (row.said_at, row.at, row.received_at) == (said, case.at + 2 * MINUTE, at)


def test_a_time_before_the_report_counts_from_its_receipt(case: Case, officer: Any) -> None:
    case.triage().dispatch()
    phone, at = Phone(officer), case.at + 5 * MINUTE
    # the clock was set right between writing and sending, so nothing tells how wrong it was
    change = phone.change(f"incident:{case.id}", case.at - timedelta(days=1), act={"verb": "ack"})
    assert hand_in(phone.batch(at, change), by=officer, at=at).answers[0].outcome == "done"
    assert case.row.acked_at == at


def test_hostile_text_is_kept_as_text_or_refused_in_words(case: Case, officer: Any, now: datetime) -> None:
    phone, target = Phone(officer), f"scene:{case.id}"
    texts = ["<script>alert(1)</script>", "👮🏽‍♀️ 𠮷野家 ﷽", "x" * 10_000, "x" * 10_001]
    answers = hand_in(
        phone.batch(now, *(phone.change(target, now, facts=text) for text in texts)), by=officer, at=now
    ).answers
    assert [answer.outcome for answer in answers] == ["merged"] * 3 + ["refused"]
    assert answers[-1].code == "field.text_too_long"
    assert "10001" in answers[-1].message_zh


@pytest.mark.parametrize(
    "target",
    ["scene:999999", "scene:abc", "incident:999999", "task:77", "point:NOWHERE", "scene:9" + "9" * 30],
)
def test_a_target_that_is_not_there_is_refused_and_kept(target: str, officer: Any, now: datetime) -> None:
    phone = Phone(officer)
    kind = target.partition(":")[0]
    verb = {"incident": "ack", "point": "visit", "task": "finish"}.get(kind)
    change = phone.change(target, now, act={"verb": verb}) if verb else phone.change(target, now, facts="x")
    answer = hand_in(phone.batch(now, change), by=officer, at=now).answers[0]
    assert answer.outcome == "refused"
    assert FieldChange.objects.get(pk=change.id).outcome == "refused"


def test_a_point_is_met_by_code_or_from_nearby_and_once(
    officer: Any, tree: Any, now: datetime, make_point: Callable[..., Any]
) -> None:
    point = make_point()
    phone = Phone(officer)
    far = {"verb": "visit", "how": "geofence", "lon": point.lon + 0.01, "lat": point.lat}
    near = {"verb": "visit", "how": "geofence", "lon": point.lon + 0.0002, "lat": point.lat}
    rows = [
        phone.change(f"point:{point.code}", now, act=act)
        for act in (far, near, {"verb": "visit", "how": "qr"})
    ]
    answers = hand_in(phone.batch(now, *rows), by=officer, at=now).answers
    assert [answer.outcome for answer in answers] == ["refused", "done", "done"]
    assert answers[0].code == "patrol.too_far"
    hand_in(phone.batch(now, *rows), by=officer, at=now)
    assert PatrolVisit.objects.count() == 2


def test_a_task_is_finished_by_the_first(officer: Any, officer2: Any, tree: Any, now: datetime) -> None:
    from jingwu.incidents.actions.sync_desk import NewTask, open_task

    new = NewTask("hazard", "电动车楼道充电", tree.office, place="石榴巷 6 号", source_key="h-1")
    task_id = open_task(new, by=officer, at=now)
    assert open_task(new, by=officer, at=now) == task_id
    assert [task.id for task in queries.today(officer, at=now).tasks] == [task_id]
    outcomes = []
    for account in (officer, officer2):
        phone = Phone(account)
        change = phone.change(f"task:{task_id}", now, act={"verb": "finish", "result": "已清理"})
        outcomes.append(hand_in(phone.batch(now, change), by=account, at=now).answers[0].outcome)
    assert outcomes == ["done", "refused"]
    assert FieldTask.objects.get(pk=task_id).done_by_id == officer.pk
    assert queries.today(officer, at=now).tasks == ()


def test_today_shows_my_crews_incident_with_its_clock(case: Case, officer: Any, officer2: Any) -> None:
    case.triage().dispatch()
    found = queries.today(officer, at=case.at)
    assert [one.id for one in found.incidents] == [case.id]
    task = found.incidents[0]
    assert (task.clock, task.crew_state, task.is_mine) == ("arrive", "offered", True)
    assert task.clock_due_at is not None and task.clock_due_at > case.at
    assert found.group.name == "一组"
    assert queries.today(officer2, at=case.at).incidents == ()
    actions.ack(case.id, by=officer, at=case.later(1))
    actions.arrive(case.id, by=officer, at=case.later(5))
    on_scene = queries.today(officer, at=case.at).incidents[0]
    assert (on_scene.crew_state, on_scene.clock) == ("on_scene", "")
    assert on_scene.check_in_due_at is not None


def test_an_unknown_incident_is_nobodys_scene(stranger: Any, case: Case, now: datetime) -> None:
    phone = Phone(stranger)
    answer = hand_in(phone.batch(now, phone.change(f"scene:{case.id}", now, facts="x")), by=stranger, at=now)
    assert (answer.answers[0].outcome, answer.answers[0].code) == ("refused", "access.out_of_scope")
    assert Incident.objects.get(pk=case.id).field_records.count() == 0
