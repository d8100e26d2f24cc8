"""Everything that changes a plan: asked for, computed, sent for approval, decided by a second person."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from jingwu.duty import actions as duty
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.offices.local_norms import norms_for
from jingwu.planning.models import FactSet, Plan
from jingwu.planning.transitions import PLAN
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Unknown

DRAFT_DAYS = 28
REASON_CHARACTERS = 500


@transaction.atomic
def request_plan(
    fact_set_id: int,
    *,
    name: str,
    params: Mapping[str, Any],
    seed: int,
    by: Acts,
    at: datetime,
) -> int:
    """Ask for a plan from a fact set, queue its calculation, and return the plan's id.

    Raises:
        NotAllowed: the role or the scope does not permit it.
        BadInput: the facts are not adopted, or the name is empty.
    """
    fact_set = FactSet.objects.select_related("org").defer("content").get(pk=fact_set_id)
    require(by, "planning.compute", org=fact_set)
    if fact_set.state != FactSet.State.ADOPTED:
        raise BadInput(
            "plan.facts_not_adopted",
            "这批数据尚未采用,不能据此做方案;请先在导入页确认。",
            "These facts are not adopted yet; confirm them on the import page first.",
        )
    if not name.strip():
        raise BadInput(
            "plan.no_name", "请给方案起个名字。", "Give the plan a name.", fields={"name": "必填 / required"}
        )
    plan = Plan.objects.create(
        org=fact_set.org,
        fact_set=fact_set,
        name=name.strip(),
        params=dict(params),
        seed=seed,
        norms_version=str(norms_for(fact_set.org.path, timezone.localdate(at)).version),
        created_by_id=by.actor.account_id,
        created_at=at,
    )
    # deferred in this transaction: a plan that is rolled back is never computed
    _queue_calculation(plan.pk)
    journal.record(
        "plan.request", by=by, at=at, record=plan, details={"facts": fact_set.digest, "seed": seed, **params}
    )
    return plan.pk


@transaction.atomic
def start_plan(plan_id: int, *, by: Acts, at: datetime) -> None:
    """Mark that a worker has begun to compute the plan."""
    _change(plan_id, "plan.start", by=by, at=at, started_at=at, heartbeat_at=at, progress_share=0.0)


def note_progress(plan_id: int, *, step: str, share: float, at: datetime) -> bool:
    """Store how far the calculation is and return whether it is still wanted.

    Progress is no fact about the world: it leaves no journal line.
    """
    running = Plan.objects.filter(pk=plan_id, state=Plan.State.RUNNING)
    return running.update(progress_share=share, progress_step=step, heartbeat_at=at) == 1


@transaction.atomic
def finish_plan(
    plan_id: int,
    *,
    result: str,
    digest: str,
    headline_zh: str,
    headline_en: str,
    figures: Mapping[str, Any],
    by: Acts,
    at: datetime,
) -> None:
    """Store what came out (``result``: the whole result as JSON text)."""
    _change(
        plan_id,
        "plan.finish",
        by=by,
        at=at,
        finished_at=at,
        progress_share=1.0,
        result=zlib.compress(result.encode(), 6),
        digest=digest,
        headline_zh=headline_zh,
        headline_en=headline_en,
        figures=dict(figures),
    )


@transaction.atomic
def fail_plan(plan_id: int, *, failure: Mapping[str, Any], by: Acts, at: datetime) -> None:
    """Store why the calculation could not be finished, in words."""
    _change(plan_id, "plan.fail", by=by, at=at, finished_at=at, failure=dict(failure))


@transaction.atomic
def requeue_plan(plan_id: int, *, silent_since: datetime, by: Acts, at: datetime) -> None:
    """Queue a plan again whose worker died: nothing was heard of it since ``silent_since``."""
    if not Plan.objects.filter(pk=plan_id, heartbeat_at__lt=silent_since).exists():
        return
    _change(plan_id, "plan.requeue", by=by, at=at, progress_share=0.0, progress_step="")
    _queue_calculation(plan_id)


@transaction.atomic
def cancel_plan(plan_id: int, *, by: Acts, at: datetime) -> None:
    """Stop a calculation that is no longer wanted; the worker notices at its next progress note."""
    _change(plan_id, "plan.cancel", by=by, at=at, finished_at=at)


@transaction.atomic
def submit_plan(plan_id: int, *, by: Acts, at: datetime) -> None:
    """Send a finished plan to a second person for approval."""
    _change(
        plan_id, "plan.submit", by=by, at=at, submitted_by_id=by.actor.account_id, submitted_at=at,
        decided_by_id=None, decided_at=None, decision_reason="",
    )  # fmt: skip


@transaction.atomic
def withdraw_plan(plan_id: int, *, by: Acts, at: datetime) -> None:
    """Take a plan back that waits for approval."""
    _change(plan_id, "plan.withdraw", by=by, at=at, submitted_by_id=None, submitted_at=None)


@transaction.atomic
def approve_plan(plan_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Approve a plan as its second person; its hours then become the need of the offices' rosters.

    Raises:
        NotAllowed: the account asked for or submitted the plan itself.
        BadInput: the reason is too long.
        ChangedMeanwhile: somebody else decided first.
    """
    words = _checked(reason)
    _refuse_own(plan_id, by)
    _decide(plan_id, "plan.approve", words, by=by, at=at)
    jobs.configure_task("planning.hand_to_duty", queue="planning").defer(plan_id=plan_id)


