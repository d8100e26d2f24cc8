"""One incident of the tests on its way through its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, FeedbackForm, Recording
from jingwu.incidents.models import Incident

SHA = "0f" * 32


@dataclass
class Case:
    """One incident on its way: each method takes it a step further."""

    id: int
    crew: Any
    desk: Any
    reviewer: Any
    at: datetime

    def later(self, minutes: float) -> datetime:
        self.at += timedelta(minutes=minutes)
        return self.at

    @property
    def row(self) -> Incident:
        return Incident.objects.get(pk=self.id)

    def triage(self, category: str = "dispute", priority: int = 2, **options: Any) -> Case:
        actions.triage(
            self.id, category=category, priority=priority, by=self.desk, at=self.later(1), **options
        )
        return self

    def dispatch(self) -> Case:
        actions.dispatch(
            self.id, CrewChoice(persons=(self.crew.person.code,)), by=self.desk, at=self.later(0.5)
        )
        return self

    def ack(self) -> Case:
        actions.ack(self.id, by=self.crew, at=self.later(0.5))
        return self

    def depart(self) -> Case:
        actions.depart(self.id, by=self.crew, at=self.later(1))
        return self

    def arrive(self) -> Case:
        actions.arrive(self.id, by=self.crew, at=self.later(5))
        return self

    def handle(self) -> Case:
        actions.handle(self.id, by=self.crew, at=self.later(2))
        return self

    def feed_back(self, **options: Any) -> Case:
        actions.feed_back(self.id, feedback(**options), by=self.crew, at=self.later(20))
        return self

    def review(self) -> Case:
        actions.review(self.id, by=self.reviewer, at=self.later(10))
        return self

    def answer(self, satisfaction: int = 1) -> Case:
        actions.record_answer(self.id, satisfaction=satisfaction, by=self.reviewer, at=self.later(60))
        return self

    def follow_up(self) -> Case:
        actions.follow_up(self.id, by=self.reviewer, at=self.later(1))
        return self

    def close(self) -> Case:
        actions.close(self.id, by=self.reviewer, at=self.later(1))
        return self

    def bring_to(self, state: str) -> Case:
        steps = {
            "triaged": self.triage, "dispatched": self.dispatch, "acked": self.ack, "en_route": self.depart,
            "on_scene": self.arrive, "handling": self.handle, "feedback": self.feed_back,
            "reviewed": self.review, "followed_up": lambda: self.answer().follow_up(), "closed": self.close,
        }  # fmt: skip
        for name, step in steps.items():
            step()
            if name == state:
                return self
        raise LookupError(state)


def feedback(**options: Any) -> FeedbackForm:
    """Return a complete feedback, changed by ``options``."""
    values: dict[str, Any] = {
        "facts": "两户因噪声争吵", "measures": "劝开并调解", "result_code": "settled",
        "next_step": "三日后回访",
        "recordings": (Recording("AV-0001", SHA),),
    }  # fmt: skip
    return FeedbackForm(**{**values, **options})


def verbs_in_journal(row: Incident) -> list[str]:
    """Return what the journal says of an incident, in order."""
    from jingwu.journal.models import Line

    lines = Line.objects.filter(room="incidents", record_type="incident", record_id=str(row.pk))
    return list(lines.order_by("sequence").values_list("verb", flat=True))
