"""The incident itself, its trail and its clocks."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jingwu.people.vault import EncryptedTextField
from jingwu.terms.incidents import AreaType, IncidentCategory, Priority

CATEGORIES = [
    (IncidentCategory.CRIME.value, _("刑事")),
    (IncidentCategory.PUBLIC_ORDER.value, _("治安")),
    (IncidentCategory.DISPUTE.value, _("纠纷")),
    (IncidentCategory.HELP.value, _("求助")),
    (IncidentCategory.TRAFFIC.value, _("交通")),
    (IncidentCategory.FIRE_DISASTER.value, _("火灾灾害")),
    (IncidentCategory.MASS_INCIDENT.value, _("群体性事件")),
    (IncidentCategory.FRAUD.value, _("诈骗")),
    (IncidentCategory.CLUE.value, _("举报线索")),
    (IncidentCategory.COMPLAINT_POLICE.value, _("警务投诉")),
    (IncidentCategory.NON_POLICE.value, _("非警务")),
    (IncidentCategory.CONSULT.value, pgettext_lazy("incident", "咨询")),
]
PRIORITIES = [
    (Priority.P1.value, _("P1 紧急")),
    (Priority.P2.value, _("P2 较急")),
    (Priority.P3.value, _("P3 一般")),
    (Priority.P4.value, _("P4 非紧急")),
]
SOURCES = [
    ("phone", _("电话")),
    ("walk_in", _("来访")),
    ("online", _("网上")),
    ("patrol", _("巡逻发现")),
    ("dispatch_110", _("110 指派")),
    ("hotline_12345", _("12345 转办")),
    ("file", _("文件导入")),
]
AREAS = [
    (AreaType.URBAN.value, _("城区")),
    (AreaType.SUBURBAN.value, _("城乡结合部")),
    (AreaType.RURAL.value, _("农村")),
]
# every state somebody still has to do something about; the partial indexes of the board hold only these
OPEN_STATES = (
    "received", "triaged", "dispatched", "acked", "en_route", "on_scene", "handling", "feedback", "reviewed",
    "followed_up", "reopened",
)  # fmt: skip

APPEND_ONLY = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)


class Incident(models.Model):
    """One report and what became of it; the trail is in ``IncidentEvent``, columns hold the latest time.

    ``org_path`` repeats the office's path so that a row's scope is one prefix comparison. The ``…_due_at``
    columns are what the clocks said after the last event (null while a clock does not run); ``due_at`` and
    ``warn_at`` are the earliest of them. ``grams`` are the pairs of adjacent signs of number, address and
    text, which the search looks up.
    """

    number = models.CharField(max_length=32, unique=True)
    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    beat = models.ForeignKey("offices.Beat", models.PROTECT, null=True, related_name="+")
    org_path = models.TextField()
    batch = models.ForeignKey(
        "incidents.ImportBatch", models.PROTECT, null=True, related_name="incidents", db_index=False
    )
    state = models.CharField(max_length=20, default="received")
    version = models.PositiveIntegerField(default=1)

    category = models.CharField(max_length=20, choices=CATEGORIES, blank=True, default="")
    subcategory = models.CharField(max_length=40, blank=True, default="")
    priority = models.PositiveSmallIntegerField(choices=PRIORITIES, null=True)
    area_type = models.CharField(max_length=12, choices=AREAS, default=AreaType.URBAN.value)
    tags = models.JSONField(default=list, blank=True)
    needs_presence = models.BooleanField(default=True)
    is_domestic_violence = models.BooleanField(default=False)
    is_anonymous = models.BooleanField(default=False)

    text = models.TextField(blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    address_detail = EncryptedTextField(null=True)  # unit and room; the building stands in ``address``
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    is_outside = models.BooleanField(default=False)  # the point lies outside the district's known ground
    reporter_name = EncryptedTextField(null=True)
    reporter_phone = EncryptedTextField(null=True)
    source = models.CharField(max_length=16, choices=SOURCES, default="phone")
    source_key = models.CharField(max_length=120, null=True, unique=True)  # idempotency of imports and drafts
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    receiver = models.CharField(max_length=120, blank=True, default="")
    refusals_count = models.PositiveSmallIntegerField(default=0)
    is_with_lead = models.BooleanField(default=False)  # refused too often: the lead decides
    is_paused = models.BooleanField(default=False)
    pause_reason = models.CharField(max_length=300, blank=True, default="")
    dv_checklist = models.JSONField(default=dict, blank=True)
    open_conflicts_count = models.PositiveSmallIntegerField(default=0)
    missing_attachments_count = models.PositiveSmallIntegerField(default=0)
    result_code = models.CharField(max_length=24, blank=True, default="")
    satisfaction = models.PositiveSmallIntegerField(null=True)
    norms_version = models.CharField(max_length=80, blank=True, default="")

    occurred_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    triaged_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    acked_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    handling_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    feedback_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    followed_up_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    transferred_at = models.DateTimeField(null=True)
    merged_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    ack_due_at = models.DateTimeField(null=True)
    arrive_due_at = models.DateTimeField(null=True)
    feedback_due_at = models.DateTimeField(null=True)
    reply_due_at = models.DateTimeField(null=True)
    call_back_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)

    grams = ArrayField(models.TextField(), default=list)

    class Meta:
        ordering = ["-reported_at", "-id"]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="incident_newest"),
            models.Index(fields=["office", "-reported_at"], name="incident_by_office"),
            models.Index(fields=["org_path"], name="incident_path", opclasses=["text_pattern_ops"]),
            models.Index(fields=["beat", "-reported_at"], name="incident_by_beat"),
            models.Index(fields=["category", "-reported_at"], name="incident_by_category"),
            models.Index(
                fields=["state", "-reported_at"], name="incident_open", condition=Q(state__in=OPEN_STATES)
            ),
            models.Index(fields=["due_at"], name="incident_due", condition=Q(due_at__isnull=False)),
            models.Index(
                fields=["escalate_at"], name="incident_escalate", condition=Q(escalate_at__isnull=False)
            ),
            models.Index(fields=["state", "-registered_at"], name="incident_by_state"),
            models.Index(fields=["batch"], name="incident_batch", condition=Q(batch__isnull=False)),
            GinIndex(fields=["grams"], name="incident_grams"),
            # people say the end of a number, and a LIKE finds only beginnings
            models.Index(OpClass(Reverse("number"), name="text_pattern_ops"), name="incident_number_tail"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                name="incident_point",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 3)),
                name="incident_satisfaction",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Return whether somebody still has to do something about it."""
        return self.state in OPEN_STATES


class IncidentCounter(models.Model):
    """The last running number of a day by the twelve signs of the office in it (``numbers.stem_of``)."""

    stem = models.CharField(max_length=12)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stem", "day"], name="incident_counter_once")]

    def __str__(self) -> str:
        return f"{self.stem} {self.day} {self.last}"


class IncidentEvent(models.Model):
    """One thing that happened, when, by whom: never changed, a correction is another event.

    ``at`` is when it happened, ``recorded_at`` when the server learned of it (a phone may be hours late).
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="events")
    verb = models.CharField(max_length=24)
    source_state = models.CharField(max_length=20, blank=True, default="")
    target_state = models.CharField(max_length=20, blank=True, default="")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    by_label = models.CharField(max_length=80)
    reason = models.TextField(blank=True, default="")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["incident", "at"], name="incident_event_trail")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.incident_id} {self.verb}"


class ClockMark(models.Model):
    """One event of one clock of an incident; the due columns are a function of these rows alone."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="clock_marks")
    clock = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=12)
    at = models.DateTimeField()
    target_seconds = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["at", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "clock", "number"], name="incident_clock_number")
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.incident_id} {self.clock} {self.what}"
