"""The life of a plan and of a fact set: every change of state there is, in one table to be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Transition:
    """From which states a verb leads where, and which permission it takes."""

    sources: tuple[str, ...]
    target: str
    permission: str


PLAN: dict[str, Transition] = {
    "plan.start": Transition(("queued",), "running", "planning.compute"),
    "plan.finish": Transition(("running",), "ready", "planning.compute"),
    "plan.fail": Transition(("queued", "running"), "failed", "planning.compute"),
    "plan.requeue": Transition(("running",), "queued", "planning.compute"),
    "plan.cancel": Transition(("queued", "running"), "cancelled", "planning.compute"),
    "plan.submit": Transition(("ready", "rejected"), "submitted", "planning.compute"),
    "plan.withdraw": Transition(("submitted",), "ready", "planning.compute"),
    "plan.approve": Transition(("submitted",), "approved", "planning.approve"),
    "plan.reject": Transition(("submitted",), "rejected", "planning.approve"),
}

FACT_SET: dict[str, Transition] = {
    "facts.adopt": Transition(("preview",), "adopted", "imports.run"),
    "facts.read": Transition(("reading",), "preview", "imports.run"),
    "facts.refuse": Transition(("reading",), "refused", "imports.run"),
    "facts.reread": Transition(("preview", "refused"), "reading", "imports.run"),
    "facts.drop": Transition(("preview", "refused", "reading"), "dropped", "imports.run"),
    "facts.undo": Transition(("adopted",), "undone", "imports.undo"),
}
