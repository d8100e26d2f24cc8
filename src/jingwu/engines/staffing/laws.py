"""The law of a staffed district: each rule is a function from the plan to what breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from jingwu.engines.staffing.roles import CATEGORY_NAMES, ROLES
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict, miss
from jingwu.terms.people import PersonCategory

_AUXILIARIES = (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL)
_OFFICER = PersonCategory.OFFICER


def officer_in_group(plan: StaffedDistrict) -> Iterator[Verdict]:
    for group in plan.grouping.groups:
        leader = plan.people.get(group.officer)
        if leader is None or leader.category is not _OFFICER:
            yield miss(
                plan,
                "law.officer_in_group",
                group.office,
                0,
                1,
                "officer",
                (f"{group.code} 没有民警", f"group {group.code} has no officer"),
                ("为该组配一名民警或撤销该组", "give the group an officer, or dissolve it"),
                subject=group.code,
            )


def aux_under_officer(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        if placement.category not in _AUXILIARIES:
            continue
        officer = plan.people.get(plan.grouping.responsible.get(placement.person, ""))
        if officer is None or officer.category is not _OFFICER:
            yield miss(
                plan,
                "law.aux_under_officer",
                placement.office,
                0,
                1,
                "officer",
                (f"{placement.person} 无责任民警", f"{placement.person} has no responsible officer"),
                (
                    "本室增配民警,或把辅警调往有民警的警务室",
                    "post an officer here, or move the auxiliary to an office with one",
                ),
                subject=placement.person,
            )


def category_duty(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        if placement.category not in ROLES[placement.role].categories:
            role, category = ROLES[placement.role], CATEGORY_NAMES[placement.category]
            yield miss(
                plan,
                "law.category_duty",
                placement.office,
                0,
                1,
                "post",
                (
                    f"{category[0]}{placement.person}不得任{role.title_zh}",
                    f"a {category[1]} may not be {role.title_en}",
                ),
                ("换由有法定身份的人担任", "let somebody of a lawful category hold the post"),
                subject=placement.person,
            )


def mediation_host(plan: StaffedDistrict) -> Iterator[Verdict]:
    for office, staff in plan.by_office.items():
        helpers = [p for p in staff if ROLES[p.role].id in ("mediation_aux", "grid_mediation")]
        if helpers and not any(p.category is _OFFICER for p in staff):
            yield miss(
                plan,
                "law.mediation_host",
                office,
                0,
                1,
                "officer",
                ("有调解辅助人员而无民警主持", "mediation helpers without an officer to host"),
                ("调入一名民警,或由派出所民警主持", "post an officer, or let the station's officer host"),
            )


def volunteer_insured(plan: StaffedDistrict) -> Iterator[Verdict]:
    unknown = 0
    for placement in plan.placements:
        insured = plan.eligibility.insured(plan.people[placement.person])
        unknown += insured is None
        if insured is False:
            yield miss(
                plan,
                "law.volunteer_insured",
                placement.office,
                0,
                1,
                "certificate",
                (
                    f"{placement.person} 保险过期或没有",
                    f"{placement.person}'s insurance is expired or missing",
                ),
                ("先办理意外伤害保险再上岗", "insure the volunteer first"),
                subject=placement.person,
            )
    if unknown:
        yield miss(
            plan,
            "law.volunteer_insured",
            None,
            None,
            None,
            "certificate",
            (
                f"{unknown} 名志愿者的保险未登记,上岗前须核对",
                f"insurance of {unknown} volunteers is not on file: check before duty",
            ),
            ("登记保险及有效期", "enter the insurance and its expiry"),
            known=False,
        )


def recusal(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        if placement.office in plan.people[placement.person].barred_offices:
            yield miss(
                plan,
                "law.recusal",
                placement.office,
                0,
                1,
                "person",
                (f"{placement.person} 应回避本室", f"{placement.person} must keep away from this office"),
                ("调往其他警务室", "post to another office"),
                subject=placement.person,
            )
    for duty in plan.grouping.beats:
        if duty.officer and duty.beat in plan.people[duty.officer].barred_offices:
            yield miss(
                plan,
                "law.recusal",
                duty.office,
                0,
                1,
                "person",
                (
                    f"{duty.officer} 应回避片区 {duty.beat}",
                    f"{duty.officer} must keep away from beat {duty.beat}",
                ),
                ("换主责民警", "change the responsible officer"),
                subject=duty.beat,
            )
