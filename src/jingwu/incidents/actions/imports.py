"""Incidents from other systems: signed requests and files, each row taken once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from jingwu.incidents.actions.intake import NewIncident, enter
from jingwu.incidents.models import ExpectedCell, ImportNonce, ImportSource, Incident
from jingwu.journal import actions as journal
from jingwu.journal.access import require
from jingwu.journal.actor import SYSTEM, Actor, Acts
from jingwu.offices import queries as offices
from jingwu.people.vault import Sealed
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput, NotAllowed, Refusal

CLOCKS_MAY_DIFFER = timedelta(minutes=5)
NONCES_KEPT = timedelta(hours=1)
MOST_ROWS = 5_000
HOURS = 168
_TEXTS = (
    "external_id", "office_code", "text", "source", "category", "address", "address_detail", "reporter_name",
    "reporter_phone",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A system whose signature was checked: it has no grants, and hands in what lies below ``path``."""

    code: str
    path: str
    actor: Actor


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row: ``state`` is taken, known or refused."""

    row: int
    state: str
    number: str = ""
    code: str = ""
    zh: str = ""
    en: str = ""


@transaction.atomic
def open_source(code: str, name: str, *, unit_code: str, by: Acts, at: datetime) -> str:
    """Let a system hand incidents in below a unit; return its secret, which is shown this once."""
    unit = offices.unit(unit_code)
    require(by, "incidents.open_source", org=unit.path, at=at)
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            row = ImportSource.objects.create(
                code=code, name=name, org_id=unit.id, secret=secret, created_at=at
            )
    except IntegrityError as error:
        raise BadInput(
            "import.source_taken", "这个来源编码已被使用。", "That source's code is taken."
        ) from error
    journal.record("incidents.open_source", by=by, at=at, record=row, details={"code": code})
    return secret


def sign(secret: str, *, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a request: HMAC-SHA256 over timestamp, nonce and the body's SHA-256, in hex."""
    text = f"{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify_source(
    code: str, *, timestamp: str, nonce: str, signature: str, body: bytes, at: datetime
) -> Source:
    """Return which system a signed request comes from, and use its nonce up.

    Raises
        NotAllowed: unknown source, forged signature, a timestamp too far off, or a nonce used before;
            each leaves a line in the journal.
    """
    source = ImportSource.objects.select_related("org").filter(code=code, is_active=True).first()
    why = _fault(source, timestamp=timestamp, nonce=nonce, signature=signature, body=body, at=at)
    if source is None or why:
        _note_refused(source, code, why or "unknown", at=at)
        raise NotAllowed(
            f"import.{why or 'unknown'}", "签名无效、已用过或已过期,本次导入被拒绝。",
            "The signature is invalid, used before or out of date; nothing was taken.",
        )  # fmt: skip
    return Source(source.code, source.org_path, Actor(None, source.name, f"source:{source.code}"))


def _fault(
    source: ImportSource | None, *, timestamp: str, nonce: str, signature: str, body: bytes, at: datetime
) -> str:
    if source is None or not isinstance(source.secret, Sealed):
        return "unknown"
    expected = sign(source.secret.reveal(), timestamp=timestamp, nonce=nonce, body=body)
    # as bytes: of a text it compares ASCII alone, and a header may hold anything
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        return "forged"
    seconds = whole_number(timestamp)
    if seconds is None or abs(at.timestamp() - seconds) > CLOCKS_MAY_DIFFER.total_seconds():
        return "out_of_date"
    if not 8 <= len(nonce) <= 64:
        return "bad_nonce"
    ImportNonce.objects.filter(source=source, at__lt=at - NONCES_KEPT).delete()
    try:
        with transaction.atomic():
            ImportNonce.objects.create(source=source, nonce=nonce, at=at)
    except IntegrityError:
        return "replayed"
    return ""


def _note_refused(source: ImportSource | None, code: str, why: str, *, at: datetime) -> None:
    path = source.org_path if source else ""
    with transaction.atomic():
        ref = journal.RecordRef("incidents", "importsource", code[:40] or "?", path)
        journal.record("incidents.import_refused", by=SYSTEM, at=at, record=ref, details={"why": why})


def take_rows(rows: Sequence[Mapping[str, Any]], *, by: Source, at: datetime) -> list[RowOutcome]:
    """Register rows in the name of the system they come from; each stands alone, and is taken once.

    Raises
        BadInput: more rows than one hand-in may hold.
    """
    if len(rows) > MOST_ROWS:
        raise BadInput("import.too_many", f"一次最多 {MOST_ROWS} 行。", f"{MOST_ROWS} rows at most.")
    return [_take_row(number, row, by=by, at=at) for number, row in enumerate(rows, start=1)]


