"""Shift kinds, rosters, their cells and steps, and the searches for better ones."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from jingwu.terms.duty import DutyModule, DutyState

STATES = [
    (DutyState.ON_DUTY.value, _("值班")),
    (DutyState.STANDBY.value, _("备勤")),
    (DutyState.REST.value, _("休")),
    (DutyState.LEAVE.value, _("假")),
    (DutyState.TRAINING.value, _("训")),
]
MODULES = [
    (DutyModule.SECURITY.value, _("治安防控")),
    (DutyModule.SERVICE.value, _("服务管理")),
    (DutyModule.MEDIATION.value, _("矛盾调解")),
    (DutyModule.DIGITAL.value, _("智慧警务")),
]


class ShiftKind(models.Model):
    """One kind of shift; it may cross midnight and belongs to the day it starts on."""

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    code = models.CharField(max_length=12)
    sign = models.CharField(max_length=4, blank=True, default="")  # what stands in the cell: 日, 中, 夜, 备
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True, default="")
    start_minute = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    counted_share = models.FloatField(default=1.0)
    state = models.CharField(max_length=12, choices=STATES, default=DutyState.ON_DUTY.value)
    module = models.CharField(max_length=16, choices=MODULES, blank=True, default="")
    role = models.CharField(max_length=24, blank=True, default="")
    is_night = models.BooleanField(default=False)
    is_attended = models.BooleanField(default=False)
    is_in_beat = models.BooleanField(default=False)
    categories = models.JSONField(default=list, blank=True)
    skills = models.JSONField(default=list, blank=True)
    may_not_follow = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["org", "code"], name="duty_shift_code"),
            models.CheckConstraint(
                condition=Q(start_minute__lt=1440) & Q(minutes__gte=1) & Q(minutes__lte=1440),
                name="duty_shift_length",
            ),
            models.CheckConstraint(
                condition=Q(counted_share__gte=0) & Q(counted_share__lte=1), name="duty_shift_share"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def counted_minutes(self) -> int:
        """Return the minutes that count as working time."""
        return round(self.minutes * self.counted_share)


class Roster(models.Model):
    """The roster of one office for a stretch of days; of all rosters of a day at most one is published."""

    class State(models.TextChoices):
        """A draft is edited, a published roster is in force, a replaced one is kept."""

        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        REPLACED = "replaced", _("已替换")

    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    # counts every change; who edits names the version seen, so that two chiefs never overwrite each other
    version = models.PositiveIntegerField(default=1)
    plan_id = models.BigIntegerField(null=True)  # planning lives above this room: an id, no foreign key
    system = models.CharField(max_length=40)  # 勤务制式: a key of the norm duty.systems
    need = models.JSONField(
        default=dict, blank=True
    )  # {"crews_by_hour": [168 numbers, Monday 00:00 first], "plan_name": …}
    # what the chief let give way: {"rules": [firm norms], "cover": {"2026-03-05:N": crews fewer}}
    relaxed = models.JSONField(default=dict, blank=True)
    solved = models.JSONField(default=dict, blank=True)
    norms_version = models.CharField(max_length=80, blank=True, default="")
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-first_day", "office"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="duty_roster_days"),
            ExclusionConstraint(
                name="duty_one_published_roster",
                expressions=[
                    (Func(F("office_id"), F("office_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("first_day"), F("last_day"), Value("[]"), function="daterange"), "&&"),
                ],
                condition=Q(state="published"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} {self.first_day}"

    @property
    def org_path(self) -> str:
        """Return the path of the office."""
        return self.office.unit.path


class RosterCell(models.Model):
    """What one person does on one day; no row is a day off.

    ``start_at`` and ``end_at`` are the shift on the clock; ``is_live`` repeats that the roster is
    published, so that 'who is on now' is one indexed look-up and the database itself refuses two live
    shifts at once.
    """

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="cells")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    day = models.DateField()
    shift = models.ForeignKey(ShiftKind, models.PROTECT, related_name="+")
    group = models.CharField(max_length=40, blank=True, default="")
    is_pinned = models.BooleanField(default=False)
    is_live = models.BooleanField(default=False)
    is_absent = models.BooleanField(default=False)  # called sick: the shift is open again
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "person"]
        indexes = [
            models.Index(fields=["start_at", "end_at"], name="duty_cell_live", condition=Q(is_live=True)),
            models.Index(fields=["person", "day"], name="duty_cell_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["roster", "person", "day"], name="duty_cell_once"),
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="duty_cell_time"),
            ExclusionConstraint(
                name="duty_no_two_live_shifts",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("start_at"), F("end_at"), function="tstzrange"), "&&"),
                ],
                condition=Q(is_live=True, is_absent=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day} {self.shift_id}"


class RosterChange(models.Model):
    """One step on the board: the cells it touched, before and after, so that it can be undone and read.

    A step that let something give way, or put it back in force, keeps all that gave way before and after it.
    """

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField()  # the roster's version after the step
    verb = models.CharField(max_length=24)
    before = models.JSONField()
    after = models.JSONField()
    relaxed_before = models.JSONField(null=True, blank=True)
    relaxed_after = models.JSONField(null=True, blank=True)
    is_undone = models.BooleanField(default=False)
    by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["roster", "version"], name="duty_change_version")]

    def __str__(self) -> str:
        return f"{self.roster_id} v{self.version} {self.verb}"


class SolveRun(models.Model):
    """One search for a better roster: asked for, watched, stopped, or its result laid on the board."""

    class State(models.TextChoices):
        """A run ends by itself, by the user, or with a reason why there is no roster."""

        QUEUED = "queued", _("排队")
        RUNNING = "running", _("求解中")
        DONE = "done", _("完成")
        FAILED = "failed", _("没有结果")
        CANCELLED = "cancelled", _("已停止")

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="runs")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    seen_version = models.PositiveIntegerField()
    seconds = models.FloatField()
    done_share = models.FloatField(default=0.0)
    objective = models.IntegerField(null=True)
    gap_share = models.FloatField(null=True)
    failure = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["roster"], condition=Q(state__in=["queued", "running"]), name="duty_one_run_at_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.roster_id} {self.state}"
