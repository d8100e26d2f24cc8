"""The database chains a line by itself, so that the head is locked for no round trip but the commit's."""

from django.db import migrations

# A tail is the canonical JSON array of a line without its "[" and its first element, the sequence number: the
# columns are read from the very characters that are hashed (jingwu/journal/chain.py says what is hashed).
# The texts are taken apart before the head is locked: from there to the commit all other writers wait.
APPEND = """
CREATE FUNCTION journal_append(tails text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    columns jsonb[] := (SELECT array_agg(('[' || tail)::jsonb ORDER BY place)
                        FROM unnest(tails) WITH ORDINALITY AS given(tail, place));
    line jsonb;
    last_sequence bigint;
    last_hash text;
    new_hash text;
BEGIN
    SELECT sequence, hash INTO last_sequence, last_hash FROM journal_head WHERE id = 1 FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO journal_head (id, sequence, hash) VALUES (1, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
        SELECT sequence, hash INTO last_sequence, last_hash FROM journal_head WHERE id = 1 FOR UPDATE;
    END IF;
    FOR place IN 1 .. cardinality(tails) LOOP
        line := columns[place];
        last_sequence := last_sequence + 1;
        new_hash := encode(sha256(convert_to(
            last_hash || E'\\n[' || last_sequence || ',' || tails[place], 'UTF8')), 'hex');
        INSERT INTO journal_line (sequence, at, is_view, actor_id, actor_label, actor_role, verb, room,
            record_type, record_id, org_path, reason, details_json, address, before_digest, after_digest,
            previous_hash, hash)
        VALUES (last_sequence, (line ->> 0)::timestamptz, (line ->> 1)::boolean, (line ->> 2)::bigint,
            line ->> 3, line ->> 4, line ->> 5, line ->> 6, line ->> 7, line ->> 8, line ->> 9, line ->> 10,
            line ->> 11, line ->> 12, line ->> 13, line ->> 14, last_hash, new_hash);
        last_hash := new_hash;
    END LOOP;
    UPDATE journal_head SET sequence = last_sequence, hash = last_hash WHERE id = 1;
    RETURN last_sequence;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(APPEND, "DROP FUNCTION journal_append(text[])"),
    ]
