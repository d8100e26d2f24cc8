"""``jingwu check``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from jingwu.site.commands.plan import check
from jingwu.terms.refusal import BadInput

CALLS = "接警时间,经度,纬度\n" + "".join(f"2026-10-0{n} 08:00:00,118.2{n},30.4\n" for n in range(1, 10))


def run(*arguments: str, lang: str = "zh_CN.UTF-8") -> tuple[int, str]:
    result = CliRunner(env={"LANG": lang, "COLUMNS": "120"}).invoke(check, list(arguments))
    if isinstance(result.exception, BadInput):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS, encoding="utf-8")
    return path


def test_clean_facts_end_with_zero(calls: Path) -> None:
    status, output = run(str(calls))
    assert status == 0 and "9 行全部可用" in output and "2026-10-01" in output


def test_problems_end_with_one_and_are_named_in_both_languages(calls: Path) -> None:
    calls.write_text(CALLS + "2026-10-03 08:00:00,0,0\n", encoding="utf-8")
    status, output = run(str(calls))
    assert status == 1 and "(0, 0)" in output and "11" in output
    status, output = run(str(calls), lang="en_GB.UTF-8")
    assert status == 1 and "the position is (0, 0)" in output
    status, output = run(str(calls), "--accept-bad-rows")
    assert status == 1 and "采用 9 行" in output


def test_blocking_problems_end_with_two(calls: Path) -> None:
    calls.write_text(CALLS.replace("接警时间", "某时"), encoding="utf-8")
    status, output = run(str(calls))
    assert status == 2 and "接警时间" in output


def test_json_tells_the_same(calls: Path) -> None:
    calls.write_text(CALLS + "2026-10-03 08:00:00,0,0\n", encoding="utf-8")
    status, output = run(str(calls), "--json")
    told = json.loads(output)
    assert status == 1 and told["counts"] == {"zero_point": 1}
    assert told["problems"][0]["row"] == 11 and told["period"] == ["2026-10-01", "2026-10-09"]


def test_people_too_young_by_the_norms_are_found(calls: Path) -> None:
    people = "人员编码,人员类别,出生日期\nP1,民警,2020-01-01\n"
    (calls.parent / "people.csv").write_text(people, encoding="utf-8")
    status, output = run(str(calls.parent))
    assert status == 1 and "未满 18 周岁" in output


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run(str(tmp_path / "absent"))
