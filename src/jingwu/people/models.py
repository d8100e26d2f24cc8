"""Tables of the room ``people``: persons, posts, certificates; accounts, role grants and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jingwu.journal.actor import Actor
from jingwu.journal.permissions import ADMINISTRATORS
from jingwu.people.vault import BlindIndexField, EncryptedTextField
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import AccountRole, FundingSource, PersonCategory, PostRole, StaffTier

CATEGORIES = [
    (PersonCategory.OFFICER.value, _("民警")),
    (PersonCategory.AUX_DUTY.value, _("勤务辅警")),
    (PersonCategory.AUX_CLERICAL.value, _("文职辅警")),
    (PersonCategory.GRID_WORKER.value, _("网格员")),
    (PersonCategory.VOLUNTEER.value, _("志愿者")),
    (PersonCategory.POLICE_ASSISTANT.value, _("警务助理")),
    (PersonCategory.MEDIATOR.value, _("调解员")),
    (PersonCategory.LEGAL_ADVISER.value, _("法律顾问")),
    (PersonCategory.COUNSELLOR.value, _("心理咨询师")),
    (PersonCategory.TECH_SPECIALIST.value, _("技术专员")),
]
FUNDING = [
    (FundingSource.ESTABLISHMENT.value, _("编制")),
    (FundingSource.PURCHASED.value, _("政府购买服务")),
    (FundingSource.SOCIAL.value, _("社会力量")),
    (FundingSource.RESERVE.value, _("机动")),
]
TIERS = [(StaffTier.CORE.value, _("核心")), (StaffTier.EXTENSION.value, _("外延"))]
MODULES = [
    (DutyModule.SECURITY.value, _("治安防控")),
    (DutyModule.SERVICE.value, _("服务管理")),
    (DutyModule.MEDIATION.value, _("矛盾调解")),
    (DutyModule.DIGITAL.value, _("智慧警务")),
]
POST_ROLES = [
    (PostRole.LEAD.value, _("社区警务长")),
    (PostRole.RESPONSIBLE_OFFICER.value, _("主责民警")),
    (PostRole.ORDER_CHIEF.value, _("治安警长")),
    (PostRole.OFFICER.value, _("民警")),
    (PostRole.AUXILIARY.value, _("辅警")),
    (PostRole.SERVICE_SPECIALIST.value, _("服务专员")),
    (PostRole.DIGITAL_SPECIALIST.value, _("数字警务专员")),
    (PostRole.GRID_WORKER.value, _("网格员")),
    (PostRole.VOLUNTEER.value, _("志愿者服务岗")),
    (PostRole.MEDIATOR.value, _("调解员")),
    (PostRole.COUNSELLOR.value, _("心理咨询师")),
    (PostRole.LEGAL_ADVISER.value, _("法律顾问")),
]
ACCOUNT_ROLES = [
    (AccountRole.DISTRICT_MANAGER.value, _("分局管理者")),
    (AccountRole.CHIEF.value, _("警务长")),
    (AccountRole.OFFICER.value, _("民警")),
    (AccountRole.AUXILIARY.value, _("辅警")),
    (AccountRole.GRID_WORKER.value, _("网格员")),
    (AccountRole.VOLUNTEER.value, _("志愿者")),
    (AccountRole.ASSESSOR.value, _("考核员")),
    (AccountRole.SYSTEM_ADMIN.value, _("系统管理员")),
    (AccountRole.SECURITY_ADMIN.value, _("安全管理员")),
    (AccountRole.AUDIT_ADMIN.value, _("审计管理员")),
]


class Same(Func):
    """An integer as a one-element range: equality inside an exclusion constraint, without any extension."""

    function = "int8range"

    def __init__(self, column: str) -> None:
        super().__init__(F(column), F(column), Value("[]"))


def days(start: str, end: str) -> Func:
    """Return the days from ``start`` up to but not including ``end`` (null = open) as a range."""
    return Func(F(start), F(end), function="daterange")


class Person(models.Model):
    """One member of staff, whoever pays them."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey("offices.OrgUnit", on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=20, choices=CATEGORIES)
    funding_source = models.CharField(max_length=16, choices=FUNDING)
    tier = models.CharField(max_length=16, choices=TIERS)
    employer = models.CharField(max_length=120, blank=True, default="")
    birth_date = models.DateField(null=True)
    rank = models.CharField(max_length=24, blank=True, default="")
    grassroots_years = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    has_police_background = models.BooleanField(null=True)
    skills = models.JSONField(default=list, blank=True)
    recused_from = models.JSONField(default=list, blank=True)  # codes of offices or beats
    home_lon = models.FloatField(null=True)
    home_lat = models.FloatField(null=True)
    weekly_minutes = models.PositiveIntegerField()
    id_number = EncryptedTextField(null=True)
    id_number_index = BlindIndexField(source="id_number", db_index=True)
    phone = EncryptedTextField(null=True)
    phone_index = BlindIndexField(source="phone", db_index=True)
    joined_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(home_lon__isnull=True, home_lat__isnull=True)
                | Q(home_lon__range=(-180, 180), home_lat__range=(-90, 90)),
                name="people_person_home",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(joined_on__isnull=True)
                | Q(left_on__gte=F("joined_on")),
                name="people_person_stay",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the person's unit."""
        return self.unit.path