@transaction.atomic
@journal.gathered()
def hand_to_duty(
    plan_id: int, need_by_office: Mapping[str, Sequence[float]], *, first_day: date, by: Acts, at: datetime
) -> int:
    """Give an approved plan's crews by hour to the offices' roster drafts; return how many offices got them.

    An office without a draft gets one for the four weeks from ``first_day``; its chief publishes it. A
    district's drafts take long: their lines are gathered, or nobody could sign in or take a call meanwhile.
    """
    plan = Plan.objects.defer("result").get(pk=plan_id)
    if plan.state != Plan.State.APPROVED:
        return 0
    handed = 0
    for code, hours in need_by_office.items():
        need = {"crews_by_hour": list(hours), "plan_name": plan.name}
        try:
            with transaction.atomic(), journal.gathered():
                if not duty.publish_need(code, need, plan_id=plan_id, by=by, at=at):
                    last_day = first_day + timedelta(days=DRAFT_DAYS - 1)
                    duty.draft_roster(code, first_day, last_day, need=need, plan_id=plan_id, by=by, at=at)
        except BadInput:
            continue  # an office without people or shift kinds has no roster to give the need to
        handed += 1
    return handed


@transaction.atomic
def reject_plan(plan_id: int, *, reason: str, by: Acts, at: datetime) -> None:
    """Send a plan back with a reason.

    Raises:
        BadInput: no reason is given, or one too long.
        ChangedMeanwhile: somebody else decided first.
    """
    words = _checked(reason)
    if not words:
        raise BadInput(
            "plan.no_reason", "退回需要写明理由。", "Sending a plan back takes a reason.",
            fields={"reason": "必填 / required"},
        )  # fmt: skip
    _refuse_own(plan_id, by)
    _decide(plan_id, "plan.reject", words, by=by, at=at)


def _queue_calculation(plan_id: int) -> None:
    # by name: jobs stand above actions
    jobs.configure_task("planning.compute_plan", queue="planning").defer(plan_id=plan_id)


@transaction.atomic
def note_download(plan_id: int, *, form: str, by: Acts, at: datetime) -> None:
    """Leave the journal line of a plan that leaves the system as a file."""
    plan = Plan.objects.select_related("org").defer("result").get(pk=plan_id)
    require(by, "planning.download", org=plan)
    journal.record_view("plan.download", by=by, at=at, record=plan, details={"form": form})


def _checked(reason: str) -> str:
    """Return the reason stripped; raises BadInput when it is longer than its column."""
    words = reason.strip()
    if len(words) > REASON_CHARACTERS:
        raise BadInput(
            "plan.long_reason",
            f"意见有 {len(words)} 字,最多 {REASON_CHARACTERS} 字;决定没有记录,请缩短后再提交。",
            f"The reason has {len(words)} characters, the most is {REASON_CHARACTERS}; nothing was decided, "
            "shorten it and send it again.",
            fields={"reason": f"≤ {REASON_CHARACTERS}"},
        )
    return words


def _decide(plan_id: int, verb: str, reason: str, *, by: Acts, at: datetime) -> None:
    decided = {"decided_by_id": by.actor.account_id, "decided_at": at, "decision_reason": reason}
    _change(plan_id, verb, by=by, at=at, reason=reason, **decided)


def _refuse_own(plan_id: int, by: Acts) -> None:
    plan = Plan.objects.only("created_by_id", "submitted_by_id").filter(pk=plan_id).first()
    if plan is None:
        raise Unknown("plan.unknown", "没有这个方案。", "There is no such plan.")
    if by.actor.account_id in (plan.created_by_id, plan.submitted_by_id):
        raise NotAllowed(
            "plan.second_person",
            "自己提出的方案要由另一位有权限的人审批。",
            "A plan is decided by somebody other than the person who asked for it.",
        )


def _change(plan_id: int, verb: str, *, by: Acts, at: datetime, reason: str = "", **columns: object) -> None:
    """Carry out one transition: allowed, still possible, written, journalled; otherwise nothing happens."""
    transition = PLAN[verb]
    plan = Plan.objects.select_related("org").defer("result").filter(pk=plan_id).first()
    if plan is None:
        raise Unknown("plan.unknown", "没有这个方案。", "There is no such plan.")
    require(by, transition.permission, org=plan)
    # The condition is the lock: of two people at once, the second finds no row in the state it saw.
    changed = Plan.objects.filter(pk=plan_id, state__in=transition.sources)
    if changed.update(state=transition.target, **columns) != 1:
        current = Plan.objects.only("state").get(pk=plan_id)
        raise ChangedMeanwhile(
            "plan.changed_meanwhile",
            f"方案状态已变为“{current.get_state_display()}”,这一步没有执行;请刷新后再看。",
            f"The plan's state has become '{current.state}', so nothing was done; reload the page.",
        )
    journal.record(
        verb, by=by, at=at, record=plan, reason=reason, before={"state": plan.state},
        after={"state": transition.target},
    )  # fmt: skip
