"""The benchmark command: one JSON line a file and nothing else, judged by the scorer."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from jingwu.site.commands.bench_rostering import rostering


def test_one_json_line_for_each_file(shared_data: Path) -> None:
    file = shared_data / "rostering" / "curtois_qu" / "Instance2.txt"
    result = CliRunner().invoke(rostering, [str(file), "--seconds", "20", "--json"])
    assert result.exit_code == 0, result.output
    row = json.loads(result.output)
    assert row["instance"] == "Instance2" and row["best_known"] == row["objective"] == row["bound"] == 828
    assert row["gap"] == 0 and row["scorer_violations"] == [] and row["agrees"] is True