class Assignment(models.Model):
    """A post somebody holds for a time: office, role, module, and the beat if it is tied to one.

    ``end_on`` is the first day the post is no longer held; null = until further notice.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="assignments")
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, choices=POST_ROLES)
    module = models.CharField(max_length=16, choices=MODULES, blank=True, default="")
    beat = models.ForeignKey("offices.Beat", null=True, on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=40, blank=True, default="")  # 1+2 group's name within the office
    acting = models.BooleanField(default=False)
    start_on = models.DateField()
    end_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gt=F("start_on")), name="people_assignment_days"
            ),
            models.CheckConstraint(
                condition=~Q(role=PostRole.RESPONSIBLE_OFFICER.value) | Q(beat__isnull=False),
                name="people_responsible_has_beat",
            ),
            ExclusionConstraint(
                name="people_one_responsible_per_beat",
                expressions=[(Same("beat_id"), "&&"), (days("start_on", "end_on"), "&&")],
                condition=Q(role=PostRole.RESPONSIBLE_OFFICER.value),
            ),
            ExclusionConstraint(
                name="people_one_lead_per_office",
                expressions=[(Same("office_id"), "&&"), (days("start_on", "end_on"), "&&")],
                condition=Q(role=PostRole.LEAD.value),
            ),
        ]
        indexes = [models.Index(fields=["office", "start_on"], name="people_assignment_office")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class Certificate(models.Model):
    """A certificate with the last day it holds; null = it does not expire."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="certificates")
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=120, blank=True, default="")
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="people_certificate_once")]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Grant:
    """A role and the path of the unit it counts from, with its time."""

    role: AccountRole
    path: str
    unit_name: str
    valid_from: datetime
    valid_to: datetime | None

    def holds(self, at: datetime) -> bool:
        """Return whether the grant counts at that time."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class AccountManager(BaseUserManager):
    """Finds accounts by sign-in name; making one is ``people.actions.create_account``."""


class Account(AbstractBaseUser):
    """Somebody who signs in; what they may do follows from their grants alone."""

    sign_in_name = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=80)
    person = models.OneToOneField(Person, null=True, on_delete=models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)
    failed_sign_ins = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "sign_in_name"
    objects = AccountManager()

    class Meta:
        ordering = ["sign_in_name"]

    def __str__(self) -> str:
        return self.label

    @property
    def actor(self) -> Actor:
        """Return who a journal line names."""
        roles = ",".join(sorted({grant.role.value for grant in self.all_grants()}))
        return Actor(self.pk, self.label, roles or "none")

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held now, for the rail."""
        return frozenset(grant.role.value for grant in self.grants_at(timezone.now()))

    @property
    def role_label(self) -> str:
        """Return the roles held now, in words."""
        labels = dict(ACCOUNT_ROLES)
        return "、".join(str(labels[role]) for role in sorted(self.roles))

    @property
    def place_name(self) -> str:
        """Return the name of the unit the account's first role counts from."""
        now = timezone.now()
        return next((grant.unit_name for grant in self.grants_at(now)), "")

    def all_grants(self) -> tuple[Grant, ...]:
        """Return every grant not revoked, read once per loaded account."""
        cached: tuple[Grant, ...] | None = self.__dict__.get("_grants")
        if cached is None:
            rows = self.grants.select_related("unit")
            cached = tuple(
                Grant(AccountRole(row.role), row.unit.path, row.unit.name, row.valid_from, row.valid_to)
                for row in rows
            )
            self.__dict__["_grants"] = cached
        return cached

    def grants_at(self, at: datetime) -> tuple[Grant, ...]:
        """Return the grants that count at that time."""
        return tuple(grant for grant in self.all_grants() if grant.holds(at))

    def forget_grants(self) -> None:
        """Read the grants again next time they are asked for."""
        self.__dict__.pop("_grants", None)


def open_at(at: datetime) -> Q:
    """Return the condition that a grant has not ended by that time."""
    return Q(valid_to=None) | Q(valid_to__gt=at)


class RoleGrant(models.Model):
    """A role given to an account for a unit and everything below it, for a time."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=ACCOUNT_ROLES)
    unit = models.ForeignKey("offices.OrgUnit", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="people_grant_time",
            ),
            # the database repeats what the action checks: nobody is two administrators at once
            ExclusionConstraint(
                name="people_one_administrator_role",
                expressions=[
                    (Same("account_id"), "&&"),
                    (Func(F("valid_from"), F("valid_to"), function="tstzrange"), "&&"),
                ],
                condition=Q(role__in=sorted(role.value for role in ADMINISTRATORS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role} {self.unit_id}"


class AccountSession(models.Model):
    """One sign-in on one device, from its start to its end and why it ended."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="account_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True, default="")
    device = models.CharField(max_length=200, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["account", "ended_at"], name="people_session_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at}"
