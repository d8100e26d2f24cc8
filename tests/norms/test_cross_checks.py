"""The cross-checks at the end of reference §1, and that every figure of it has a home."""

from __future__ import annotations

import re
from datetime import date

import pytest

from jingwu.norms import load
from jingwu.norms.schemes import IndicatorType, PersonalFactor
from jingwu.terms.colours import OfficeWarning
from jingwu.terms.duty import DutyModule
from jingwu.terms.incidents import AreaType, Priority
from jingwu.terms.people import FundingSource, PersonCategory

NORMS = load().at(date(2026, 11, 1))


def test_weights_of_every_scheme_sum_to_one_hundred() -> None:
    assert sum(NORMS.modules.hours_share.values()) == pytest.approx(1)
    assert sum(NORMS.personal_appraisal.weights.values()) == pytest.approx(1)
    assert sum(NORMS.appraisal.type_points.values()) == 100
    assert NORMS.appraisal.stars.public_share + NORMS.appraisal.stars.composite_share == pytest.approx(1)
    assert NORMS.personal_appraisal.kpi_share + NORMS.personal_appraisal.review360_share == pytest.approx(1)
    assert sum(NORMS.mix.targets.values()) == pytest.approx(1)


def test_twenty_eight_indicators_over_six_dimensions_and_four_types() -> None:
    indicators = NORMS.appraisal.indicators
    assert list(indicators) == [f"I{number:02}" for number in range(1, 29)]
    by_type = {kind: [i for i in indicators.values() if i.type is kind] for kind in IndicatorType}
    assert {kind: len(rows) for kind, rows in by_type.items()} == {
        IndicatorType.PROCESS: 11,
        IndicatorType.RESULT: 8,
        IndicatorType.DEVELOPMENT: 6,
        IndicatorType.BALANCE: 3,
    }
    for kind, rows in by_type.items():
        assert sum(row.weight_points for row in rows) == NORMS.appraisal.type_points[kind]
    counts = [sum(1 for i in indicators.values() if i.dimension == f"D{n}") for n in range(1, 7)]
    assert counts == [6, 5, 4, 3, 5, 5]
    assert [key for key, row in indicators.items() if row.core] == ["I01", "I13", "I15", "I18"]
    downward = [key for key, row in indicators.items() if not row.higher_is_better]
    assert downward == ["I12", "I16", "I26", "I28"]


def test_scores_run_from_floor_to_target() -> None:
    first = NORMS.appraisal.indicators["I01"]
    assert [first.score(x) for x in (0.5, 0.70, 0.825, 0.95, 1)] == pytest.approx([0, 0, 50, 100, 100])
    down = NORMS.appraisal.indicators["I16"]
    assert [down.score(x) for x in (0.2, 0.15, 0.09, 0.03, 0)] == pytest.approx([0, 0, 50, 100, 100])


def test_twenty_scenarios_nine_levels_five_steps() -> None:
    assert [item.code for item in NORMS.training.scenario_classes] == [f"S{n:02}" for n in range(1, 21)]
    assert sorted(NORMS.training.levels) == list(range(1, 10))
    assert [NORMS.training.levels[n].stage for n in range(1, 10)] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [step.zh for step in NORMS.mediation.steps] == ["倾听", "共情", "析法", "协商", "跟踪"]
    months = {0: 1, 1: 2, 2: 3, 3: 4, 5: 4, 11: 6, 12: 7, 23: 9, 40: 9}
    assert {m: NORMS.training.level_due(m) for m in months} == months


def test_stars_and_warnings_have_the_five_grade_lines() -> None:
    stars = NORMS.appraisal.stars
    assert [stars.stars(p) for p in (59.9, 60, 70, 84.9, 85, 95, 100)] == [1, 2, 3, 3, 4, 5, 5]
    assert NORMS.appraisal.warnings.below_points[OfficeWarning.RED] == 60


def test_group_arithmetic_of_the_source_leaves_one_auxiliary() -> None:
    team, groups = NORMS.team, NORMS.groups
    leaders = team.officers - (0 if groups.lead_leads_a_group else team.leads)
    assert team.auxiliaries - leaders * groups.auxiliaries == 1
    assert groups.min_officers(frozenset()) == 1
    assert groups.min_officers(frozenset({"weapon"})) == 2


def test_every_category_priority_and_area_is_covered() -> None:
    assert set(NORMS.ages.years) == set(PersonCategory)
    assert all(0.5 < NORMS.availability.share(category) < 1 for category in PersonCategory)
    assert NORMS.availability.share(PersonCategory.OFFICER) == pytest.approx(1 - 28 / 248)
    assert set(NORMS.modules.min_crew) == set(DutyModule)
    assert set(NORMS.mix.targets) == set(FundingSource)
    assert NORMS.response.arrival(Priority.P4, AreaType.URBAN) is None
    assert NORMS.response.arrival(Priority.P2, AreaType.SUBURBAN) == 15
    assert set(NORMS.personal_appraisal.weights) == set(PersonalFactor)


def test_rank_order_decides_who_may_lead() -> None:
    lead = NORMS.lead
    assert [lead.rank_suffices(r) for r in ("clerk", "deputy_section", "section", "unheard")] == [
        False, True, True, False,
    ]  # fmt: skip


# Rows of reference §1 that state a figure of policy; rows that are names, examples or narrative are left out.
ROWS = [
    "2.14", "2.15", "4.02", "4.06", "4.08", "7.04", "7.05",
    "1.04", "1.05", "1.06", "1.07", "1.08", "1.11", "1.13", "2.03", "2.04", "2.05", "2.06", "2.07",
    "2.08", "2.10", "2.11", "2.12", "2.13", "2.16", "3.02", "3.03", "3.05", "3.06", "3.08", "3.10",
    "3.11", "3.12", "3.13", "3.15", "3.16", "3.17", "4.01", "4.03", "4.04", "4.07", "4.09", "4.11",
    "4.12", "4.13", "5.01", "5.02", "5.09", "5.10", "5.11", "6.09", "6.10", "7.02", "7.03", "7.06",
    "7.09", "7.10", "7.11", "7.12", "7.13", "7.14", "8.05", "8.09", "9.03", "9.04", "9.05", "9.06",
    "9.07", "9.08",
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_every_figure_of_the_source_has_a_norm(row: str) -> None:
    cited = {found for norm in load().norms.values() for found in re.findall(r"\b\d\.\d\d\b", norm.reference)}
    assert row in cited


def test_every_scheme_property_is_proved() -> None:
    cls = type(NORMS)
    from functools import cached_property

    properties = {name for name, item in vars(cls).items() if isinstance(item, cached_property)}
    assert properties == set(cls.scheme_roots)


def test_clocks_of_an_incident_follow_priority_and_area() -> None:
    def minutes(priority: Priority, area: AreaType) -> dict[str, float]:
        targets = NORMS.response.clock_targets(priority, area)
        return {name: target.total_seconds() / 60 for name, target in targets.items()}

    assert minutes(Priority.P1, AreaType.SUBURBAN) == {"ack": 1, "arrival": 10, "feedback": 30}
    assert minutes(Priority.P3, AreaType.RURAL) == {"arrival": 60, "feedback": 30}
    assert minutes(Priority.P4, AreaType.URBAN) == {"reply": 1440, "feedback": 30}
    for priority in Priority:
        for name in NORMS.response.clock_targets(priority, AreaType.URBAN):
            assert NORMS.incidents.clock_rules(name).escalate_at_shares == (1.0, 1.5, 2.0)
