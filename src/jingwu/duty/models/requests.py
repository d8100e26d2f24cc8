"""What people ask for: leave, swaps, and the ledger of rest in lieu."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from jingwu.duty.models.rosters import Roster


class Leave(models.Model):
    """Days a person is away: asked for, then approved or refused by the chief."""

    class Kind(models.TextChoices):
        """Why somebody is away."""

        ANNUAL = "annual", _("年假")
        SICK = "sick", _("病假")
        PERSONAL = "personal", _("事假")
        COMP_REST = "comp_rest", _("补休")
        TRAINING = "training", _("培训")

    class State(models.TextChoices):
        """A request waits until somebody else decides."""

        REQUESTED = "requested", _("待批")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=300, blank=True, default="")
    decided_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="duty_leave_days"),
            ExclusionConstraint(
                name="duty_no_overlapping_leave",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("first_day"), F("last_day"), Value("[]"), function="daterange"), "&&"),
                ],
                condition=Q(state__in=["requested", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.first_day}"

    @property
    def org_path(self) -> str:
        """Return the path of the person's unit."""
        return self.person.unit.path


class SwapRequest(models.Model):
    """One person's shift for another's (or a day off): accepted by the other, approved by the chief."""

    class State(models.TextChoices):
        """Offer, acceptance and approval are three people's steps."""

        OFFERED = "offered", _("待对方同意")
        ACCEPTED = "accepted", _("待批")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")
        DECLINED = "declined", _("对方谢绝")
        WITHDRAWN = "withdrawn", _("已撤回")

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="swaps")
    giver = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    giver_day = models.DateField()
    taker = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    taker_day = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.OFFERED)
    reason = models.CharField(max_length=300, blank=True, default="")
    refusal = models.CharField(max_length=300, blank=True, default="")
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.giver_id} {self.giver_day} ⇄ {self.taker_id} {self.taker_day}"

    @property
    def org_path(self) -> str:
        """Return the path of the roster's office."""
        return self.roster.org_path


class CompRestLine(models.Model):
    """One line of the 补休 ledger: minutes owed (positive) or given (negative); corrected by a reversal."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    day = models.DateField()
    minutes = models.IntegerField()
    reason = models.CharField(max_length=200)
    key = models.CharField(max_length=120, unique=True)  # the same overtime is never credited twice
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "id"]
        constraints = [models.CheckConstraint(condition=~Q(minutes=0), name="duty_comp_rest_not_zero")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day} {self.minutes}"

    @property
    def org_path(self) -> str:
        """Return the path of the person's unit."""
        return self.person.unit.path
