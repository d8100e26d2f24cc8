"""The goals: targets that only score, never block (staffing mix, template, module shares, age,
technology)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from jingwu.engines.staffing.roles import DEFAULT_SOURCE, MODULE_NAMES, ROLES
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict, severity_of
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory

Check = Callable[[StaffedDistrict], Iterator[Verdict]]

_OFFICER = PersonCategory.OFFICER
_SOURCE_NAMES = {
    FundingSource.ESTABLISHMENT: ("编制", "established"),
    FundingSource.PURCHASED: ("购买服务", "purchased"),
    FundingSource.SOCIAL: ("社会力量", "social"),
    FundingSource.RESERVE: ("机动", "reserve"),
}


def _share(
    plan: StaffedDistrict,
    rule: str,
    measured: float,
    required: float,
    why: tuple[str, str],
    way: tuple[str, str],
    *,
    at_least: bool,
    tolerance: float = 0.0,
    office: str | None = None,
    unit: str = "share",
) -> Verdict:
    gap = required - measured if at_least else abs(measured - required)
    kept = gap <= tolerance + 1e-9
    return Verdict(
        rule,
        severity_of(rule, plan.params),
        office,
        None,
        kept,
        measured,
        required,
        0.0 if kept else gap,
        unit,
        *why,
        *(("", "") if kept else way),
    )


def response_target(plan: StaffedDistrict) -> Iterator[Verdict]:
    if plan.response_share is None:
        return
    measured, required = plan.response_share, plan.params.target_share
    minutes = plan.params.target_minutes
    limit = plan.response_limit_share
    way = ("增加警力(见“五分钟的代价”曲线)", "more strength (see the cost curve)")
    if limit is not None and limit < required:
        way = ("只加人达不到:须增设或移动驻点", "staff alone cannot reach it: add or move posts")
    yield _share(
        plan,
        "goal.response_target",
        measured,
        required,
        (f"{minutes:g} 分钟内到场 {measured:.1%}", f"{measured:.1%} within {minutes:g} minutes"),
        way,
        at_least=True,
    )


def team_template(plan: StaffedDistrict) -> Iterator[Verdict]:
    parts: dict[str, tuple[tuple[PersonCategory, ...], str, str]] = {
        "officer": ((_OFFICER,), "民警", "officers"),
        "auxiliary": ((PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL), "辅警", "auxiliaries"),
        "grid_worker": ((PersonCategory.GRID_WORKER,), "网格员", "grid workers"),
        "volunteer_post": (
            (PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT),
            "志愿岗",
            "volunteer posts",
        ),
    }
    for office, staff in plan.by_office.items():
        have = Counter(placement.category for placement in staff)
        rows = [
            (sum(have[c] for c in categories), plan.params.template[part], zh, en)
            for part, (categories, zh, en) in parts.items()
            if part in plan.params.template
        ]
        missing = sum(max(0, asked - number) for number, asked, _, _ in rows)
        asked_all = sum(asked for _, asked, _, _ in rows)
        yield _share(
            plan,
            "goal.team_template",
            float(asked_all - missing),
            float(asked_all),
            (
                "、".join(f"{zh}{number}/{asked}" for number, asked, zh, _ in rows),
                ", ".join(f"{en} {number} of {asked}" for number, asked, _, en in rows),
            ),
            (f"距模板还缺 {missing} 人", f"{missing} short of the template"),
            at_least=True,
            office=office,
            unit="person",
        )


def _mix(source: FundingSource) -> Check:
    def ask(plan: StaffedDistrict) -> Iterator[Verdict]:
        if source not in plan.params.mix_share or not plan.placements:
            return
        counts: Counter[FundingSource] = Counter()
        for placement in plan.placements:
            person = plan.people[placement.person]
            reserve = placement.role == "relief_officer"
            counts[
                FundingSource.RESERVE if reserve else person.source or DEFAULT_SOURCE[person.category]
            ] += 1
        measured, required = counts[source] / len(plan.placements), plan.params.mix_share[source]
        zh, en = _SOURCE_NAMES[source]
        yield _share(
            plan,
            f"goal.mix.{source}",
            measured,
            required,
            (
                f"{zh}岗位 {measured:.1%},目标 {required:.0%}",
                f"{en} posts {measured:.1%}, target {required:.0%}",
            ),
            ("只供参考:招录时逐步靠近", "for orientation: approach it when hiring"),
            at_least=False,
            tolerance=plan.params.mix_tolerance_share,
        )

    return ask


def _module(module: DutyModule) -> Check:
    def ask(plan: StaffedDistrict) -> Iterator[Verdict]:
        hours: Counter[DutyModule] = Counter()
        for placement in plan.placements:
            served = ROLES[placement.role].module
            if served is not None:
                hours[served] += plan.hours(placement)  # type: ignore[assignment]
        total = sum(hours.values())
        if not total:
            return
        measured, required = hours[module] / total, plan.params.module_share[module]
        zh, en = MODULE_NAMES[module]
        yield _share(
            plan,
            f"goal.module_share.{module}",
            measured,
            required,
            (
                f"{zh}工时 {measured:.1%},目标 {required:.0%}",
                f"{en} hours {measured:.1%}, target {required:.0%}",
            ),
            ("在模块间调整辅警和志愿岗", "shift auxiliaries and volunteer posts between modules"),
            at_least=False,
            tolerance=plan.params.mix_tolerance_share,
        )

    return ask


def _tech(rule: str, tag_counts: bool) -> Check:
    def ask(plan: StaffedDistrict) -> Iterator[Verdict]:
        if not plan.placements:
            return
        number = sum(
            p.category is PersonCategory.TECH_SPECIALIST
            or (tag_counts and bool({"tech", "digital"} & plan.people[p.person].skills))
            for p in plan.placements
        )
        required = plan.params.tech_tag_share if tag_counts else plan.params.tech_post_share
        measured = number / len(plan.placements)
        yield _share(
            plan,
            rule,
            measured,
            required,
            (f"{number} 岗,占 {measured:.1%}", f"{number} posts, {measured:.1%}"),
            ("增聘技术专员或培训现有人员", "engage technicians or train staff"),
            at_least=True,
        )

    return ask


def under_35(plan: StaffedDistrict) -> Iterator[Verdict]:
    ages = [
        age
        for p in plan.placements
        if p.category is _OFFICER and (age := plan.people[p.person].age_years) is not None
    ]
    if not ages:
        return
    measured = sum(age < plan.params.age_under_years for age in ages) / len(ages)
    limit = plan.params.age_under_years
    yield _share(
        plan,
        "goal.under_35",
        measured,
        plan.params.age_under_share,
        (
            f"{limit:g} 岁以下民警 {measured:.1%}(n = {len(ages)})",
            f"{measured:.1%} of officers under {limit:g} (n = {len(ages)})",
        ),
        ("只看队伍整体,不作为个人条件", "a figure of the team, never a condition for a person"),
        at_least=True,
    )


def social_categories(plan: StaffedDistrict) -> Iterator[Verdict]:
    social = {
        PersonCategory.VOLUNTEER,
        PersonCategory.LEGAL_ADVISER,
        PersonCategory.COUNSELLOR,
        PersonCategory.MEDIATOR,
        PersonCategory.POLICE_ASSISTANT,
    }
    number = len({p.category for p in plan.placements} & social)
    yield _share(
        plan,
        "goal.social_categories",
        float(number),
        float(plan.params.social_categories_min),
        (f"{number} 类社会力量", f"{number} kinds of social forces"),
        ("聘请法律顾问、心理咨询师等", "engage legal advisers, counsellors and the like"),
        at_least=True,
        unit="kind",
    )


def certified(plan: StaffedDistrict) -> Iterator[Verdict]:
    wanted = plan.params.officer_certificate
    officers = [plan.people[p.person] for p in plan.placements if p.category is _OFFICER]
    if not wanted or not officers:
        return
    measured = sum(wanted in person.certificates for person in officers) / len(officers)
    yield _share(
        plan,
        "goal.certified",
        measured,
        plan.params.certified_share,
        (f"{measured:.1%} 的民警持证", f"{measured:.1%} of officers are certified"),
        ("安排资质认证", "schedule the certification"),
        at_least=True,
    )


GOAL_CHECKS: dict[str, Check] = {
    "goal.response_target": response_target,
    "goal.team_template": team_template,
    "goal.mix.establishment": _mix(FundingSource.ESTABLISHMENT),
    "goal.mix.purchased": _mix(FundingSource.PURCHASED),
    "goal.mix.social": _mix(FundingSource.SOCIAL),
    "goal.mix.reserve": _mix(FundingSource.RESERVE),
    "goal.module_share.security": _module(DutyModule.SECURITY),
    "goal.module_share.service": _module(DutyModule.SERVICE),
    "goal.module_share.mediation": _module(DutyModule.MEDIATION),
    "goal.module_share.digital": _module(DutyModule.DIGITAL),
    "goal.tech_posts": _tech("goal.tech_posts", tag_counts=False),
    "goal.tech_tags": _tech("goal.tech_tags", tag_counts=True),
    "goal.under_35": under_35,
    "goal.social_categories": social_categories,
    "goal.certified": certified,
}
