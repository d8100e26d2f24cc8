"""What is written down about an incident: feedback, follow-up, cancellations asked for, messages to send."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jingwu.incidents.models.crews import Dispatch
from jingwu.incidents.models.incident import APPEND_ONLY, Incident
from jingwu.people.vault import EncryptedTextField

RESULTS = [
    ("settled", _("现场处置完毕")),
    ("mediated", _("当场调解")),
    ("mediation_opened", _("转矛盾调解")),
    ("case_opened", _("受案移交")),
    ("helped", _("救助帮扶")),
    ("advised", _("答复劝导")),
    ("warning_letter", _("出具告诫书")),
    ("not_found", _("未发现")),
    ("other", _("其他")),
]


class Feedback(models.Model):
    """One version of the feedback of an incident; a correction is a new version, the last one counts.

    ``persons`` lists {"person", "name", "role"}; ``recordings`` {"reference", "sha256"}: never the video.
    An auxiliary's text is a draft (``is_draft``) until an officer of the crew signs it.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="feedbacks")
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, null=True, related_name="+")
    number = models.PositiveSmallIntegerField()
    is_draft = models.BooleanField(default=False)
    arrived_at = models.DateTimeField(null=True)
    persons = models.JSONField(default=list)
    facts = models.TextField(blank=True, default="")
    measures = models.TextField(blank=True, default="")
    result_code = models.CharField(max_length=24, choices=RESULTS, blank=True, default="")
    next_step = models.TextField(blank=True, default="")
    recordings = models.JSONField(default=list)
    written_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    written_by_label = models.CharField(max_length=80, default="")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="feedback_number")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.incident_id} #{self.number}"


class FollowUp(models.Model):
    """One answer of the person who reported: a survey's, or that of a call-back."""

    class Kind(models.TextChoices):
        """How the answer came."""

        SURVEY = "survey", _("短信")
        PHONE = "phone", _("电话")
        VISIT = "visit", _("走访")
        CALL_BACK = "call_back", _("核查回访")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="follow_ups")
    kind = models.CharField(max_length=12, choices=Kind)
    satisfaction = models.PositiveSmallIntegerField()
    is_verified = models.BooleanField(default=False)  # a call-back found the complaint to be true
    note = models.TextField(blank=True, default="")
    by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    by_label = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(satisfaction__range=(1, 3)), name="followup_satisfaction")
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.incident_id} {self.satisfaction}"


class AnswerLink(models.Model):
    """A link by which the person who reported may rate the handling once.

    Only its ``code`` is stored; the other half of the address is computed from the site's secret, so that
    who reads this table cannot answer in somebody's name.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="answer_links")
    code = models.CharField(max_length=16, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.created_at:%Y-%m-%d}"


class CancelRequest(models.Model):
    """A cancellation one person asked for and another decides."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="cancel_requests")
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    asked_by_label = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_approved = models.BooleanField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(decided_at__isnull=True), name="cancel_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(is_approved__isnull=True) | Q(is_approved=False) | ~Q(decided_by=F("asked_by")),
                name="cancel_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.is_approved}"


class Notice(models.Model):
    """A message to somebody, written in the transaction of its cause and sent by a job afterwards.

    So a dead provider costs the dispatch nothing: the row waits, and the desk sees that it waits.
    """

    class Kind(models.TextChoices):
        """What the message is about."""

        DISPATCH = "dispatch", _("派警")
        RECALL = "recall", _("召回")
        CHECK_IN = "check_in", _("报平安提醒")
        CHECK_IN_MISSED = "check_in_missed", _("失联告警")
        ESCALATION = "escalation", _("逾期升级")
        BOUNCED = "bounced", _("退单升级")
        SURVEY = "survey", _("满意度短信")

    class State(models.TextChoices):
        """Where the message stands."""

        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("未送达")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=24, blank=True, default="")  # when told to a role of the office
    phone = EncryptedTextField(null=True)  # of the person who reported, for a survey
    text = models.CharField(max_length=300)
    link = models.ForeignKey(
        AnswerLink, models.PROTECT, null=True, related_name="+"
    )  # put in when it is sent
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["not_before"], name="notice_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
