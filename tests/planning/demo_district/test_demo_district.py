"""The demo district: the same for a seed, plausible, and flawed where a planner should find it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Polygon

from jingwu.engines.response.demand import CallHistory, back_test, fit
from jingwu.planning.demo_district import generate, synthetic
from jingwu.planning.demo_district.city import OFFICES
from jingwu.planning.district import CATEGORIES, District, read_district, write_district
from jingwu.planning.district.id_number import birth_date_of
from jingwu.terms.incidents import IncidentCategory
from jingwu.terms.people import PersonCategory

ENDING = date(2026, 11, 1)


@pytest.fixture(scope="module")
def demo() -> District:
    return generate()


def test_size_and_period(demo: District) -> None:
    assert len(demo.offices) == 24 and len(demo.beats) == 112 and len(demo.people) == 338
    assert len(demo.calls) >= 60_000
    assert demo.period == (date(2025, 11, 1), date(2026, 10, 31))
    assert (demo.calls.beat >= 0).all() and len(demo.workload) == 112 * 12
    assert {person.category for person in demo.people} == set(PersonCategory)


def test_the_same_seed_gives_the_same_district() -> None:
    first, again, other = (synthetic(offices=3, people=30, calls=400, seed=s) for s in (1, 1, 2))
    assert first.digest == again.digest != other.digest


def test_synthetic_districts_have_the_size_asked_for() -> None:
    facts = synthetic(offices=7, people=100, calls=1234)
    assert (len(facts.offices), len(facts.people), len(facts.calls)) == (7, 100, 1234)
    assert set(facts.beat_office.tolist()) == set(range(7))


def test_habit_takes_about_eighteen_minutes(demo: District) -> None:
    minutes = demo.calls.minutes("time", "arrive")  # the wait for one's own office comes before dispatch
    attended = np.isfinite(minutes)  # the others were answered by telephone: nobody went
    assert attended.mean() > 0.8 and (demo.calls.priority[~attended] > 1).all()
    assert 16.5 < minutes[attended].mean() < 19.5
    evening = (demo.hour_of_week % 24 >= 20) & (demo.hour_of_week % 24 < 23)
    assert minutes[attended & evening].mean() > 1.6 * minutes[attended & ~evening].mean()
    assert minutes[attended & (demo.calls.priority == 1)].mean() < 9


def test_today_is_the_same_for_every_office_and_heavy_by_day(demo: District) -> None:
    crews = demo.crews_today
    assert crews is not None and len({int(row.sum()) for row in crews}) <= 2
    by_hour = crews.sum(axis=0).reshape(7, 24)
    assert (by_hour[:, 10] == 24).all() and (by_hour[:, 21] == 12).all()


def test_calls_have_a_week_a_year_and_more_noise_than_chance(demo: District) -> None:
    days = demo.local_times.astype("datetime64[D]").astype(int)
    daily = np.bincount(days - days.min())
    assert 2 < daily.var() / daily.mean() < 6
    hours = np.bincount(demo.hour_of_week % 24, minlength=24)
    assert hours.argmax() in (19, 20, 21) and hours.max() > 5 * hours.min()
    disorder = demo.calls.category == CATEGORIES.index(IncidentCategory.PUBLIC_ORDER)
    night = np.bincount(demo.hour_of_week[disorder], minlength=168).reshape(7, 24)[:, 20:].sum(axis=1)
    assert night[4:6].mean() > 1.2 * night[:4].mean()


def test_calls_gather_in_hot_places_and_follow_each_other(demo: District) -> None:
    cells = Counter(zip(np.round(demo.calls.lon, 3), np.round(demo.calls.lat, 3), strict=True))
    busiest = sum(count for _, count in cells.most_common(len(cells) // 20))
    assert busiest > 0.25 * len(demo.calls)
    crimes = demo.calls.category == CATEGORIES.index(IncidentCategory.CRIME)
    at = np.column_stack((demo.calls.lon[crimes], demo.calls.lat[crimes]))

    def near_share(gaps: range) -> float:
        """The share of pairs so many crimes apart that lie within some 150 m."""
        return float(np.mean([(np.hypot(*(at[gap:] - at[:-gap]).T) < 0.0015).mean() for gap in gaps]))

    assert near_share(range(1, 11)) > 1.5 * near_share(range(1000, 1010))


def test_beats_tile_the_district(demo: District) -> None:
    assert demo.background is not None
    shapes = [Polygon(beat.polygon[0]) for beat in demo.beats]
    assert all(shape.is_valid for shape in shapes)
    outline = Polygon(demo.background.outline[0].points)
    assert sum(shape.area for shape in shapes) == pytest.approx(outline.area, rel=2e-3)
    for office in demo.offices:
        own = [
            s.buffer(2e-5) for s, beat in zip(shapes, demo.beats, strict=True) if beat.office == office.code
        ]
        whole = own[0]
        for shape in own[1:]:
            whole = whole.union(shape)
        assert len(own) >= 2 and whole.geom_type == "Polygon", office.name
    assert {office.name.removesuffix("警务室") for office in demo.offices} == set(OFFICES)


def test_people_are_told_by_role_and_number_with_impossible_region_codes(demo: District) -> None:
    for person in demo.people:
        assert person.code.split(" ")[1].isdigit() and person.id_number is not None
        assert person.id_number.startswith("0099")
        assert birth_date_of(person.id_number) == person.birth_date
    numbers = [person.id_number for person in demo.people]
    assert len(set(numbers)) == len(numbers)


def test_the_flaws_a_planner_should_find_are_there(demo: District) -> None:
    leads = [person for person in demo.people if person.is_lead]
    assert len(leads) == 24 == len({person.office for person in leads})
    assert [lead.grassroots_years for lead in leads if (lead.grassroots_years or 0) < 5] == [4.2]
    groups: dict[str, Counter[PersonCategory]] = {}
    for person in demo.people:
        if person.group:
            groups.setdefault(person.group, Counter())[person.category] += 1
    assert any(group[PersonCategory.OFFICER] == 0 for group in groups.values())
    assert any(group[PersonCategory.AUX_DUTY] > 2 for group in groups.values())
    officers = [person for person in demo.people if person.category is PersonCategory.OFFICER]
    young = np.mean([(person.age_on(ENDING) or 0) < 35 for person in officers])
    assert young < 0.35


def test_the_written_demo_reads_back_clean(demo: District, tmp_path: Path) -> None:
    write_district(demo, tmp_path / "demo")
    again, report = read_district(
        tmp_path / "demo", today=ENDING, minimum_age_years=dict.fromkeys(PersonCategory, 18)
    )
    assert report.clean and again == demo


def test_demand_of_held_out_weeks_beats_the_same_hour_of_last_weeks(demo: District) -> None:
    """A year by beat with months as seasons; the last eight weeks are scored, as response.md says."""
    local = demo.local_times.astype("datetime64[s]")
    start = np.datetime64(demo.period[0])
    days = int((np.datetime64(demo.period[1]) - start).astype(int)) + 1
    hours = days // 7 * 168
    start += np.timedelta64(days - hours // 24, "D")  # whole weeks up to the last day
    minutes = (local - start.astype("datetime64[s]")).astype(np.float64) / 60.0
    inside = (minutes >= 0) & (minutes < hours * 60.0) & (demo.calls.beat >= 0)
    month = (start + np.arange(hours).astype("timedelta64[h]")).astype("datetime64[M]").astype(int) % 12
    weekday = (start.astype(int) + 3) % 7
    history = CallHistory(
        tuple(beat.code for beat in demo.beats),
        (1,),
        minutes[inside],
        demo.calls.beat[inside],
        np.zeros(int(inside.sum())),
        hours,
        int(weekday) * 24,
        month,
    )
    score = back_test(history, held_out_weeks=8)
    for level in (score.cells, score.district):
        assert level.pinball < level.naive_pinball
        assert level.deviance < level.naive_deviance
    assert 0.85 <= score.district.coverage <= 0.97  # 90 % is promised
    assert score.cells.coverage >= 0.90  # thin cells: whole numbers cover more than they promise
    fitted = fit(history)
    assert fitted.day_variance_ratio > 1.5  # a plain Poisson would be too narrow
    for level in (score.cells, score.district):  # pytest -rP -k held_out
        print(
            f"pinball {level.pinball:.4f} / {level.naive_pinball:.4f}, deviance {level.deviance:.3f} / "
            f"{level.naive_deviance:.3f}, coverage {level.coverage:.1%} / {level.naive_coverage:.1%}"
        )
    print(f"variance of a day ÷ mean {fitted.day_variance_ratio:.2f}")
