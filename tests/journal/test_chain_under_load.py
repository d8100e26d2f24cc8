"""The chain with real commits: writers at once, speed, and the command an auditor runs."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jingwu.journal import actions, queries
from jingwu.journal.actor import Actor
from jingwu.site.commands.journal import journal

RECORD = actions.RecordRef("test", "thing", "1", "/99/")
ACTOR = Actor(7, "民警 0007", "officer")
WRITERS, LINES_EACH = 4, 40


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_one_chain(now: datetime) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for i in range(LINES_EACH):
                with transaction.atomic():
                    actions.record("test.do", by=ACTOR, at=now, record=RECORD, details={"i": i})
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    result = queries.verify()
    assert result.intact and result.lines == WRITERS * LINES_EACH == result.head.sequence


@pytest.mark.django_db
def test_a_line_costs_one_statement(now: datetime) -> None:
    actions.record("test.do", by=ACTOR, at=now, record=RECORD)
    with CaptureQueriesContext(connection) as captured:
        actions.record("test.do", by=ACTOR, at=now, record=RECORD)
    assert len(captured) == 1


@pytest.mark.django_db
def test_many_lines_at_once_are_one_chain(now: datetime) -> None:
    entries = [actions.Entry("test.many", RECORD, details={"i": i}) for i in range(2500)]
    numbers = actions.record_many(entries, by=ACTOR, at=now)
    assert numbers == list(range(numbers[0], numbers[0] + 2500))
    assert queries.verify().intact


@pytest.mark.django_db
def test_gathered_lines_go_in_together_and_those_of_a_failed_part_do_not(now: datetime) -> None:
    def write(verb: str) -> int:
        return actions.record(verb, by=ACTOR, at=now, record=RECORD)

    def fail() -> None:
        with transaction.atomic(), actions.gathered():
            write("test.undone")
            raise RuntimeError("boom")

    before = queries.head().sequence
    with actions.gathered():
        assert write("test.first") == 0
        with pytest.raises(RuntimeError, match="boom"):
            fail()
        with transaction.atomic(), actions.gathered():
            write("test.second")
        assert queries.head().sequence == before
    verbs = [line.verb for line in queries.page(queries.LineFilter()).lines][:2]
    assert verbs == ["test.second", "test.first"] and queries.head().sequence == before + 2
    with pytest.raises(RuntimeError, match="boom"):
        fail()
    assert queries.head().sequence == before + 2 and queries.verify().intact


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        '引号" 反斜\\杠 \u2028\u2029 \x7f \x1f\t\r\n',
        "😀𠮷 é e\u0301 \u00a0",
        "</script> ' ; -- $$ %s {} [] ,",
        "",
    ],
)
def test_the_database_hashes_what_a_stranger_would_hash(now: datetime, words: str) -> None:
    actor = Actor(None, words or "x", "officer")
    record = actions.RecordRef("test", "thing", words, words)
    actions.record(
        "test.do",
        by=actor,
        at=now.replace(microsecond=120),
        record=record,
        reason=words,
        details={words: words},
    )
    line = queries.page(queries.LineFilter()).lines[0]
    assert (line.actor_id, line.record_id, line.org_path, line.reason) == (None, words, words, words)
    assert line.details == {words: words} and line.at == now.replace(microsecond=120)
    assert queries.verify().intact


@pytest.mark.django_db
def test_command_reports_and_exits_by_what_it_finds(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.record("test.do", by=ACTOR, at=now, record=RECORD)
    good = CliRunner().invoke(journal, ["verify"])
    head = queries.head()
    assert good.exit_code == 0 and f"{head.sequence}:{head.hash}" in good.output
    assert CliRunner().invoke(journal, ["verify", "--anchor", f"{head.sequence}:{head.hash}"]).exit_code == 0
    assert CliRunner().invoke(journal, ["verify", "--anchor", f"{head.sequence}:{'0' * 64}"]).exit_code == 1
    assert CliRunner().invoke(journal, ["verify", "--anchor", "nonsense"]).exit_code == 2
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_line DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_line SET reason = 'x' WHERE sequence = %s", [head.sequence])
        cursor.execute("ALTER TABLE journal_line ENABLE TRIGGER USER")
    bad: Any = CliRunner().invoke(journal, ["verify"])
    assert bad.exit_code == 1 and f"第 {head.sequence} 条" in bad.output
