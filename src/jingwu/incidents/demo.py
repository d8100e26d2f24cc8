# catalogue: data
"""Incidents for a demo district: finished ones by bulk, live ones at every state by the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from jingwu.incidents import actions
from jingwu.incidents.actions import CrewChoice, FeedbackForm, NewIncident, Recording
from jingwu.incidents.field.demo import ensure_field_demo, say_two_things, visit_points
from jingwu.incidents.models import ExpectedCell, ImportBatch, Incident, IncidentEvent
from jingwu.incidents.numbers import next_number
from jingwu.incidents.queries.analysis import ZONE
from jingwu.incidents.search import grams
from jingwu.journal import actions as journal
from jingwu.journal.actor import SYSTEM, Actor
from jingwu.offices import queries as offices
from jingwu.people import queries as people
from jingwu.terms.people import AccountRole, PersonCategory
from jingwu.terms.refusal import Refusal

DAYS = 8
LIVE_HOURS, QUIET_HOURS = 12, 3  # what was reported less long ago is not finished yet
LIVE_FRESH = timedelta(hours=LIVE_HOURS)
# category, text, place, priority
STORIES = (
    ("dispute", "邻里因噪声争吵", "竹园小区 7 栋", 3),
    ("help", "老人忘带钥匙求助", "滨河路 33 号", 4),
    ("public_order", "烧烤摊前两人推搡", "石榴巷 6 号", 2),
    ("traffic", "电动车剐蹭,无人受伤", "望江路 118 号", 3),
    ("fraud", "接到冒充客服电话,已转账", "云溪里 2 栋", 2),
    ("crime", "车内物品被盗", "地铁 3 口停车场", 3),
    ("consult", "咨询居住登记办理", "警务室窗口", 4),
    ("non_police", "反映路灯不亮", "滨河公园西侧", 4),
    ("fire_disaster", "电动车充电冒烟,已自行扑灭", "石榴巷 15 号", 2),
    ("clue", "反映有人夜间聚赌", "春申里 4 栋", 3),
    ("complaint_police", "对一次处置的答复不满意", "来电", 4),
    ("mass_incident", "多名业主因停车费聚集", "竹园小区南门", 2),
)
BY_CATEGORY = {story[0]: story for story in STORIES}
# the state to bring it to, minutes ago, story; read by ``_live``
LIVE = (
    ("received", 2, 0), ("received", 26, 3), ("triaged", 6, 2), ("triaged", 95, 1), ("dispatched", 3, 4),
    ("acked", 8, 5), ("en_route", 11, 0), ("on_scene", 24, 2), ("handling", 48, 3), ("feedback", 90, 0),
    ("reviewed", 240, 1), ("dissatisfied", 360, 0), ("followed_up", 400, 3), ("closed", 520, 5),
    ("violence", 70, 0), ("bounced", 34, 1),
)  # fmt: skip
# what two files of the dispatch centre hold: text, category, place, minutes ago (below nought: still to come)
FILE_TAKEN = (("路灯损坏", "非警务", "滨河路 8 号", 22), ("占道堆放建材", "非警务", "石榴巷 20 号", 15))
FILE_WAITING = (
    ("共享单车堆满通道", "非警务", "地铁 3 口", 26), ("咨询犬证办理", "咨询", "竹园小区 2 栋", 21),
    ("楼上漏水求助", "求助", "望江路 60 号", 12), ("广场舞音量大", "噪音", "滨河公园", 9),
    ("路口积水", "求助", "望江路 1 号", -90),
)  # fmt: skip
CLAUSE = "公安机关职责范围以外的事项"
NORMAL = ("triaged", "dispatched", "acked", "en_route", "on_scene", "handling", "feedback", "reviewed")


@dataclass(frozen=True)
class Held:
    """One role from one unit downward."""

    role: AccountRole
    path: str


@dataclass(frozen=True)
class Player:
    """Somebody of the demo's roster who acts through the same actions and guards as an account."""

    label: str
    role: AccountRole
    path: str
    person_id: int | None = None
    is_active: bool = True

    @property
    def actor(self) -> Actor:
        """Return who the journal names."""
        return Actor(None, self.label, self.role.value)

    def grants_at(self, at: datetime) -> tuple[Held, ...]:
        """Return the one role held."""
        return (Held(self.role, self.path),)


def ensure_demo(district_code: str, office_code: str, *, seed: int, at: datetime) -> int:
    """Make the mass once, and live incidents of one office when the last ones are old; return how many live.

    The draw is the same for a seed; only the moment it hangs on moves.
    """
    unit = offices.unit(district_code)
    rng = np.random.default_rng(seed)
    office = offices.office(office_code)
    _mass(unit.path, office.id, rng, at=at)
    ensure_field_demo(office_code, by=SYSTEM, at=at)
    fresh = Incident.objects.filter(
        office_id=office.id, source_key__startswith="demo:", reported_at__gte=at - LIVE_FRESH
    )
    if fresh.exists():
        return 0
    made = sum(
        _live(office, number, state, minutes, story, rng, at=at)
        for number, (state, minutes, story) in enumerate(LIVE)
    )
    _field(office, at=at)
    _files(at=at)
    return made


