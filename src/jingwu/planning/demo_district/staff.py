# catalogue: data - synthetic names
"""The demo's people: told by role and number, with the flaws a planner is meant to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jingwu.planning.demo_district import constants as c
from jingwu.planning.demo_district.city import City, to_degrees
from jingwu.planning.district import Beat, Certificate, Office, Person, Rank
from jingwu.planning.district.id_number import check_digit
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory

_WORD = {
    PersonCategory.OFFICER: "民警",
    PersonCategory.AUX_DUTY: "辅警",
    PersonCategory.AUX_CLERICAL: "文职",
    PersonCategory.GRID_WORKER: "网格员",
    PersonCategory.VOLUNTEER: "志愿者",
    PersonCategory.POLICE_ASSISTANT: "警务助理",
    PersonCategory.MEDIATOR: "调解员",
    PersonCategory.LEGAL_ADVISER: "法律顾问",
    PersonCategory.COUNSELLOR: "心理咨询师",
    PersonCategory.TECH_SPECIALIST: "技术专员",
}
_SOURCE = {
    PersonCategory.OFFICER: FundingSource.ESTABLISHMENT,
    PersonCategory.AUX_DUTY: FundingSource.PURCHASED,
    PersonCategory.AUX_CLERICAL: FundingSource.PURCHASED,
    PersonCategory.TECH_SPECIALIST: FundingSource.PURCHASED,
}
# Mean age and spread by category: the officers a bit old.
_AGES = {
    PersonCategory.OFFICER: (43.0, 8.5),
    PersonCategory.AUX_DUTY: (34.0, 7.0),
    PersonCategory.VOLUNTEER: (48.0, 14.0),
    PersonCategory.POLICE_ASSISTANT: (62.0, 2.5),
}
_SKILLS = {
    PersonCategory.OFFICER: ("调解", "户籍", "反诈", "巡逻", "应急处突", "消防检查", "急救"),
    PersonCategory.AUX_DUTY: ("巡逻", "急救", "无人机", "反诈", "消防检查"),
    PersonCategory.AUX_CLERICAL: ("户籍", "档案", "数据分析"),
    PersonCategory.GRID_WORKER: ("走访", "信息采集", "消防检查", "调解"),
    PersonCategory.VOLUNTEER: ("巡逻", "宣传", "调解", "急救"),
    PersonCategory.MEDIATOR: ("调解",),
    PersonCategory.LEGAL_ADVISER: ("法律咨询", "调解"),
    PersonCategory.COUNSELLOR: ("心理疏导", "调解"),
    PersonCategory.TECH_SPECIALIST: ("数据分析", "无人机", "网络运维"),
}
_PAPERS = {
    PersonCategory.OFFICER: "执法资格",
    PersonCategory.AUX_DUTY: "辅警上岗证",
    PersonCategory.AUX_CLERICAL: "辅警上岗证",
    PersonCategory.VOLUNTEER: "志愿者保险",
    PersonCategory.POLICE_ASSISTANT: "志愿者保险",
    PersonCategory.MEDIATOR: "人民调解员证",
    PersonCategory.LEGAL_ADVISER: "律师执业证",
    PersonCategory.COUNSELLOR: "心理咨询师证",
}
_DRIVING = "驾驶证"
_MODULES = (DutyModule.SECURITY, DutyModule.SERVICE, DutyModule.MEDIATION)
_MODULE_SHARES = (0.55, 0.28, 0.17)
SHORT_LEAD_OFFICE = 9  # 南浦: the lead has not five grass-roots years yet
SHORT_LEAD_YEARS = 4.2
CROWDED_GROUP_OFFICE = 11  # 文汇: three auxiliaries behind one officer
OFFICERLESS_OFFICE = 17  # 柳岸: a group without an officer


@dataclass
class _Draft:
    category: PersonCategory
    number: int
    office: int
    is_lead: bool = False
    group: str | None = None
    beat: str | None = None


def draw_people(
    city: City,
    offices: tuple[Office, ...],
    beats: tuple[Beat, ...],
    count: int,
    today: date,
    rng: np.random.Generator,
) -> tuple[Person, ...]:
    """Return so many people over all categories, in the order of their codes."""
    drafts = _drafts(len(offices), count, rng)
    _lead_and_group(drafts, offices, beats)
    serial = iter(range(1, count + 1))
    return tuple(_person(draft, city, offices, next(serial), today, rng) for draft in drafts)


def _drafts(offices: int, count: int, rng: np.random.Generator) -> list[_Draft]:
    total = sum(c.STAFF.values())
    numbers = {category: max(1, round(share * count / total)) for category, share in c.STAFF.items()}
    numbers[PersonCategory.AUX_DUTY] += count - sum(numbers.values())
    drafts: list[_Draft] = []
    for category, number in numbers.items():
        # By habit: every office the same; what is left over goes anywhere.
        places = [place % offices for place in range(number - number % offices)]
        places += rng.choice(offices, number % offices, replace=False).tolist()
        drafts += [_Draft(category, n + 1, office) for n, office in enumerate(places)]
    return drafts


def _lead_and_group(drafts: list[_Draft], offices: tuple[Office, ...], beats: tuple[Beat, ...]) -> None:
    for place, office in enumerate(offices):
        officers = [d for d in drafts if d.office == place and d.category is PersonCategory.OFFICER]
        helpers = [d for d in drafts if d.office == place and d.category is PersonCategory.AUX_DUTY]
        mine = [beat.code for beat in beats if beat.office == office.code]
        for officer, code in zip(officers[1:] + officers[:1], mine, strict=False):
            officer.beat = code
        if officers:
            officers[0].is_lead = True
        groups = [f"{office.name.removesuffix('警务室')}-{n + 1}组" for n in range(max(1, len(officers) - 1))]
        for officer, group in zip(officers[1:], groups, strict=False):
            officer.group = group
        most = 3 if place == CROWDED_GROUP_OFFICE else 2
        slots = [group for group in groups for _ in range(most)]
        if place == OFFICERLESS_OFFICE:
            slots = [*slots[:2], *[f"{office.name.removesuffix('警务室')}-机动组"] * 2, *slots[2:]]
        for helper, group in zip(helpers, slots, strict=False):
            helper.group = group


def _person(
    draft: _Draft, city: City, offices: tuple[Office, ...], serial: int, today: date, rng: np.random.Generator
) -> Person:
    category = draft.category
    mean, spread = _AGES.get(category, (39.0, 8.0))
    oldest = 59 if category is not PersonCategory.POLICE_ASSISTANT else 66
    age = float(np.clip(rng.normal(mean + (3 if draft.is_lead else 0), spread), 22, oldest))
    born = today - timedelta(days=round(age * 365.25))
    served = float(np.clip(rng.uniform(0.3, 0.85) * (age - 22), 0.2, 34))
    if draft.is_lead:
        served = SHORT_LEAD_YEARS if draft.office == SHORT_LEAD_OFFICE else max(5.2, served)
    home = _home(city, draft.office, rng)
    skills = _SKILLS.get(category, ("宣传",))
    known = rng.choice(skills, min(len(skills), int(rng.integers(1, 4))), replace=False).tolist()
    is_officer = category is PersonCategory.OFFICER
    return Person(
        code=f"{_WORD[category]} {draft.number:04d}",
        category=category,
        source=_SOURCE.get(category, FundingSource.SOCIAL),
        birth_date=born,
        rank=_rank(draft, served, rng) if is_officer else None,
        grassroots_years=round(served, 1),
        police_background=bool(rng.random() < 0.62) if is_officer else False,
        skills=tuple(known),
        certificates=_certificates(category, today, rng),
        office=offices[draft.office].code,
        home_lon=home[0],
        home_lat=home[1],
        weekly_minutes=c.WEEKLY_MINUTES[category],
        module=_module(draft, rng),
        role="警务长" if draft.is_lead else _WORD[category],
        beat=draft.beat,
        group=draft.group,
        is_lead=draft.is_lead,
        id_number=_id_number(born, serial),
    )


def _rank(draft: _Draft, served: float, rng: np.random.Generator) -> Rank:
    if draft.is_lead:
        ranks = (Rank.DEPUTY_SECTION, Rank.SECTION, Rank.CLERK)
        return ranks[int(rng.choice(3, p=(0.66, 0.21, 0.13)))]
    return Rank.DEPUTY_SECTION if served > 14 and rng.random() < 0.45 else Rank.CLERK


def _module(draft: _Draft, rng: np.random.Generator) -> DutyModule:
    fixed = {
        PersonCategory.AUX_CLERICAL: DutyModule.SERVICE,
        PersonCategory.GRID_WORKER: DutyModule.SERVICE,
        PersonCategory.LEGAL_ADVISER: DutyModule.SERVICE,
        PersonCategory.MEDIATOR: DutyModule.MEDIATION,
        PersonCategory.COUNSELLOR: DutyModule.MEDIATION,
        PersonCategory.TECH_SPECIALIST: DutyModule.DIGITAL,
    }
    if draft.category in fixed:
        return fixed[draft.category]
    return _MODULES[int(rng.choice(3, p=_MODULE_SHARES))]


def _certificates(category: PersonCategory, today: date, rng: np.random.Generator) -> tuple[Certificate, ...]:
    found = []
    if paper := _PAPERS.get(category):  # a few ran out unnoticed
        found.append(Certificate(paper, today + timedelta(days=int(rng.integers(-45, 900)))))
    if category in (PersonCategory.OFFICER, PersonCategory.AUX_DUTY) and rng.random() < 0.72:
        found.append(Certificate(_DRIVING, today + timedelta(days=int(rng.integers(60, 2200)))))
    return tuple(found)


def _home(city: City, office: int, rng: np.random.Generator) -> tuple[float, float]:
    """Most live towards the centre whatever their office: long ways for those posted outside."""
    middle = np.average(city.office_at, axis=0)
    kind = rng.random()
    if kind < 0.40:
        at = city.office_at[office] + rng.normal(0, 1300, 2)
    elif kind < 0.88:
        at = middle + rng.normal(0, 2600, 2)
    else:
        at = middle + rng.normal(0, 8000, 2)
    lon, lat = to_degrees(at.reshape(1, 2))[0]
    return float(lon), float(lat)


def _id_number(born: date, serial: int) -> str:
    """A number with a valid check digit and a region code (0099xx) that no place has."""
    digits = f"0099{serial // 999 % 100:02d}{born:%Y%m%d}{serial % 999 + 1:03d}"
    return digits + check_digit(digits)
