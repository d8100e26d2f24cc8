"""What the phones hand in: devices, merged records, every change once, announced files, simple tasks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jingwu.incidents.models.incident import APPEND_ONLY, Incident


class FieldDevice(models.Model):
    """One phone as one account uses it; together they are a branch of the merge.

    ``skew_seconds`` is how far the phone's clock was behind the server's at the last upload (negative:
    ahead), so that the desk sees a clock that is wrong by a day.
    """

    code = models.CharField(max_length=40)
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+")
    label = models.CharField(max_length=120, blank=True, default="")
    skew_seconds = models.IntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "account"], name="field_device_once")]

    def __str__(self) -> str:
        return self.branch

    @property
    def branch(self) -> str:
        """Return the name of the branch in the merge."""
        return f"{self.code}:{self.account_id}"


class FieldRecord(models.Model):
    """One record phones write together: ``state`` is the merge engine's record as plain JSON.

    ``key`` is "scene:<incident>", "scene:new-<uuid>" or "task:<id>". ``conflict_fields`` and
    ``missing_count`` repeat what the state says, for lists and guards.
    """

    key = models.CharField(max_length=80, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="field_records")
    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    org_path = models.TextField()
    version = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)
    conflict_fields = models.JSONField(default=list)
    missing_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at"]
        indexes = [
            models.Index(
                fields=["org_path"],
                name="field_record_conflicts",
                condition=~Q(conflict_fields=[]),
                opclasses=["text_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.key


class FieldChange(models.Model):
    """One change a phone handed in, with what became of it; the id is the phone's, so a retry counts once.

    ``said_at`` is what the phone's clock said, ``at`` the same moment by the server's clock.
    """

    class Outcome(models.TextChoices):
        """What became of it."""

        MERGED = "merged", _("已并入")
        CONFLICT = "conflict", _("有冲突")
        DONE = "done", _("已办理")
        REFUSED = "refused", _("未接受")

    id = models.CharField(primary_key=True, max_length=64)
    record = models.ForeignKey(FieldRecord, models.PROTECT, null=True, related_name="changes")
    target = models.CharField(max_length=80)
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+")
    device = models.ForeignKey(FieldDevice, models.PROTECT, related_name="+")
    imported_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    number = models.PositiveIntegerField()
    base_version = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome)
    version = models.PositiveIntegerField(default=0)
    answer = models.JSONField(default=dict)
    said_at = models.DateTimeField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [models.Index(fields=["account", "-received_at"], name="field_change_account")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.id} {self.outcome}"


class FieldFile(models.Model):
    """A photo or voice note: announced by a change, arrived by an upload, in either order.

    The bytes lie sealed in the media folder; ``upload_sha256`` is that of what was sent, ``sha256`` that of
    what is kept (a photo is drawn anew, so that no place or device data stay in it).
    """

    class Kind(models.TextChoices):
        """What it is."""

        PHOTO = "photo", _("照片")
        VOICE = "voice", _("语音")

    id = models.CharField(primary_key=True, max_length=64)
    record = models.ForeignKey(FieldRecord, models.PROTECT, null=True, related_name="files")
    account = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PHOTO)
    announced_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    upload_sha256 = models.CharField(max_length=64, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    media_type = models.CharField(max_length=40, blank=True, default="")
    bytes_count = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=120, blank=True, default="")
    key_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["announced_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class FieldTask(models.Model):
    """Something to do outside that is no incident: a hazard to look at again, a visit, a person to warn.

    Rooms above open such tasks; ``source_key`` makes that idempotent.
    """

    class Kind(models.TextChoices):
        """What it is about."""

        HAZARD = "hazard", _("隐患复查")
        VISIT = "visit", _("走访")
        FOLLOW_UP = "follow_up", _("回访")
        FRAUD = "fraud", _("反诈见面劝阻")

    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(max_length=120)
    place = models.CharField(max_length=200, blank=True, default="")
    advice = models.TextField(blank=True, default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    org_path = models.TextField()
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    group = models.CharField(max_length=40, blank=True, default="")
    source_key = models.CharField(max_length=120, null=True, unique=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    result = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["office", "due_at"], name="field_task_open", condition=Q(done_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                name="field_task_place",
            )
        ]

    def __str__(self) -> str:
        return self.title