def _take_row(number: int, row: Mapping[str, Any], *, by: Source, at: datetime) -> RowOutcome:
    try:
        report = _report(row, by.code)
        office = offices.office(report.office_code)
        if not office.path.startswith(by.path):
            raise NotAllowed(
                "access.out_of_scope",
                "警务室不在该来源的范围内。",
                "The office lies outside the source's area.",
            )
        known = _known(report.source_key)
        if known:
            return RowOutcome(number, "known", known)
        made = enter(report, office, by=by, at=at)
        return RowOutcome(number, "taken", made.number)
    except Refusal as refusal:
        return RowOutcome(number, "refused", "", refusal.code, refusal.message_zh, refusal.message_en)


def _known(key: str | None) -> str:
    return Incident.objects.filter(source_key=key).values_list("number", flat=True).first() or ""


def _report(row: Mapping[str, Any], source_code: str) -> NewIncident:
    wrong = {
        name: f"{name} 含有无法保存的字符 / {name} holds signs that cannot be kept"  # as is
        for name in _TEXTS
        if not _can_be_kept(row.get(name))
    }
    external = str(row.get("external_id") or "").strip()
    if not external or len(external) > 60:
        wrong["external_id"] = "缺外部编号 / no external id"
    values: dict[str, Any] = {}
    for name in ("reported_at", "occurred_at"):
        values[name] = _moment(row.get(name), name, wrong)
    for name in ("lon", "lat"):
        values[name] = _decimal(row.get(name), name, wrong)
    priority = str(row.get("priority") or "").strip().upper().removeprefix("P")
    if priority and whole_number(priority) is None:
        wrong["priority"] = "级别为 1–4 / a priority is 1–4"
    if wrong:
        raise BadInput("import.bad_row", ";".join(wrong.values()), "; ".join(wrong.values()), fields=wrong)
    return NewIncident(
        office_code=str(row.get("office_code") or "").strip(), text=str(row.get("text") or ""),
        source=str(row.get("source") or "dispatch_110")[:16], category=str(row.get("category") or "").strip(),
        priority=whole_number(priority), address=str(row.get("address") or ""),
        address_detail=str(row.get("address_detail") or ""), lon=values["lon"], lat=values["lat"],
        reporter_name=str(row.get("reporter_name") or ""),
        reporter_phone=str(row.get("reporter_phone") or ""),
        reported_at=values["reported_at"], occurred_at=values["occurred_at"],
        source_key=f"import:{source_code}:{external}",
    )  # fmt: skip


def _can_be_kept(value: Any) -> bool:
    """Return whether the database takes a text: no NUL, and no half of a pair that JSON may hold alone."""
    return not isinstance(value, str) or not re.search(r"[\x00\ud800-\udfff]", value)


def _moment(value: Any, name: str, wrong: dict[str, str]) -> datetime | None:
    """Return a time; one without a zone is taken to be the offices' own time."""
    from zoneinfo import ZoneInfo

    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        wrong[name] = f"时间不能识别 / not a time: {name}"
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def _decimal(value: Any, name: str, wrong: dict[str, str]) -> float | None:
    if value in (None, ""):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != number or abs(number) > 180:
        wrong[name] = f"坐标不能识别 / not a coordinate: {name}"
        return None
    return number


@dataclass(frozen=True)
class Expectation:
    """How many incidents of one kind an office expects; 168 values, Monday 00:00 first.

    ``kind``: office, category or beat, ``code`` says which; ``excesses``: variance beyond Poisson;
    ``day_dispersion``: variance of the factor all hours of a day share.
    """

    office_code: str
    kind: str
    code: str
    means: Sequence[float]
    excesses: Sequence[float]
    day_dispersion: float


@transaction.atomic
def store_expectation(
    cells: Sequence[Expectation], *, source: str, path: str, by: Acts, at: datetime
) -> None:
    """Keep what each office expects by hour of the week; replaces what stood below ``path``."""
    require(by, "incidents.store_expectation", org=path, at=at)
    here = {row.code: row for row in offices.offices([path])}
    is_whole = all(len(row) == HOURS for cell in cells for row in (cell.means, cell.excesses))
    if not is_whole or not {cell.office_code for cell in cells} <= set(here):
        raise BadInput(
            "expectation.bad", "预期须为每个警务室 168 个数。", "An expectation is 168 numbers an office."
        )
    ExpectedCell.objects.filter(office__unit__path__startswith=path).delete()
    ExpectedCell.objects.bulk_create(
        ExpectedCell(
            office_id=here[cell.office_code].id, kind=cell.kind, code=cell.code, means=list(cell.means),
            excesses=list(cell.excesses), day_dispersion=cell.day_dispersion,
        )
        for cell in cells
    )  # fmt: skip
    unit = offices.unit_at(path)
    ref = journal.RecordRef("incidents", "expectedcell", unit.code if unit else path, path)
    journal.record("incidents.store_expectation", by=by, at=at, record=ref, details={"source": source})