def _files(*, at: datetime) -> None:
    """Let one file of 110 have been taken and another wait for a yes, two of its rows to be mended."""
    chief = people.account_named("chief")
    if ImportBatch.objects.filter(created_by=chief).exists():
        return
    # the account may be a moment old: it acts now, only the reports are of earlier
    taken = actions.receive_file("110 指派 早班.csv", _file(FILE_TAKEN, "A", at), by=chief, at=at)
    actions.take_file(taken, only_good=False, by=chief, at=at)
    for row in Incident.objects.filter(batch_id=taken):
        actions.triage(row.pk, category=row.category, priority=row.priority or 4, by=chief, at=at)
        actions.transfer_12345(row.pk, reason="市政事项,转热线办理", by=chief, at=at)
    actions.receive_file("110 指派 中班.csv", _file(FILE_WAITING, "B", at), by=chief, at=at)


def _file(rows: Sequence[tuple[str, str, str, int]], series: str, at: datetime) -> bytes:
    """Return a CSV as a dispatch centre exports it."""
    lines = ["接警编号,接警时间,简要警情,警情类别,警情等级,地址"]
    for number, (text, kind, place, minutes) in enumerate(rows, 1):
        told = (at - timedelta(minutes=minutes)).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        lines.append(f"110-{at:%m%d}-{series}{number:02d},{told},{text},{kind},P4,{place}")
    return "\n".join(lines).encode("gb18030")


def _field(office: offices.OfficeFacts, *, at: datetime) -> None:
    """Let phones have been out: points visited, and one scene told in two ways."""
    officer, auxiliary = people.account_named("officer"), people.account_named("auxiliary")
    told = Incident.objects.filter(office_id=office.id, state="feedback", is_domestic_violence=False)
    row = told.order_by("-reported_at").first()
    if row is None:
        return
    try:
        visit_points(office.code, officer, at=at)
        say_two_things(row.pk, officer, auxiliary, at=at)
    except Refusal:
        return  # the accounts are of another office: the desk stays empty


