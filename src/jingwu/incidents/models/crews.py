"""Who was sent: one row per crew and dispatch, one per person on it, with the timers of people on scene."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jingwu.incidents.models.incident import Incident

ACTIVE_CREW_STATES = ("offered", "acked", "en_route", "on_scene")


class Dispatch(models.Model):
    """One crew sent to one incident; states and steps are those of the engine's table DISPATCH.

    ``recommendation`` is what the desk was shown, with the reasons for and against everybody; ``chosen`` is
    the proposal taken (0 = the first, null = a crew put together by hand).
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="dispatches")
    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default="offered")
    recommendation = models.JSONField(default=dict)
    chosen = models.PositiveSmallIntegerField(null=True)
    overrides = models.JSONField(default=dict, blank=True)
    expected_minutes = models.FloatField(null=True)
    by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField()
    acked_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)
    clause = models.CharField(max_length=300, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            # of two desks that dispatch at once, the second one's row is refused by the database too
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(state__in=ACTIVE_CREW_STATES),
                name="dispatch_one_active",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.state}"


class DispatchMember(models.Model):
    """One person on a crew; ``is_bound`` while the crew is active, and then bound to no other incident."""

    dispatch = models.ForeignKey(Dispatch, models.CASCADE, related_name="members")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    category = models.CharField(max_length=20)
    responsible_officer = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    is_bound = models.BooleanField(default=True)
    last_sign_at = models.DateTimeField(null=True)
    check_in_due_at = models.DateTimeField(null=True)
    alert_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["alert_at"], name="member_alert", condition=Q(alert_at__isnull=False)),
            models.Index(fields=["person", "-dispatch"], name="member_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "person"], name="member_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(is_bound=True), name="member_bound_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.person_id}"
