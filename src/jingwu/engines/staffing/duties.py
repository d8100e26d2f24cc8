"""The norms of a staffed district: each may be missed, and then says by how much and what it would take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from jingwu.engines.staffing.roles import CREW_ROLE, LEAD_ROLE, ROLES
from jingwu.engines.staffing.verdicts import StaffedDistrict, Verdict, miss
from jingwu.terms.people import PersonCategory

_OFFICER = PersonCategory.OFFICER


def supervisor_exclusive(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        if "social_supervisor" in plan.people[placement.person].exclusive_roles:
            yield miss(
                plan,
                "norm.supervisor_exclusive",
                placement.office,
                0,
                1,
                "person",
                (f"{placement.person} 同时是社会监督员", f"{placement.person} is a social supervisor too"),
                ("二者择一", "choose one of the two"),
                subject=placement.person,
            )


def one_lead(plan: StaffedDistrict) -> Iterator[Verdict]:
    for office, staff in plan.by_office.items():
        leads = sum(p.role == LEAD_ROLE for p in staff)
        if leads != 1:
            yield miss(
                plan,
                "norm.one_lead",
                office,
                leads,
                1,
                "person",
                (f"现有警务长 {leads} 名", f"{leads} leads"),
                ("任命或指定代理警务长(注明起止日期)", "appoint a lead, or an acting one with dates"),
            )


def _lead_check(plan: StaffedDistrict, rule: str, which: int) -> Iterator[Verdict]:
    for placement in plan.placements:
        if placement.role != LEAD_ROLE:
            continue
        person = plan.people[placement.person]
        if not plan.eligibility.lead_misses(person)[which]:
            continue
        value: float | None = person.grassroots_years if which == 0 else person.rank_level
        asked = plan.params.lead_min_grassroots_years if which == 0 else plan.params.lead_min_rank_level
        why = (
            (
                f"{person.code} 基层 {value:g} 年,要求 {asked:g} 年",
                f"{person.code} has {value:g} of {asked:g} years",
            )
            if which == 0 and value is not None
            else (f"{person.code} 职级不足", f"{person.code} is below the rank asked for")
            if value is not None
            else (f"{person.code} 的资料未登记", f"{person.code}: not on file")
        )
        way = (
            "写明理由后任命,或从邻室调入够条件者",
            "appoint with a reason, or bring a qualified officer from a neighbour",
        )
        unit = "year" if which == 0 else "level"
        yield miss(
            plan,
            rule,
            placement.office,
            value,
            asked,
            unit,
            why,
            way,
            subject=person.code,
            known=value is not None,
        )


def lead_years(plan: StaffedDistrict) -> Iterator[Verdict]:
    yield from _lead_check(plan, "norm.lead_years", 0)


def lead_rank(plan: StaffedDistrict) -> Iterator[Verdict]:
    yield from _lead_check(plan, "norm.lead_rank", 1)


def group_max_aux(plan: StaffedDistrict) -> Iterator[Verdict]:
    for group in plan.grouping.groups:
        if len(group.auxiliaries) > plan.params.group_max_aux:
            yield miss(
                plan,
                "norm.group_max_aux",
                group.office,
                len(group.auxiliaries),
                plan.params.group_max_aux,
                "person",
                (
                    f"{group.code} 有 {len(group.auxiliaries)} 名辅警",
                    f"{group.code} has {len(group.auxiliaries)} auxiliaries",
                ),
                ("多出的转前台或机动", "move the surplus to the front desk or the reserve"),
                subject=group.code,
            )


def lead_no_group(plan: StaffedDistrict) -> Iterator[Verdict]:
    leads = {p.person for p in plan.placements if p.role == LEAD_ROLE}
    for group in plan.grouping.groups:
        if group.officer in leads:
            yield miss(
                plan,
                "norm.lead_no_group",
                group.office,
                1,
                0,
                "group",
                (
                    f"{group.code} 由警务长兼带:本室没有其他民警",
                    f"the lead leads {group.code}: the office has no other officer",
                ),
                ("增配一名民警", "one more officer"),
                subject=group.code,
            )


def beat_responsible(plan: StaffedDistrict) -> Iterator[Verdict]:
    home = {p.person: p.office for p in plan.placements}
    for duty in plan.grouping.beats:
        if duty.officer is None or home.get(duty.officer) != duty.office:
            borrowed = duty.officer is not None
            yield miss(
                plan,
                "norm.beat_responsible",
                duty.office,
                0,
                1,
                "officer",
                (
                    (f"{duty.beat} 由邻室民警代管", f"{duty.beat} is held by a neighbouring office's officer")
                    if borrowed
                    else (f"{duty.beat} 无主责民警", f"{duty.beat} has no responsible officer")
                ),
                ("本室增配民警", "post an officer to this office"),
                subject=duty.beat,
            )


def security_crew(plan: StaffedDistrict) -> Iterator[Verdict]:
    for office, staff in plan.by_office.items():
        roles = Counter(p.role for p in staff)
        crews, patrol = roles[CREW_ROLE], roles["patrol_aux"]
        wanted = crews * plan.params.group_max_aux
        if crews == 0 or patrol < wanted:
            yield miss(
                plan,
                "norm.security_crew",
                office,
                patrol,
                max(wanted, plan.params.group_max_aux),
                "person",
                (f"{crews} 组共 {patrol} 名巡逻辅警", f"{crews} crews with {patrol} patrol auxiliaries"),
                ("增配勤务辅警,或按 1+1 组勤", "more duty auxiliaries, or crews of 1+1"),
            )


def minimum_posts(plan: StaffedDistrict) -> Iterator[Verdict]:
    for office, staff in plan.by_office.items():
        roles = Counter(p.role for p in staff)
        for role, minimum in plan.params.minimum_posts.items():
            if role in (LEAD_ROLE, CREW_ROLE) or roles[role] >= minimum:
                continue
            name = ROLES[role]
            yield miss(
                plan,
                "norm.minimum_posts",
                office,
                roles[role],
                minimum,
                "post",
                (f"{name.title_zh} {roles[role]}/{minimum}", f"{name.title_en}: {roles[role]} of {minimum}"),
                ("聘用,或与邻室共用", "engage one, or share with a neighbour"),
                subject=role,
            )


def minimum_crews(plan: StaffedDistrict) -> Iterator[Verdict]:
    begin, end = plan.params.minimum_crew_hours
    hour = np.arange(plan.crews.shape[1]) % 24
    base = (hour >= begin) & (hour < end)
    for index, office in enumerate(plan.offices):
        short = int(np.maximum(plan.params.minimum_crews - plan.crews[index, base], 0).sum())
        if short:
            yield miss(
                plan,
                "norm.minimum_crews",
                office,
                float(plan.crews[index, base].sum()),
                float(plan.params.minimum_crews * base.sum()),
                "crew-hour",
                (f"每周缺 {short} 组·小时,由邻室支援", f"{short} crew-hours a week are left to neighbours"),
                ("增配民警,或以邻室支援并写明理由", "more officers, or aid by neighbours with a reason"),
            )


def relief_for_absence(plan: StaffedDistrict) -> Iterator[Verdict]:
    officers = [p for p in plan.placements if p.category is _OFFICER]
    share = plan.params.availability_share[_OFFICER]
    usual = plan.params.weekly_minutes[_OFFICER]
    able = sum((plan.people[p.person].weekly_minutes or usual) / 60 * share for p in officers)
    asked = float(np.asarray(plan.crews).sum())
    if asked > able + 1e-9:
        yield miss(
            plan,
            "norm.relief_for_absence",
            None,
            asked,
            able,
            "hour",
            (
                f"每周在岗 {asked:.0f} 组·小时,全体民警扣除休假培训后只有 {able:.0f} 小时",
                f"{asked:.0f} crew-hours a week against {able:.0f} officer-hours net of leave and training",
            ),
            ("减少在岗班次或增配民警", "fewer tours or more officers"),
        )


def dual_track(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        person = plan.people[placement.person]
        if (
            person.category is not _OFFICER
            or person.office == placement.office
            or person.police_background is not False
        ):
            continue  # a selection is judged when somebody is newly posted
        yield miss(
            plan,
            "norm.dual_track",
            placement.office,
            0,
            1,
            "track",
            (f"{person.code} 无公安专业背景", f"{person.code} has no police-school background"),
            ("补专业培训后任职,或写明理由", "professional training first, or a reason"),
            subject=person.code,
        )


def community_years(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        person = plan.people[placement.person]
        if person.category is not _OFFICER or person.office == placement.office:
            continue
        if plan.eligibility.community_miss(person):
            yield miss(
                plan,
                "norm.community_years",
                placement.office,
                person.grassroots_years,
                plan.params.community_min_grassroots_years,
                "year",
                (
                    f"{person.code} 基层经历 {person.grassroots_years:g} 年",
                    f"{person.code}: {person.grassroots_years:g} years",
                ),
                ("安排双导师带教,或写明理由", "two mentors, or a reason"),
                subject=person.code,
            )


def certificate(plan: StaffedDistrict) -> Iterator[Verdict]:
    for placement in plan.placements:
        wanted = plan.params.required_certificates.get(placement.role)
        if wanted and wanted not in plan.people[placement.person].certificates:
            yield miss(
                plan,
                "norm.certificate",
                placement.office,
                0,
                1,
                "certificate",
                (f"{placement.person} 缺有效证书 {wanted}", f"{placement.person} lacks a valid {wanted}"),
                ("先取证,或换人", "certify first, or choose somebody else"),
                subject=placement.person,
            )


def weekly_minutes(plan: StaffedDistrict) -> Iterator[Verdict]:
    minutes = {tour.code: int(m) for tour, m in zip(plan.tour_set.tours, plan.tour_set.minutes, strict=True)}
    for group in plan.grouping.groups:
        contract = plan.people[group.officer].weekly_minutes
        if group.tour and contract and minutes[group.tour] > contract:
            yield miss(
                plan,
                "norm.weekly_minutes",
                group.office,
                minutes[group.tour] / 60,
                contract / 60,
                "hour",
                (
                    f"{group.officer} 的班 {minutes[group.tour] / 60:g} 小时",
                    f"{group.officer}'s tour has {minutes[group.tour] / 60:g} h",
                ),
                ("补休,或换短班", "compensatory rest, or a shorter tour"),
                subject=group.officer,
            )


def officer_pair(plan: StaffedDistrict) -> Iterator[Verdict]:
    crews = np.asarray(plan.crews).sum(axis=0)
    # Officers in all: fewer than a week of pairs can be made of is a fact the verdict has to tell.
    thin = np.flatnonzero(crews < 2)
    if len(thin):
        yield miss(
            plan,
            "norm.officer_pair",
            None,
            float(crews.min()),
            2,
            "officer",
            (
                f"每周 {len(thin)} 小时全区在岗民警不足两名",
                f"{len(thin)} hours a week have fewer than two officers on duty",
            ),
            (
                "把白天的班移到这些时段,或由派出所值班民警补足",
                "move tours into these hours, or let the station's duty officer make the pair",
            ),
        )
