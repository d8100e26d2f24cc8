"""Tables of the room ``planning``: fact sets and the plans computed from them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jingwu.people.vault import EncryptedTextField


class FactSet(models.Model):
    """The facts of one district at one time: imported once, never edited."""

    class State(models.TextChoices):
        """A fact set is read, previewed, then adopted or dropped; an adopted one may be undone."""

        READING = "reading", _("读取中")
        REFUSED = "refused", _("有问题")
        PREVIEW = "preview", _("待确认")
        ADOPTED = "adopted", _("已采用")
        UNDONE = "undone", _("已撤销")
        DROPPED = "dropped", _("已放弃")

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.PREVIEW)
    digest = models.CharField(max_length=64, db_index=True, default="")
    # how foreign columns are to be read, and whether rows with a problem may be left out
    mapping = models.JSONField(default=dict)
    accepts_bad_rows = models.BooleanField(default=False)
    progress_share = models.FloatField(default=0.0)
    progress_step = models.CharField(max_length=60, default="")
    heartbeat_at = models.DateTimeField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    # counts per table and the report of the reader, as the import page shows them
    counts = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    # the packed district; large, so every list defers it
    content = models.BinaryField(null=True)
    # ID numbers by person's code (JSON), encrypted; only between preview and adoption
    id_numbers = EncryptedTextField(null=True)
    # what adoption changed in other rooms, enough to put it back
    adoption = models.JSONField(default=dict)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["org", "-created_at"], name="factset_by_org")]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the district the facts are about."""
        return self.org.path


class FactFile(models.Model):
    """A handed-in file, kept until its fact set is adopted or dropped: whichever worker reads it finds it."""

    fact_set = models.ForeignKey(FactSet, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """A staffing plan: what was asked, how far the calculation is, what came out, and who approved it."""

    class State(models.TextChoices):
        """The life of a plan; the transitions stand in ``planning.transitions``."""

        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("计算中")
        READY = "ready", _("待送审")
        FAILED = "failed", _("未能完成")
        CANCELLED = "cancelled", _("已取消")
        SUBMITTED = "submitted", _("待审批")
        APPROVED = "approved", _("已批准")
        REJECTED = "rejected", _("已退回")

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    fact_set = models.ForeignKey(FactSet, models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    params = models.JSONField()
    seed = models.PositiveIntegerField()
    norms_version = models.CharField(max_length=80)
    # the calculation's progress, shown while it runs and after leaving the page
    progress_share = models.FloatField(default=0.0)
    progress_step = models.CharField(max_length=60, default="")
    heartbeat_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure = models.JSONField(default=dict)
    # what came out: the whole result compressed, and the few figures that lists need
    digest = models.CharField(max_length=64, default="")
    headline_zh = models.CharField(max_length=300, default="")
    headline_en = models.CharField(max_length=400, default="")
    figures = models.JSONField(default=dict)
    result = models.BinaryField(null=True)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, default="")

    class Meta:
        indexes = [models.Index(fields=["org", "-created_at"], name="plan_by_org")]
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="plan_approved_by_second_person",
                condition=~models.Q(state="approved")
                | (
                    ~models.Q(decided_by=models.F("created_by"))
                    & ~models.Q(decided_by=models.F("submitted_by"))
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the district the plan is for."""
        return self.org.path


class Scenario(models.Model):
    """A deployment somebody tries out: crews by office and hour of the week, changed by hand, with a name."""

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    fact_set = models.ForeignKey(FactSet, models.PROTECT, related_name="scenarios")
    name = models.CharField(max_length=120)
    # what it was changed from: "today" or "plan:<id>"
    base = models.CharField(max_length=24, default="today")
    # code of the office → 168 crews, for the offices that differ from the base
    changes = models.JSONField(default=dict)
    # counts the changes: of two people at once the second is told instead of overwriting the first
    revision = models.PositiveIntegerField(default=1)
    is_dropped = models.BooleanField(default=False)
    # the quick answer when it was saved
    figures = models.JSONField(default=dict)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["org", "-changed_at"], name="scenario_by_org")]
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the district the scenario is for."""
        return self.org.path


class Study(models.Model):
    """A calculation about a fact set that is no plan: same facts, question and norms, same row."""

    class State(models.TextChoices):
        """A study waits, is computed, and then is done or says why not; a failed one may be asked again."""

        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("计算中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未能完成")

    class Kind(models.TextChoices):
        """What is asked."""

        GROUND = "ground", _("部署底图")
        CONFIRMATION = "confirmation", _("仿真确认")
        BEATS = "beats", _("警格划分")
        HOT_PLACES = "hot_places", _("热点与热时")

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    fact_set = models.ForeignKey(FactSet, models.CASCADE, related_name="studies")
    kind = models.CharField(max_length=16, choices=Kind)
    # digest of facts, question and norms: the cache's key
    key = models.CharField(max_length=64, unique=True)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    progress_share = models.FloatField(default=0.0)
    progress_step = models.CharField(max_length=60, default="")
    heartbeat_at = models.DateTimeField(null=True)
    failure = models.JSONField(default=dict)
    # what came out, compressed JSON
    result = models.BinaryField(null=True)
    seconds = models.FloatField(null=True)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"

    @property
    def org_path(self) -> str:
        """Return the path of the district the study is about."""
        return self.org.path
