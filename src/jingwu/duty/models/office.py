"""What an office keeps beside its rosters: holidays, handovers, calendar keys, notices."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Holiday(models.Model):
    """A day of the uploaded calendar: a public holiday, or a weekend day worked instead (调休)."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=40)
    is_working = models.BooleanField(default=False)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Handover(models.Model):
    """A change of shift: what the leaving side tells, signed by both."""

    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    at = models.DateTimeField()  # the change of shift this is about
    content = models.JSONField(default=dict)
    notes = models.TextField(blank=True, default="")
    out_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    out_at = models.DateTimeField(null=True)
    in_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    in_at = models.DateTimeField(null=True)
    # why somebody who was not on that shift signed for it; blank when they were
    out_stand_in = models.CharField(max_length=300, blank=True, default="")
    in_stand_in = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["office", "at"], name="duty_handover_once"),
            models.CheckConstraint(
                condition=Q(in_by__isnull=True) | (Q(out_by__isnull=False) & ~Q(in_by=F("out_by"))),
                name="duty_handover_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} {self.at}"

    @property
    def org_path(self) -> str:
        """Return the path of the office."""
        return self.office.unit.path


class FeedKey(models.Model):
    """The secret in a person's calendar address; a new one makes the old address useless."""

    person = models.OneToOneField("people.Person", models.CASCADE, primary_key=True, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id}"


class Notice(models.Model):
    """One sentence for one person, shown behind the bell until it is read."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    text_zh = models.CharField(max_length=300)
    text_en = models.CharField(max_length=400)
    url = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["person"], name="duty_notice_new", condition=Q(read_at=None))]

    def __str__(self) -> str:
        return self.text_zh
