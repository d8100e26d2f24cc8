"""What the worker does for the room: sends messages, watches check-ins and clocks."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from jingwu.incidents import actions


@app.task(name="incidents.send_notices", queue="incidents")
def send_notices() -> None:
    """Send what waits; what the provider does not take waits for the next round."""
    actions.send_waiting(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="incidents.watch", queue="incidents", queueing_lock="incidents.watch")
def watch(timestamp: int) -> None:
    """Every minute: missed check-ins, overdue clocks, messages whose time has come."""
    now = timezone.now()
    actions.alert_missed_check_ins(at=now)
    actions.escalate_overdue(at=now)
    actions.send_waiting(at=now)
