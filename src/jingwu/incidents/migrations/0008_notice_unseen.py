"""Whether a message was seen is no longer kept: nobody wrote it and nobody read it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0007_counter_by_stem"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="notice", name="notice_person"),
        migrations.RemoveField(model_name="notice", name="seen_at"),
    ]
