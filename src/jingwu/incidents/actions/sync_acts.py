"""What a phone did rather than wrote: acknowledged, arrived, checked in, was at a point, finished a task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from jingwu.incidents.actions import dispatching, patrols
from jingwu.incidents.field.protocol import PhoneChange
from jingwu.incidents.models import FieldTask
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.terms.refusal import BadInput, Refusal

# refusals of a step for its time: then it counts from when the server learned of it, both times are kept
CLOCK_REFUSALS = ("incident.future", "incident.before_report")

Act = Callable[..., None]


def act(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
    """Do the one thing ``change`` tells of; raises a Refusal when it may not be done (any more)."""
    verb = str(change.act.get("verb", ""))
    doing = ACTS.get((change.kind, verb))
    if doing is None:
        raise BadInput(
            "field.unknown_act",
            f"没有这项操作({change.kind}/{verb})。",
            f"There is no act {change.kind}/{verb}.",
        )
    doing(change, by=by, at=at, moment=moment)


def _step(action: Callable[..., Any]) -> Act:
    def step(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
        incident_id = _number(change)
        try:
            action(incident_id, by=by, at=at, happened_at=moment)
        except BadInput as refusal:
            if refusal.code not in CLOCK_REFUSALS:
                raise
            action(incident_id, by=by, at=at)

    return step


def _refuse(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
    clause, reason = (str(change.act.get(name, "")) for name in ("clause", "reason"))
    dispatching.refuse(_number(change), clause=clause, reason=reason, by=by, at=at)


def _check_in(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
    # the sign of life counts from its receipt: a phone's clock must never calm an alarm by itself
    dispatching.check_in(_number(change), by=by, at=at)


def _visit(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
    lon, lat = (_degrees(change.act.get(name)) for name in ("lon", "lat"))
    patrols.visit_point(
        change.target_id, how=str(change.act.get("how", "")), by=by, at=at, happened_at=moment, lon=lon,
        lat=lat, note=str(change.act.get("note", "")), change_id=change.id,
    )  # fmt: skip


def _degrees(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 180:
        return None
    return float(value)


def _finish(change: PhoneChange, *, by: Any, at: datetime, moment: datetime) -> None:
    task = FieldTask.objects.filter(pk=_number(change)).first()
    if task is None:
        raise _no_such_record()
    require(by, "incidents.attend", org=task, at=at)
    open_task = FieldTask.objects.filter(pk=task.pk, done_at=None)
    result = str(change.act.get("result", ""))[:300]
    if open_task.update(done_at=moment, done_by_id=by.pk, result=result) != 1:
        raise Refusal("field.task_done", "这项任务已由他人完成。", "Somebody has finished this task already.")
    journal.record("field.finish_task", by=by, at=at, record=task, details={"change": change.id})


def _number(change: PhoneChange) -> int:
    if not change.target_id.isdecimal():
        raise _no_such_record()
    return int(change.target_id[:18])


def _no_such_record() -> BadInput:
    return BadInput("field.unknown_target", "要修改的记录不存在。", "The record to change does not exist.")


# what a phone may do to what: literal, so that it can be grepped
ACTS: dict[tuple[str, str], Act] = {
    ("incident", "ack"): _step(dispatching.ack),
    ("incident", "depart"): _step(dispatching.depart),
    ("incident", "arrive"): _step(dispatching.arrive),
    ("incident", "handle"): _step(dispatching.handle),
    ("incident", "leave"): _step(dispatching.leave),
    ("incident", "refuse"): _refuse,
    ("incident", "check_in"): _check_in,
    ("point", "visit"): _visit,
    ("task", "finish"): _finish,
}
