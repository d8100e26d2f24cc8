"""Tables of the room ``journal``: the lines and the head of their chain.

Triggers made by the migrations refuse UPDATE, DELETE and TRUNCATE of the lines; the head only moves forward,
by the function ``journal_append``, which numbers, hashes and stores lines in one statement.
"""

from __future__ import annotations

from django.db import models

from jingwu.journal.chain import GENESIS


class Line(models.Model):
    """One thing somebody did, or one record somebody looked at."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    is_view = models.BooleanField(default=False)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField()
    actor_role = models.TextField()
    verb = models.TextField()
    room = models.TextField()
    record_type = models.TextField()
    record_id = models.TextField()
    org_path = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    # Text, not jsonb: the hash covers the very characters, and jsonb would rewrite numbers
    details_json = models.TextField(blank=True, default="{}")
    address = models.TextField(blank=True, default="")
    before_digest = models.TextField(blank=True, default="")
    after_digest = models.TextField(blank=True, default="")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["at", "sequence"], name="journal_line_time"),
            models.Index(fields=["actor_id", "-sequence"], name="journal_line_actor"),
            models.Index(fields=["actor_label", "-sequence"], name="journal_line_label"),
            models.Index(fields=["-sequence"], name="journal_line_views", condition=models.Q(is_view=True)),
            models.Index(fields=["verb", "-sequence"], name="journal_line_verb"),
            models.Index(fields=["room", "record_type", "record_id"], name="journal_line_record"),
            # verbs and units that have written nothing for long are found by these alone (queries.page)
            models.Index(
                fields=["org_path", "sequence"],
                include=["verb"],
                name="journal_line_unit",
                opclasses=["text_pattern_ops", "int8_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.room}.{self.record_type} {self.record_id}"


class Head(models.Model):
    """The end of the chain, one row: locking it puts writers in line, keeping it betrays a cut-off tail."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="journal_head_single")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"
