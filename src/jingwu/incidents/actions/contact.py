"""The reporter's contact in full: with a reason, one record at a time, and a line in the journal."""

from __future__ import annotations

from datetime import datetime

from jingwu.incidents.actions.steps import REQUIRED_REASON, guarded, load
from jingwu.journal.access import require
from jingwu.journal.actor import Acts
from jingwu.people import actions as people
from jingwu.people.vault import Sealed
from jingwu.terms.refusal import BadInput


@guarded("unmask")
def unmask_reporter(incident_id: int, *, reason: str, by: Acts, at: datetime) -> dict[str, str]:
    """Return name, phone and exact address of who reported; the look is journalled and counted.

    Raises
        BadInput: no reason is given.
    """
    incident = load(incident_id)
    require(by, "incidents.unmask", org=incident, at=at)
    if not reason.strip():
        raise BadInput(
            "people.unmask_no_reason", "查看须写明理由。", "Looking takes a reason.", fields=REQUIRED_REASON
        )
    names = ("reporter_name", "reporter_phone", "address_detail")
    values = {name: getattr(incident, name) for name in names}
    people.note_look("incidents.unmask", by=by, at=at, record=incident, reason=reason.strip())
    return {name: value.reveal() if isinstance(value, Sealed) else "" for name, value in values.items()}
