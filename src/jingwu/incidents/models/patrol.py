"""Patrol routes of an office, their points, and who was there when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PatrolRoute(models.Model):
    """A round of points an office walks."""

    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["office", "name"]
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="patrol_route_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the office."""
        return self.office.unit.path


class PatrolPoint(models.Model):
    """A point of a route, met by its QR code or by being within its radius."""

    route = models.ForeignKey(PatrolRoute, models.CASCADE, related_name="points")
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=40, unique=True)  # what the QR code says
    position = models.PositiveSmallIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    radius_metres = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["route", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__range=(-180, 180), lat__range=(-90, 90)), name="patrol_point_place"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PatrolVisit(models.Model):
    """Somebody was at a point; ``change_id`` is the phone's id of it, so that a retry counts once."""

    class How(models.TextChoices):
        """How the presence was shown."""

        QR = "qr", _("扫码")
        GEOFENCE = "geofence", pgettext_lazy("patrol", "定位")

    point = models.ForeignKey(PatrolPoint, models.PROTECT, related_name="visits")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    how = models.CharField(max_length=8, choices=How)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    change_id = models.CharField(max_length=64, null=True, unique=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["point", "-at"], name="patrol_visit_point")]

    def __str__(self) -> str:
        return f"{self.point_id} {self.at}"
