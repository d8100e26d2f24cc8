"""Files of dispatched incidents: what was handed in, what was found in it, what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jingwu.people.vault import EncryptedTextField


class ImportBatch(models.Model):
    """One handed-in file; nothing of it is an incident before somebody has seen the preview and said yes.

    ``content`` is the file itself (base64), sealed because it names people, and gone once it is decided;
    ``bad_file`` the rows that were left out, as a CSV to be mended. ``report`` holds what a page shows:
    columns understood, problems (without anybody's name or number) and the first good rows.
    """

    class State(models.TextChoices):
        """Where the file stands."""

        PREVIEW = "preview", _("待确认")
        REFUSED = "refused", _("有问题")
        DONE = "done", _("已导入")
        UNDONE = "undone", _("已撤销")
        DROPPED = "dropped", _("已放弃")

    org = models.ForeignKey("offices.OrgUnit", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State)
    content = EncryptedTextField(null=True)
    bad_file = EncryptedTextField(null=True)
    mapping = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    read_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0)
    bad_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    created_by_label = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def org_path(self) -> str:
        """Return the path of the unit below which the file may bring incidents."""
        return self.org.path
