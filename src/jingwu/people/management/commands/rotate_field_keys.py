# catalogue: data - both languages stand side by side
"""``jingwu manage rotate_field_keys``: reseal every encrypted value under the current key."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.utils import timezone

from jingwu.journal import actions as journal
from jingwu.journal.actor import SYSTEM
from jingwu.people.vault import EncryptedTextField, needs_rotation, reseal

BATCH_ROWS = 500


class Command(BaseCommand):
    help = "Reseal every encrypted value that an older key sealed; run it after putting a new key first."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedTextField):
                    total += self._rotate(model, field)
        with transaction.atomic():
            record = journal.RecordRef("people", "field_keys", "")
            details = {"values": total}
            journal.record(
                "people.rotate_field_keys", by=SYSTEM, at=timezone.now(), record=record, details=details
            )
        if options["verbosity"]:
            self.stdout.write(f"已重新加密 {total} 个值 / {total} values resealed")

    def _rotate(self, model: type[models.Model], field: EncryptedTextField) -> int:
        """Reseal one column in batches of its own transactions, so that it can be stopped and run again."""
        count, after = 0, None
        while True:
            rows = model._default_manager.exclude(**{f"{field.name}__isnull": True}).order_by("pk")
            if after is not None:
                rows = rows.filter(pk__gt=after)
            with transaction.atomic():
                batch = list(rows.only("pk", field.name).select_for_update()[:BATCH_ROWS])
                for row in batch:
                    sealed = getattr(row, field.name)
                    if needs_rotation(sealed):
                        model._default_manager.filter(pk=row.pk).update(**{field.name: reseal(sealed)})
                        count += 1
            if len(batch) < BATCH_ROWS:
                return count
            after = batch[-1].pk
