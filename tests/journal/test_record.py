"""Journal lines: written in the transaction of what they tell of, chained, and refused any change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, InternalError, connection, transaction

from jingwu.journal import actions, queries
from jingwu.journal.actor import SYSTEM, Actor, from_address
from jingwu.journal.models import Head, Line

ACTOR = Actor(7, "民警 0007", "officer")


def write(now: datetime, count: int = 3, verb: str = "test.do") -> list[int]:
    record = actions.RecordRef("test", "thing", "1", "/99/")
    return [
        actions.record(verb, by=ACTOR, at=now + timedelta(seconds=i), record=record, details={"i": i})
        for i in range(count)
    ]


@pytest.mark.django_db
def test_lines_are_numbered_and_chained(now: datetime) -> None:
    first, second, third = write(now)
    assert (second, third) == (first + 1, first + 2)
    lines = {line.sequence: line for line in Line.objects.all()}
    assert lines[second].previous_hash == lines[first].hash
    assert lines[third].previous_hash == lines[second].hash
    assert queries.verify().intact


@pytest.mark.django_db
def test_line_names_who_what_where_and_why(now: datetime) -> None:
    with from_address("10.0.0.9"):
        actions.record(
            "test.change", by=ACTOR, at=now, record=actions.RecordRef("test", "thing", "5", "/99/9901/"),
            reason="更正", details={"field": "名称"}, before={"name": "a"}, after={"name": "b"},
        )  # fmt: skip
    line = queries.page(queries.LineFilter()).lines[0]
    assert (line.actor_id, line.actor_label, line.actor_role) == (7, "民警 0007", "officer")
    assert (line.room, line.record_type, line.record_id, line.org_path) == ("test", "thing", "5", "/99/9901/")
    assert (line.reason, line.details, line.address) == ("更正", {"field": "名称"}, "10.0.0.9")
    assert line.before_digest != line.after_digest and len(line.after_digest) == 64


@pytest.mark.django_db
def test_failed_action_leaves_no_line(now: datetime) -> None:
    before = queries.head()

    @transaction.atomic
    def fail() -> None:
        write(now)
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        fail()
    assert queries.head() == before


@pytest.mark.django_db(transaction=True)
def test_line_outside_a_transaction_is_a_programmers_error(now: datetime) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        write(now, 1)


@pytest.mark.django_db
def test_naive_time_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="time zone"):
        write(now.replace(tzinfo=None), 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_line SET reason = 'x'",
        "DELETE FROM journal_line",
        "TRUNCATE journal_line",
        "UPDATE journal_head SET sequence = sequence - 1",
        "DELETE FROM journal_head",
        "TRUNCATE journal_head",
    ],
)
def test_database_refuses_every_change(now: datetime, sql: str) -> None:
    write(now)
    with connection.cursor() as cursor:
        # the test set-up switched these two off to be able to empty tables
        cursor.execute("ALTER TABLE journal_line ENABLE TRIGGER journal_line_no_truncate")
        cursor.execute("ALTER TABLE journal_head ENABLE TRIGGER journal_head_no_truncate")
        with (
            pytest.raises((DatabaseError, InternalError), match=r"append-only|forward only"),
            transaction.atomic(),
        ):
            cursor.execute(sql)
    assert queries.verify().intact


def tamper(sql: str, *values: Any) -> None:
    """Do what only the owner of the database can: switch the triggers off, change, switch them on again."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_line DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE journal_head DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE journal_line ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE journal_head ENABLE TRIGGER USER")


def kinds(result: queries.Verification) -> set[tuple[int, str]]:
    return {(fault.sequence, fault.kind) for fault in result.faults}


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["reason", "verb", "actor_label", "details_json", "org_path", "address"])
def test_verify_finds_an_altered_line(now: datetime, column: str) -> None:
    numbers = write(now, 5)
    tamper(f"UPDATE journal_line SET {column} = {column} || 'x' WHERE sequence = %s", numbers[2])
    assert kinds(queries.verify()) == {(numbers[2], "altered")}


@pytest.mark.django_db
def test_verify_finds_an_altered_time(now: datetime) -> None:
    numbers = write(now, 3)
    tamper("UPDATE journal_line SET at = at + interval '1 microsecond' WHERE sequence = %s", numbers[1])
    assert kinds(queries.verify()) == {(numbers[1], "altered")}


@pytest.mark.django_db
def test_verify_finds_a_missing_line(now: datetime) -> None:
    numbers = write(now, 5)
    tamper("DELETE FROM journal_line WHERE sequence = %s", numbers[2])
    assert kinds(queries.verify()) == {(numbers[2], "missing")}


