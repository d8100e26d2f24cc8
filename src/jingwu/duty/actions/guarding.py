"""What several verbs ask first: whose person an account is, and whether a change of cells stays lawful."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Model

from jingwu.duty.queries.breaches import marks, newly
from jingwu.duty.queries.problem import Sheet
from jingwu.duty.transitions import Transition
from jingwu.engines.rostering import Breach
from jingwu.journal.actor import Acts
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import ChangedMeanwhile, NotAllowed, Refusal

WORDS_SHOWN = 3


def own_person(by: Acts) -> int:
    """Return the id of the person behind an account.

    Raises: NotAllowed when the account belongs to nobody on the staff.
    """
    person = getattr(by, "person_id", None)
    if person is None:
        raise NotAllowed(
            "duty.no_person",
            "您的账号没有关联人员,不能替自己请假、换班或顶班;请系统管理员关联。",
            "Your account is not linked to a member of staff; ask the system administrator to link it.",
        )
    return int(person)


def refuse_own(person_id: int, by: Acts) -> None:
    """Refuse to decide on one's own request."""
    if getattr(by, "person_id", None) == person_id:
        raise NotAllowed(
            "duty.own_request",
            "自己的申请要由别人审批。",
            "A request is decided by somebody other than the person who made it.",
        )


def new_breaches(sheet: Sheet, changes: Mapping[tuple[int, date], str]) -> tuple[Breach, ...]:
    """Return the breaches (goals and cover apart) that the changed cells would newly cause."""
    return newly(sheet.problem, marks(sheet.problem, sheet.roster), sheet.with_cells(changes))


def refuse_unlawful(sheet: Sheet, changes: Mapping[tuple[int, date], str]) -> tuple[Breach, ...]:
    """Return what norms the change would newly break; refuse it when it newly breaks a law.

    Raises: Refusal naming the rules.
    """
    found = new_breaches(sheet, changes)
    laws = [breach for breach in found if breach.severity is Severity.LAW]
    if laws:
        raise Refusal(
            "duty.unlawful",
            "这样排不合法:" + ";".join(b.words_zh for b in laws[:WORDS_SHOWN]),
            "That would break the law: " + "; ".join(b.words_en for b in laws[:WORDS_SHOWN]),
        )
    return found


def step(row: Model, transition: Transition, **columns: Any) -> None:
    """Carry out one transition of a row; of two people at once the second is told.

    Raises: ChangedMeanwhile when the row is not in a state the transition starts from.
    """
    rows = type(row)._default_manager.filter(pk=row.pk, state__in=transition.sources)
    if rows.update(state=transition.target, **columns) != 1:
        raise ChangedMeanwhile(
            "duty.changed_meanwhile",
            "这条申请已被处理,您的这一步没有执行;请刷新后再看。",
            "Somebody dealt with this request first, so nothing was done; reload the page.",
        )
