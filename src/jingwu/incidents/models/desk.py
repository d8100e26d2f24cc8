"""What the desk keeps for itself: drafts, saved searches, sources of imports, the demand to expect."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from jingwu.people.vault import EncryptedTextField


class Draft(models.Model):
    """Text somebody is still typing, saved as it is typed; sealed, because it may name people.

    It outlives reloads, sign-outs and what others do to the record; it goes only when its text arrived in
    a record (``used_at``) or when its author throws it away.
    """

    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=64)
    content = EncryptedTextField(null=True)  # JSON
    title = models.CharField(max_length=80, blank=True, default="")
    saved_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SavedSearch(models.Model):
    """A board's filters under a name."""

    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="saved_search_once")]

    def __str__(self) -> str:
        return self.name


class ImportSource(models.Model):
    """A system that may hand in dispatched incidents, signed with the secret it shares with us."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    secret = EncryptedTextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the unit below which the source may report."""
        return self.org.path


class ImportNonce(models.Model):
    """A nonce a source has used: the same signed request is never taken twice."""

    source = models.ForeignKey(ImportSource, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "nonce"], name="import_nonce_once")]

    def __str__(self) -> str:
        return self.nonce


class ExpectedCell(models.Model):
    """How many incidents of one kind an office expects by hour of the week, and how unevenly they come.

    ``means`` and ``excesses``: 168 values, Monday 00:00 first: mean count and its variance beyond Poisson.
    ``day_dispersion``: variance of the factor all hours of a day share. ``code``: a category's or a beat's.
    """

    class Kind(models.TextChoices):
        """What is counted."""

        OFFICE = "office", "office"
        CATEGORY = "category", "category"
        BEAT = "beat", "beat"

    office = models.ForeignKey("offices.Office", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    code = models.CharField(max_length=40, blank=True, default="")
    means = ArrayField(models.FloatField(), size=168)
    excesses = ArrayField(models.FloatField(), size=168)
    day_dispersion = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "kind", "code"], name="expected_cell_once")]

    def __str__(self) -> str:
        return f"{self.office_id} {self.kind} {self.code}"