@transaction.atomic
def _mass(path: str, live_office_id: int, rng: np.random.Generator, *, at: datetime) -> None:
    """Insert finished incidents hour by hour at the expected rate; one journal line tells of them all.

    Only hours since the last ones are filled, so that a demo opened days later has a yesterday too. The live
    office's last half day is left to the live ones.
    """
    filled = Incident.objects.filter(org_path__startswith=path, source="dispatch_110")
    latest = filled.aggregate(latest=Max("reported_at"))["latest"]
    hours = DAYS * 24 if latest is None else min(DAYS * 24, int((at - latest).total_seconds() // 3600))
    if hours <= QUIET_HOURS:
        return
    rates: dict[int, list[tuple[Any, list[float]]]] = {}
    cells = ExpectedCell.objects.filter(office__unit__path__startswith=path, kind="category")
    named = cells.order_by("office_id", "code").values_list("office_id", "code", "means")
    for office_id, code, means in named:
        rates.setdefault(office_id, []).append((BY_CATEGORY[code], means))
    beats: dict[int, list[offices.BeatFacts]] = {}
    for beat in offices.beats([path]):
        beats.setdefault(beat.office_id, []).append(beat)
    rows = []
    for office in offices.offices([path]):
        until = LIVE_HOURS if office.id == live_office_id else QUIET_HOURS
        for back in range(hours, until, -1):
            start = at - timedelta(hours=back)
            local = start.astimezone(ZONE)
            hour = local.weekday() * 24 + local.hour
            for story, means in rates.get(office.id, ()):
                for _ in range(int(rng.poisson(means[hour]))):
                    moment = start + timedelta(minutes=float(rng.uniform(0, 60)))
                    rows.append(_finished(office, beats.get(office.id, []), story, moment, rng))
    Incident.objects.bulk_create(rows, batch_size=1000)
    IncidentEvent.objects.bulk_create(
        [
            IncidentEvent(
                incident=row, verb="import", target_state="closed", at=row.reported_at, recorded_at=at,
                by_label="演示数据",
            )
            for row in rows
        ],
        batch_size=2000,
    )  # fmt: skip
    ref = journal.RecordRef("incidents", "incident", "demo", path)
    journal.record("incidents.import", by=SYSTEM, at=at, record=ref, details={"count": len(rows)})


def _finished(
    office: offices.OfficeFacts, beats: Sequence[offices.BeatFacts], story: Any, at: datetime, rng: Any
) -> Incident:
    category, text, place, priority = story
    beat = beats[int(rng.integers(len(beats)))] if beats else None
    ack, ways, scene, report = (float(value) for value in rng.gamma((2, 4, 3, 2), (0.4, 1.5, 8, 15)))
    sent = at + timedelta(minutes=1.5)
    acked = sent + timedelta(minutes=ack)
    arrived = acked + timedelta(minutes=1 + ways)
    left = arrived + timedelta(minutes=scene)
    done = left + timedelta(minutes=report)
    lon = lat = None
    if beat is not None and beat.lon is not None and beat.lat is not None:
        lon, lat = beat.lon + rng.normal(0, 0.0012), beat.lat + rng.normal(0, 0.0012)
    return Incident(
        number=next_number(office.code, at.astimezone(ZONE).date()), office_id=office.id,
        beat_id=beat.id if beat else None, org_path=office.path, state="closed", category=category,
        priority=priority, area_type=office.area_type.value, text=text, address=place, lon=lon, lat=lat,
        source="dispatch_110", result_code="settled", satisfaction=int(rng.choice((1, 1, 1, 2, 3))),
        reported_at=at, registered_at=at, triaged_at=at + timedelta(minutes=1), dispatched_at=sent,
        acked_at=acked, departed_at=acked + timedelta(minutes=1), arrived_at=arrived,
        handling_at=arrived + timedelta(minutes=1), left_at=left, feedback_at=done,
        reviewed_at=done + timedelta(minutes=20), followed_up_at=done + timedelta(minutes=80),
        closed_at=done + timedelta(minutes=90), grams=grams(place, text),
    )  # fmt: skip


def _live(
    office: offices.OfficeFacts, number: int, state: str, minutes: int, story: int, rng: Any, *, at: datetime
) -> int:
    """Bring one incident to its state by the actions of the desk and the crews; return 1."""
    category, text, place, priority = STORIES[story]
    start = at - timedelta(minutes=minutes)
    desk = Player("演示值班台", AccountRole.CHIEF, office.path)
    lon = lat = None
    if office.lon is not None and office.lat is not None:
        lon, lat = office.lon + rng.normal(0, 0.003), office.lat + rng.normal(0, 0.003)
    violence = state == "violence"
    report = NewIncident(
        office.code, "丈夫酒后动手,已停止,孩子在家" if violence else text, address=place, lon=lon, lat=lat,
        reported_at=start, reporter_phone="13800000000", is_domestic_violence=violence,
        source_key=f"demo:{office.code}:{at:%Y%m%d%H}:{number}",
    )  # fmt: skip
    row = actions.register(report, by=desk, at=start)
    goal = {"dissatisfied": "reviewed", "followed_up": "reviewed", "closed": "reviewed",
            "violence": "feedback", "bounced": "bounced"}.get(state, state)  # fmt: skip
    try:
        _steps(row.pk, goal, desk, category, 2 if violence else priority, start, at)
        _afterwards(row.pk, state, office.path, at)
    except Refusal:
        return 1  # nobody lawful is free, or the step is barred: it stays where it got to
    return 1


def _steps(
    pk: int, goal: str, desk: Player, category: str, priority: int, start: datetime, end: datetime
) -> None:
    if goal == "received":
        return
    span = (end - start) / (len(NORMAL) + 1)

    def later(step: int) -> datetime:
        return start + min(span, timedelta(minutes=6)) * step

    actions.triage(pk, category=category, priority=priority, by=desk, at=later(1))
    if goal == "triaged":
        return
    crew = _send(pk, desk, later(2))
    if goal == "bounced":
        actions.refuse(pk, clause=CLAUSE, by=crew, at=later(3))
        crew = _send(pk, desk, later(4))
        actions.refuse(pk, clause=CLAUSE, by=crew, at=later(5))
        return
    form = FeedbackForm(
        facts="双方因琐事争执,到场时已平静", measures="分别询问,劝导", result_code="settled",
        next_step="三日内回访", recordings=(Recording("AV-DEMO", "0f" * 32),),
    )  # fmt: skip
    steps = (
        ("acked", lambda when: actions.ack(pk, by=crew, at=when)),
        ("en_route", lambda when: actions.depart(pk, by=crew, at=when)),
        ("on_scene", lambda when: actions.arrive(pk, by=crew, at=when)),
        ("handling", lambda when: actions.handle(pk, by=crew, at=when)),
        ("feedback", lambda when: actions.feed_back(pk, form, by=crew, at=when)),
        ("reviewed", lambda when: actions.review(pk, by=desk, at=when)),
    )
    if goal == "dispatched":
        return
    for number, (name, step) in enumerate(steps, 3):
        step(later(number))
        if name == goal:
            return


def _send(pk: int, desk: Player, at: datetime) -> Player:
    """Dispatch the first proposal and return the officer on it."""
    row = actions.dispatch(pk, CrewChoice(proposal=0), by=desk, at=at)
    members = row.members.select_related("person").order_by("position")
    officer = next(m for m in members if m.category == PersonCategory.OFFICER.value)
    return Player("演示民警", AccountRole.OFFICER, desk.path, officer.person_id)


def _afterwards(pk: int, state: str, path: str, at: datetime) -> None:
    asker = Player("演示回访员", AccountRole.CHIEF, path)
    early = at - timedelta(minutes=20)
    if state == "dissatisfied":
        actions.record_answer(pk, satisfaction=3, note="等了太久", by=asker, at=early)
    elif state in ("followed_up", "closed"):
        actions.record_answer(pk, satisfaction=1, by=asker, at=early)
        actions.follow_up(pk, by=asker, at=early)
        if state == "closed":
            actions.close(pk, by=asker, at=early)
