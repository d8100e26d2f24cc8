"""One batch of a phone while it is worked on: what will be stored, answered and told when it is done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jingwu.incidents.actions.steps import JOURNALLED_REFUSALS
from jingwu.incidents.field.protocol import Answer, PhoneChange
from jingwu.incidents.models import FieldChange, FieldDevice, FieldRecord, Incident
from jingwu.journal import actions as journal
from jingwu.journal.access import scope_paths
from jingwu.offices import queries as offices
from jingwu.terms.refusal import NotAllowed, Refusal

ROOM = "incidents"


@dataclass(frozen=True)
class Place:
    """Where a record lies and what it belongs to."""

    office_id: int
    org_path: str
    incident: Incident | None = None


@dataclass
class Work:
    """One batch: whose, by which phone, and what has become of its changes so far."""

    by: Any
    at: datetime
    device: FieldDevice
    skew: timedelta
    imported_by: Any = None
    rows: list[FieldChange] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def moment(self, change: PhoneChange) -> datetime:
        """Return when it happened by the server's clock; never after it was received."""
        return min(change.said_at + self.skew, self.at)

    def note(self, verb: str, ref: journal.RecordRef, details: dict[str, Any]) -> None:
        """Write one line, which waits for the end of the batch."""
        journal.record(verb, by=self.by, at=self.at, record=ref, details=details)

    def store(
        self,
        change: PhoneChange,
        outcome: FieldChange.Outcome,
        *,
        record: FieldRecord | None = None,
        version: int = 0,
        conflicts: tuple[str, ...] = (),
        refusal: Refusal | None = None,
    ) -> None:
        """Keep the change with what became of it, and answer it."""
        said: dict[str, Any] = {"conflicts": list(conflicts)} if conflicts else {}
        if refusal is not None:
            said = {
                "code": refusal.code, "message_zh": refusal.message_zh, "message_en": refusal.message_en,
            }  # fmt: skip
        self.rows.append(
            FieldChange(
                id=change.id, record=record, target=change.target, account=self.by, device=self.device,
                imported_by=self.imported_by, number=change.number, base_version=change.base_version,
                content=change.content(), digest=digest_of(change, self.by.pk), outcome=outcome,
                version=version, answer=said, said_at=change.said_at, at=self.moment(change),
                received_at=self.at,
            )
        )  # fmt: skip
        self.answers[change.id] = Answer(
            change.id, change.target, outcome.value, version, conflicts,
            said.get("code", ""), said.get("message_zh", ""), said.get("message_en", ""),
        )  # fmt: skip

    def refuse(self, change: PhoneChange, refusal: Refusal, org_path: str = "") -> None:
        """Keep the change with the reason; what a role may not do is a line in the journal, too."""
        self.store(change, FieldChange.Outcome.REFUSED, refusal=refusal)
        if isinstance(refusal, NotAllowed) or refusal.code.startswith(JOURNALLED_REFUSALS):
            ref = journal.RecordRef(ROOM, "field_change", change.id, org_path)
            verb = str(change.act.get("verb", ""))
            self.note("field.refused", ref, {"code": refusal.code, "target": change.target, "act": verb})


def digest_of(change: PhoneChange, account_id: int) -> str:
    """Return a digest of all a change says, to tell a retry from another change under the same id."""
    content = [account_id, change.target, change.number, change.base_version, change.content()]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def home_of(by: Any, at: datetime) -> Place:
    """Return the first office of the account's own."""
    found = offices.offices(scope_paths(by, "incidents.attend", at=at))
    if not found:
        raise NotAllowed(
            "field.no_office", "您的账号不属于任何警务室。", "Your account belongs to no office."
        )
    return Place(found[0].id, found[0].path)
