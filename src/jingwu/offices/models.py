"""Tables of the room ``offices``: the organisation as a tree, offices, and the three layers of cells."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jingwu.terms.incidents import AreaType
from jingwu.terms.people import OrgLevel
from jingwu.terms.places import ConnectionStatus, ZoneKind

LEVELS = [
    (OrgLevel.PROVINCE.value, _("省")),
    (OrgLevel.CITY.value, _("市")),
    (OrgLevel.DISTRICT.value, _("区")),
    (OrgLevel.STATION.value, _("派出所")),
    (OrgLevel.OFFICE.value, _("警务室")),
]
AREA_TYPES = [
    (AreaType.URBAN.value, _("城区")),
    (AreaType.SUBURBAN.value, _("城乡结合部")),
    (AreaType.RURAL.value, _("农村")),
]
CONNECTIONS = [
    (ConnectionStatus.NONE.value, _("未接入")),
    (ConnectionStatus.TESTING.value, _("联调中")),
    (ConnectionStatus.CONNECTED.value, _("已接入")),
    (ConnectionStatus.INTERRUPTED.value, _("中断")),
]
ZONE_KINDS = [
    (ZoneKind.RECEPTION.value, _("接待")),
    (ZoneKind.MEDIATION.value, _("调解室")),
    (ZoneKind.ANTI_FRAUD.value, _("反诈角")),
    (ZoneKind.EQUIPMENT.value, _("装备")),
    (ZoneKind.TRAINING.value, _("培训")),
    (ZoneKind.VOLUNTEER.value, _("志愿者之家")),
]

LONGITUDE = [MinValueValidator(-180), MaxValueValidator(180)]
LATITUDE = [MinValueValidator(-90), MaxValueValidator(90)]


class OrgUnit(models.Model):
    """A unit of the organisation; ``path`` holds the codes from the province down ("/99/9901/").

    Row scope is a prefix of the path, so one indexed comparison answers 'is this mine to see'.
    """

    level = models.CharField(max_length=16, choices=LEVELS)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.TextField(unique=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["path"]
        indexes = [models.Index(fields=["path"], name="offices_unit_path", opclasses=["text_pattern_ops"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__startswith="/") & Q(path__endswith="/"), name="offices_unit_path_form"
            ),
            models.CheckConstraint(
                condition=Q(level="province") | Q(parent__isnull=False), name="offices_unit_has_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path, under the name every record's scope goes by."""
        return self.path


class Office(models.Model):
    """What a unit of level office is besides a node of the tree: a place with opening hours."""

    unit = models.OneToOneField(OrgUnit, primary_key=True, on_delete=models.CASCADE, related_name="office")
    lon = models.FloatField(null=True, validators=LONGITUDE)
    lat = models.FloatField(null=True, validators=LATITUDE)
    address = models.TextField(blank=True, default="")
    # seven pairs of minutes after local midnight, Monday first; [0, 0] is closed, [] means not stated
    opening_minutes = models.JSONField(default=list, blank=True)
    area_type = models.CharField(max_length=16, choices=AREA_TYPES, default=AreaType.URBAN.value)
    connection_status = models.CharField(
        max_length=16, choices=CONNECTIONS, default=ConnectionStatus.NONE.value
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                name="offices_office_point",
            )
        ]

    def __str__(self) -> str:
        return self.unit.name

    @property
    def org_path(self) -> str:
        """Return the path of the unit."""
        return self.unit.path


class Beat(models.Model):
    """警格: an area one office answers for."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="beats")
    polygon = models.JSONField(null=True, blank=True)  # GeoJSON geometry, lon/lat
    lon = models.FloatField(null=True, validators=LONGITUDE)
    lat = models.FloatField(null=True, validators=LATITUDE)
    population = models.PositiveIntegerField(null=True)
    households = models.PositiveIntegerField(null=True)
    area_km2 = models.FloatField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_km2__isnull=True) | Q(area_km2__gt=0), name="offices_beat_area"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the office."""
        return self.office.unit.path


class GridCell(models.Model):
    """网格: a cell of social governance, drawn by the sub-district and not by the police."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="grid_cells")
    polygon = models.JSONField(null=True, blank=True)
    households = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SmartCell(models.Model):
    """智格: the devices and data sources of an area (reference 9.06)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="smart_cells")
    polygon = models.JSONField(null=True, blank=True)
    sources = models.JSONField(default=list, blank=True)  # [{"kind": …, "count": …}]

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CellMapping(models.Model):
    """三格融合: which grid cell, beat and smart cell are one and the same ground."""

    grid_cell = models.OneToOneField(GridCell, on_delete=models.CASCADE, related_name="mapping")
    beat = models.ForeignKey(Beat, on_delete=models.CASCADE, related_name="mappings")
    smart_cell = models.ForeignKey(SmartCell, null=True, on_delete=models.SET_NULL, related_name="mappings")

    def __str__(self) -> str:
        return f"{self.grid_cell_id} – {self.beat_id} – {self.smart_cell_id}"


class FunctionalZone(models.Model):
    """功能区: one of the N of a 1+N complex."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="zones")
    kind = models.CharField(max_length=16, choices=ZONE_KINDS)
    name = models.CharField(max_length=120)
    seats = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="offices_zone_name")]

    def __str__(self) -> str:
        return self.name


class MapBackground(models.Model):
    """The vector background of a district's map, drawn without any tile server."""

    district = models.OneToOneField(
        OrgUnit, primary_key=True, on_delete=models.CASCADE, related_name="map_background"
    )
    # each a list of {"name": …, "points": [[lon, lat], …], "width": 1…3}; roads are open, the rest rings
    outline = models.JSONField(default=list, blank=True)
    water = models.JSONField(default=list, blank=True)
    parks = models.JSONField(default=list, blank=True)
    roads = models.JSONField(default=list, blank=True)
    source = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"map of {self.district_id}"


class LocalNorm(models.Model):
    """A dated value a unit lays over the packaged norms; in force once a second person has approved it.

    Accounts live one floor up, so the people stand as their ids and labels.
    """

    class State(models.TextChoices):
        """Proposed by one, decided by another; a refused or withdrawn one stays to be read."""

        PROPOSED = "proposed", _("待批准")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="local_norms")
    key = models.CharField(max_length=120)
    start = models.DateField()
    value = models.JSONField(null=True)  # null ends the norm
    reference = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State, default=State.PROPOSED)
    proposed_by_id = models.BigIntegerField()
    proposed_by_label = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_label = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "key", "start"],
                condition=Q(state__in=["proposed", "approved"]),
                name="offices_norm_once_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by_id=models.F("proposed_by_id")),
                name="offices_norm_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.start}"

    @property
    def org_path(self) -> str:
        """Return the path of the unit the value is for."""
        return self.unit.path
