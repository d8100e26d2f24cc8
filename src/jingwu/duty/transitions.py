"""The life of a roster, a search, a leave and a swap: every change of state there is, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Transition:
    """From which states a verb leads where, and which permission it takes."""

    sources: tuple[str, ...]
    target: str
    permission: str


ROSTER: dict[str, Transition] = {
    "roster.publish": Transition(("draft",), "published", "duty.approve"),
    "roster.replace": Transition(("published",), "replaced", "duty.approve"),
}

RUN: dict[str, Transition] = {
    "solve.start": Transition(("queued",), "running", "duty.draft"),
    "solve.finish": Transition(("running",), "done", "duty.draft"),
    "solve.fail": Transition(("queued", "running"), "failed", "duty.draft"),
    "solve.cancel": Transition(("queued", "running"), "cancelled", "duty.draft"),
}

LEAVE: dict[str, Transition] = {
    "leave.approve": Transition(("requested",), "approved", "duty.decide"),
    "leave.refuse": Transition(("requested",), "refused", "duty.decide"),
    "leave.revoke": Transition(("approved",), "refused", "duty.decide"),
    "leave.withdraw": Transition(("requested",), "withdrawn", "duty.request"),
}

SWAP: dict[str, Transition] = {
    "swap.accept": Transition(("offered",), "accepted", "duty.request"),
    "swap.decline": Transition(("offered",), "declined", "duty.request"),
    "swap.withdraw": Transition(("offered", "accepted"), "withdrawn", "duty.request"),
    "swap.approve": Transition(("accepted",), "approved", "duty.decide"),
    "swap.refuse": Transition(("accepted",), "refused", "duty.decide"),
}
