# catalogue: data - both languages stand side by side
"""The wire: what a phone hands in, as frozen facts checked once at the border."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jingwu.engines.workflow.merge import Change, Json
from jingwu.incidents.moments import PHONES_EARLIEST, can_be_meant
from jingwu.terms.refusal import BadInput

# bounds of one request, so that one phone cannot hold a server thread for long; the rest follows in the next
CHANGES_AT_MOST = 200
FIELDS_AT_MOST = 40
ID_FORM = re.compile(r"[0-9A-Za-z_-]{8,64}")
TARGET_FORM = re.compile(r"(incident|scene|task|point):[0-9A-Za-z_.-]{1,70}")

SCENE_FIELDS = frozenset(
    {"title", "place", "facts", "measures", "next_step", "result_code", "lon", "lat", "persons_count"}
)
TASK_FIELDS = frozenset({"note", "result"})
SETS = {"photos": "photo", "voice": "voice"}
OFFICER_FIELDS = frozenset({"result_code"})
"""What only an officer decides (reference §3.3 rule 2): an auxiliary's change of it is refused."""


@dataclass(frozen=True)
class PhoneChange:
    """One change as the phone wrote it down.

    It sets fields (target "scene:…" or "task:…") or is one act ("incident:<id>", "task:<id>",
    "point:<code>"); ``said_at`` is by the phone's own clock.
    """

    id: str
    target: str
    number: int
    base_version: int
    said_at: datetime
    fields: Mapping[str, Json] = field(default_factory=dict)
    added: Mapping[str, frozenset[str]] = field(default_factory=dict)
    act: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.said_at.tzinfo is None:
            raise ValueError("the phone's time has a time zone")
        if bool(self.act) == bool(self.fields or self.added):
            raise ValueError("a change either sets fields or is one act")

    @property
    def kind(self) -> str:
        """Return what the target is: incident, scene, task or point."""
        return self.target.partition(":")[0]

    @property
    def target_id(self) -> str:
        """Return the target without its kind."""
        return self.target.partition(":")[2]

    def as_change(self, branch: str) -> Change:
        """Return the change as the merge engine knows it."""
        return Change(self.id, branch, self.number, self.base_version, dict(self.fields), dict(self.added))

    def content(self) -> dict[str, Any]:
        """Return what is stored of it."""
        added = {name: sorted(ids) for name, ids in self.added.items()}
        return {"fields": dict(self.fields), "added": added, "act": dict(self.act)}


@dataclass(frozen=True)
class Batch:
    """One request: whose outbox, from which phone, what its clock said while sending."""

    account_id: int
    device: str
    sent_at: datetime
    changes: tuple[PhoneChange, ...]
    label: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of one change; only a stored answer is ever sent, so the phone may forget the change."""

    id: str
    target: str
    outcome: str
    version: int = 0
    conflicts: tuple[str, ...] = ()
    code: str = ""
    message_zh: str = ""
    message_en: str = ""

    def plain(self, language: str) -> dict[str, Any]:
        """Return the answer as the phone gets it."""
        message = self.message_en if language.startswith("en") else self.message_zh
        return {
            "id": self.id, "target": self.target, "outcome": self.outcome, "version": self.version,
            "conflicts": list(self.conflicts), "code": self.code, "message": message,
        }  # fmt: skip


def read_batch(plain: Any) -> Batch:
    """Return the batch in the decoded JSON of a request.

    Raises
        BadInput: it is not a batch at all. A single bad change spoils the request, because the phone that
        wrote it is at fault and must say so instead of trying for ever.
    """
    try:
        rows = plain["changes"]
        if not isinstance(rows, list) or len(rows) > CHANGES_AT_MOST:
            raise _bad("changes", f"一次最多 {CHANGES_AT_MOST} 条", f"{CHANGES_AT_MOST} changes at most")
        device = str(plain["device"])
        if not ID_FORM.fullmatch(device) or len(device) > 40:
            raise _bad("device", "设备编号不对", "the device's id is malformed")
        return Batch(
            int(plain["account"]), device, _moment(plain, "sent_at"),
            tuple(_change(row) for row in rows), str(plain.get("label", ""))[:120],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _bad("changes", "上传内容无法读取", f"the upload cannot be read ({error})") from error


def _change(row: Mapping[str, Any]) -> PhoneChange:
    target, own_id = str(row["target"]), str(row["id"])
    if not ID_FORM.fullmatch(own_id) or not TARGET_FORM.fullmatch(target):
        raise _bad("id", "修改编号或对象不对", "a change's id or target is malformed")
    number, base = int(row["number"]), int(row["base_version"])
    if not 1 <= number < 2**31 or not 0 <= base < 2**31:
        raise _bad("number", "修改序号不对", "a change's number is out of range")
    fields, added, act = row.get("fields") or {}, row.get("added") or {}, row.get("act") or {}
    if len(fields) + len(added) + len(act) > FIELDS_AT_MOST:
        raise _bad("fields", "一次修改的项目过多", "a change has too many fields")
    return PhoneChange(
        own_id, target, number, base, _moment(row, "said_at"),
        {str(name): _plain(value) for name, value in fields.items()},
        {str(name): frozenset(_file_id(one) for one in ids) for name, ids in added.items()},
        {str(name): _plain(value) for name, value in act.items()},
    )  # fmt: skip


def _plain(value: Any) -> Json:
    if isinstance(value, str):
        # PostgreSQL's text cannot hold NUL, and half a surrogate pair is no text
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise _bad("fields", "内容只能是文字或数字", "a value must be a text or a number")


def _file_id(value: Any) -> str:
    if not isinstance(value, str) or not ID_FORM.fullmatch(value):
        raise _bad("added", "附件编号不对", "a file's id is malformed")
    return value


def _moment(row: Mapping[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(str(row[name]))
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    if not can_be_meant(moment, PHONES_EARLIEST):
        raise _bad(name, f"时间 {row[name]} 不可能,请核对手机时钟", f"{row[name]} cannot be; check the clock")
    return moment


def _bad(name: str, zh: str, en: str) -> BadInput:
    return BadInput("field.unreadable", f"{zh}。", f"{en}.", fields={name: zh})