@pytest.mark.django_db
def test_verify_finds_two_lines_exchanged(now: datetime) -> None:
    numbers = write(now, 5)
    tamper("UPDATE journal_line SET sequence = -1 WHERE sequence = %s", numbers[1])
    tamper("UPDATE journal_line SET sequence = %s WHERE sequence = %s", numbers[1], numbers[2])
    tamper("UPDATE journal_line SET sequence = %s WHERE sequence = -1", numbers[2])
    found = kinds(queries.verify())
    assert {(numbers[1], "altered"), (numbers[2], "altered"), (numbers[1], "relinked")} <= found


@pytest.mark.django_db
def test_verify_finds_a_cut_off_tail(now: datetime) -> None:
    numbers = write(now, 5)
    tamper("DELETE FROM journal_line WHERE sequence >= %s", numbers[3])
    assert kinds(queries.verify()) == {(numbers[4], "head")}


@pytest.mark.django_db
def test_anchor_finds_a_chain_rewritten_with_new_hashes(now: datetime) -> None:
    numbers = write(now, 3)
    anchor = queries.head()
    tamper("DELETE FROM journal_line WHERE sequence >= %s", numbers[1])
    kept = Line.objects.get(sequence=numbers[0])
    tamper("UPDATE journal_head SET sequence = %s, hash = %s", kept.sequence, kept.hash)
    write(now, 2, verb="test.forged")
    assert queries.verify().intact  # by itself a recomputed chain is consistent
    assert kinds(queries.verify(anchor)) == {(anchor.sequence, "anchor")}


@pytest.mark.django_db
def test_pages_go_by_key_and_filter(now: datetime) -> None:
    write(now, 5, verb="test.a")
    write(now, 2, verb="other.b")
    page = queries.page(queries.LineFilter(verb="test."), size=3)
    assert len(page.lines) == 3 and page.next_before == page.lines[-1].sequence
    rest = queries.page(queries.LineFilter(verb="test."), before=page.next_before, size=3)
    assert len(rest.lines) == 2 and rest.next_before is None
    assert {line.verb for line in (*page.lines, *rest.lines)} == {"test.a"}
    assert not queries.page(queries.LineFilter(org_path="/98/")).lines
    assert queries.page(queries.LineFilter(actor="7", since=now, until=now + timedelta(seconds=1))).lines


@pytest.mark.django_db
@pytest.mark.parametrize("near", [1, 2, 3, 100])
def test_lines_of_long_ago_are_on_their_pages_once(
    now: datetime, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RECENT_LINES", near)
    old = write(now, 3, verb="bygone.a")
    write(now, 4, verb="test.b")
    wanted = [*old, *write(now, 2, verb="bygone.c")]
    write(now, 2, verb="test.b")
    seen: list[int] = []
    before: int | None = None
    while True:
        page = queries.page(queries.LineFilter(verb="bygone."), before=before, size=2)
        seen += [line.sequence for line in page.lines]
        before = page.next_before
        if before is None:
            break
    assert seen == wanted[::-1]


@pytest.mark.django_db
def test_views_are_lines_too(now: datetime) -> None:
    with transaction.atomic():
        actions.record_view("test.view", by=SYSTEM, at=now, record=actions.RecordRef("test", "thing", "9"))
    assert [line.verb for line in queries.page(queries.LineFilter(views=True)).lines] == ["test.view"]
    assert Head.objects.get().sequence == queries.head().sequence


@pytest.mark.django_db
def test_pages_between_two_days_go_by_time_and_miss_nothing(now: datetime) -> None:
    record = actions.RecordRef("test", "thing", "1", "/99/")
    hours = [5, 1, 9, 1, 1, 7, 30]
    numbers = {}
    for place, hour in enumerate(hours):
        moment = now + timedelta(hours=hour)
        number = actions.record("test.paged", by=ACTOR, at=moment, record=record)
        numbers[number] = (hour, place)
    wanted = queries.LineFilter(verb="test.paged", since=now, until=now + timedelta(hours=24))
    seen: list[int] = []
    before: int | None = None
    while True:
        page = queries.page(wanted, before=before, size=2)
        seen += [line.sequence for line in page.lines]
        if page.next_before is None:
            break
        before = page.next_before
    assert [numbers[number] for number in seen] == [(9, 2), (7, 5), (5, 0), (1, 4), (1, 3), (1, 1)]


@pytest.mark.django_db
def test_digits_name_somebody_first_and_an_account_otherwise(now: datetime) -> None:
    record = actions.RecordRef("test", "thing", "1", "/99/")
    actions.record("test.do", by=ACTOR, at=now, record=record)
    found = queries.page(queries.LineFilter(actor="7", verb="test.do"))
    assert [line.actor_label for line in found.lines] == ["民警 0007"]
    actions.record("test.do", by=Actor(8, "7", "officer"), at=now, record=record)
    found = queries.page(queries.LineFilter(actor="7", verb="test.do"))
    assert [line.actor_id for line in found.lines] == [8]
