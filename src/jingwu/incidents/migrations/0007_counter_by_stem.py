"""Numbers are counted by the twelve signs they show: offices whose codes look alike there never collide."""

from django.db import migrations, models

# what an office has given out stays given out; of offices that look alike the higher count holds
STEMS = """
UPDATE incidents_incidentcounter c SET stem = rpad(right(u.code, 12), 12, '0')
    FROM offices_orgunit u WHERE u.id = c.office_id;
DELETE FROM incidents_incidentcounter c USING incidents_incidentcounter o
    WHERE o.stem = c.stem AND o.day = c.day AND (o.last, o.id) > (c.last, c.id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0006_answer_links"),
        ("offices", "0002_localnorm"),
    ]

    operations = [
        migrations.AddField(
            model_name="incidentcounter",
            name="stem",
            field=models.CharField(default="", max_length=12),
            preserve_default=False,
        ),
        migrations.RunSQL(STEMS),
        migrations.RemoveConstraint(model_name="incidentcounter", name="incident_counter_once"),
        migrations.RemoveField(model_name="incidentcounter", name="office"),
        migrations.AddConstraint(
            model_name="incidentcounter",
            constraint=models.UniqueConstraint(fields=("stem", "day"), name="incident_counter_once"),
        ),
    ]
