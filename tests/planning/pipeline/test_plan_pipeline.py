"""The whole way from facts to plan: same input same plan, better response, conflicts, real calls."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner

from jingwu.norms import Norms, load
from jingwu.planning.demo_district import synthetic
from jingwu.planning.district import District, read_district
from jingwu.planning.pipeline import PlanParams, PlanResult, compute
from jingwu.planning.workbook import write_workbook
from jingwu.site.cli import cli
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, InputProblem

QUICK = PlanParams(replications=3)


@pytest.fixture(scope="module")
def norms() -> Norms:
    return load().at(date(2026, 1, 1))


@pytest.fixture(scope="module")
def district() -> District:
    return synthetic(offices=8, people=112, calls=20_000, seed=4)


@pytest.fixture(scope="module")
def result(district: District, norms: Norms) -> PlanResult:
    told: list[tuple[str, float]] = []
    plan = compute(district, QUICK, norms, seed=7, progress=lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[-1] == 1.0
    return plan


def text(plan: PlanResult) -> str:
    return json.dumps(plan.to_dict(timings=False), ensure_ascii=False, sort_keys=True, allow_nan=False)


def test_same_input_same_plan_whatever_the_executor(
    district: District, norms: Norms, result: PlanResult
) -> None:
    with ThreadPoolExecutor(2) as executor:
        again = compute(district, QUICK, norms, seed=7, executor=executor)
    assert text(again) == text(result) and again == result
    assert again.digest == result.digest


def test_digest_names_facts_norms_params_and_seed(
    district: District, norms: Norms, result: PlanResult
) -> None:
    other = compute(district, PlanParams(replications=2), norms, seed=7)
    assert other.digest != result.digest
    assert result.scope["facts_digest"] == district.digest and result.scope["norms_version"] == str(
        norms.version
    )


def test_plan_comes_back_from_json(result: PlanResult) -> None:
    again = PlanResult.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result and again.to_dict() == result.to_dict()
    with pytest.raises(ValueError, match="format"):
        PlanResult.from_dict({"format": 0})


def test_plan_is_immutable(result: PlanResult) -> None:
    with pytest.raises(TypeError):
        result.offices[0]["tours_plan"] = 9  # type: ignore[index]


def test_plan_betters_today_with_the_same_crew_hours(result: PlanResult) -> None:
    today, plan, limit = (result.response[name] for name in ("today", "plan", "limit"))
    assert result.scope["crew_hours_plan"] <= result.scope["crew_hours_today"]
    assert plan["mean_minutes"] < today["mean_minutes"]
    assert plan["target_share"] > today["target_share"]
    assert limit["mean_minutes"] <= plan["mean_minutes"] and limit["target_share"] >= plan["target_share"]
    parts = plan["parts_minutes"]
    assert sum(parts.values()) == pytest.approx(plan["mean_minutes"], abs=0.05)
    offices = result.offices
    assert any(o["tours_plan"] != round(o["tours_today"]) for o in offices) or result.moves
    assert any(o["today_by_hour"] != o["plan_by_hour"] for o in offices)


def test_headline_is_composed_from_the_figures(result: PlanResult) -> None:
    today, plan = result.response["today"], result.response["plan"]
    assert f"{today['mean_minutes']:.1f} → {plan['mean_minutes']:.1f} 分钟" in result.headline_zh
    assert result.headline_zh.startswith("不增一人") and result.headline_zh.endswith("。")
    assert result.moves and f"{len(result.moves)} people moved" in result.headline_en


def test_no_law_is_broken_and_every_person_is_told(result: PlanResult, district: District) -> None:
    assert not [r for r in result.rules if r["severity"] == "law" and r["kept"] is False]
    placed = {row["person"] for row in result.people}
    assert len(placed) == len(result.people) <= len(district.people)
    categories = {p.code: p.category for p in district.people}
    for group in result.groups:
        assert categories[group["officer"]] is PersonCategory.OFFICER
        assert len(group["auxiliaries"]) <= 2
    assert {row["beat"] for row in result.beats} == {beat.code for beat in district.beats}


def test_supply_by_hour_is_what_the_tours_give(result: PlanResult) -> None:
    for office in result.offices:
        assert len(office["plan_by_hour"]) == 168
        assert sum(office["plan_by_hour"]) == 40 * office["tours_plan"] == 40 * len(office["tours"])
    assert min(np.sum([office["plan_by_hour"] for office in result.offices], axis=0)) >= 2


def test_cost_curve_rises_and_says_where_the_target_is_met(result: PlanResult) -> None:
    points = result.cost["points"]
    assert points[0]["extra_officers"] == 0
    assert points[-1]["share"] > points[0]["share"]
    extra = result.cost["extra_officers"]
    if extra is not None:
        first = min(p["extra_officers"] for p in points if p["share"] >= result.cost["target_share"])
        assert extra == first
    else:
        assert all(p["share"] < result.cost["target_share"] for p in points)


def test_more_officers_are_told_and_help(district: District, norms: Norms, result: PlanResult) -> None:
    have = sum(p.category is PersonCategory.OFFICER for p in district.people)
    more = compute(
        district, PlanParams(replications=3, strength={PersonCategory.OFFICER: have + 6}), norms, seed=7
    )
    assert more.headline_zh.startswith("增 6 名民警")
    assert more.response["plan"]["target_share"] > result.response["plan"]["target_share"]
    assert sum(row["person"].startswith("新增民警") for row in more.people) == 6


def test_no_lawful_plan_names_the_rules(district: District, norms: Norms, tmp_path: Path) -> None:
    nobody = PlanParams(replications=2, strength={PersonCategory.OFFICER: 0})
    plan = compute(district, nobody, norms, seed=1)
    assert not plan.feasible and plan.conflict is not None
    assert "law.aux_under_officer" in plan.conflict["rules"] and plan.conflict["ways_zh"]
    assert plan.headline_zh.startswith("没有合法方案") and plan.figures() == {"feasible": False}
    assert PlanResult.from_dict(plan.to_dict()) == plan
    write_workbook(plan, tmp_path / "none.xlsx")


def test_calls_alone_without_a_number_of_offices_are_refused(district: District, norms: Norms) -> None:
    calls = replace(district.calls, beat=np.full(len(district.calls), -1))
    with pytest.raises(BadInput) as refusal:
        compute(District(calls=calls), QUICK, norms, seed=1)
    assert refusal.value.code == "plan.no_offices"
    with pytest.raises(BadInput) as refusal:
        compute(District(calls=calls), PlanParams(offices=2000), norms, seed=1)
    assert refusal.value.code == "plan.too_many_offices"
    lost = replace(calls, lon=np.full(len(calls), np.nan), lat=np.full(len(calls), np.nan))
    with pytest.raises(BadInput) as refusal:
        compute(District(calls=lost), PlanParams(offices=2), norms, seed=1)
    assert refusal.value.code == "plan.no_calls"


@pytest.mark.parametrize(
    "told", [{"replications": 0}, {"strength": {"pilot": 3}}, {"wings": 2}, {"strict": ["law.recusal"]}]
)
def test_bad_parameters_are_refused(told: dict) -> None:
    with pytest.raises(BadInput):
        PlanParams.from_dict(told)


def test_parameters_survive_json() -> None:
    params = PlanParams(6.0, 0.8, {PersonCategory.OFFICER: 9}, 4, 12, ("norm.one_lead",), date(2026, 3, 1))
    assert PlanParams.from_dict(json.loads(json.dumps(params.to_dict()))) == params


def test_workbook_reads_like_a_table(result: PlanResult, tmp_path: Path) -> None:
    problem = InputProblem("calls.csv", 7, "time", "x", "时间读不出来", "unreadable time", value="=1+1")
    write_workbook(result, tmp_path / "plan.xlsx", problems=(problem,))
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    sheets = ["摘要", "岗位", "人员安排", "调动", "分组包片", "到场前后", "规则", "输入问题"]
    assert book.sheetnames == sheets
    assert book["摘要"]["A1"].value == result.headline_zh
    people = book["人员安排"]
    assert people.freeze_panes == "A2" and people.max_row == len(result.people) + 1
    assert people.column_dimensions["A"].width > 10
    assert book["到场前后"].max_row == 1 + len(result.offices) + 168
    shown = book["输入问题"]["D2"]
    assert shown.data_type == "s" and shown.value == "'=1+1"


@pytest.mark.shared_data
def test_milwaukee_from_calls_alone(shared_data: Path, norms: Norms) -> None:
    facts, report = read_district(
        shared_data / "milwaukee" / "calls.csv", accept_bad_rows=True, today=date(2026, 1, 1)
    )
    assert facts is not None and report.problem_count > 0
    template = compute(facts, PlanParams(offices=28, replications=2), norms, seed=1)
    assert template.scope["offices"] == 28 and template.scope["offices_sited"]
    assert template.scope["people"] == 28 * 14 and template.scope["people_assumed"]
    assert template.scope["load_hours_per_week"] > template.scope["crew_hours_plan"]
    assert template.headline_zh.startswith("警力不够")
    enough = PlanParams(offices=28, replications=2, strength={PersonCategory.OFFICER: 360})
    plan = compute(facts, enough, norms, seed=1)
    assert plan.response["plan"]["mean_minutes"] < plan.response["today"]["mean_minutes"]
    assert plan.response["plan"]["mean_minutes"] < 15


def test_command_line_plans_and_refuses(tmp_path: Path, shared_data: Path) -> None:
    lines = (shared_data / "milwaukee" / "calls.csv").read_text().splitlines()[:4000]
    (tmp_path / "calls.csv").write_text("\n".join(lines))
    arguments = [
        "plan",
        str(tmp_path / "calls.csv"),
        "--accept-bad-rows",
        "--replications",
        "2",
        "--offices",
        "4",
    ]
    first = CliRunner().invoke(cli, [*arguments, "--strength", "officer=120", "--json"])
    again = CliRunner().invoke(cli, [*arguments, "--strength", "officer=120", "--json"])
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout and json.loads(first.stdout)["scope"]["offices"] == 4
    words = CliRunner().invoke(cli, [*arguments, "--strength", "officer=120", "-o", str(tmp_path / "p.xlsx")])
    assert words.exit_code == 0 and "分钟" in words.output and (tmp_path / "p.xlsx").stat().st_size > 5000
    assert CliRunner().invoke(cli, [*arguments, "--strength", "pilot=3"]).exit_code == 2
    helped = CliRunner().invoke(cli, ["plan", "--help"])
    assert "Examples" in helped.output and "--accept-bad-rows" in helped.output
