"""Every named rule of a staffing plan: one literal table (reference §1.1-§1.3 and §3)."""

from __future__ import annotations

from dataclasses import dataclass

from jingwu.engines.staffing.roles import CATEGORY_NAMES, ROLES
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory

LAW, NORM, GOAL = Severity.LAW, Severity.NORM, Severity.GOAL


@dataclass(frozen=True)
class Rule:
    """A rule by name: law cannot be overridden, a norm needs a reason, a goal only scores."""

    id: str
    title_zh: str
    title_en: str
    severity: Severity
    source: str


RULES: dict[str, Rule] = {
    row[0]: Rule(*row)
    for row in (
        (
            "law.officer_in_group",
            "每个勤务组必有民警",
            "every duty group has an officer",
            LAW,
            "reference 1.13, §3.3 (1)",
        ),
        (
            "law.aux_under_officer",
            "辅警须在本室民警带领下工作",
            "auxiliaries work under an officer of their office",
            LAW,
            "reference §3.1, §3.3 (2)",
        ),
        (
            "law.category_duty",
            "岗位须由法定身份的人担任",
            "a post is held by the category the law allows",
            LAW,
            "reference §3.3 (4)",
        ),
        (
            "law.mediation_host",
            "治安调解由民警主持",
            "public-order mediation is hosted by an officer",
            LAW,
            "reference 1.16, §3.3",
        ),
        (
            "norm.officer_pair",
            "任一时刻全区至少两名民警在岗",
            "two officers on duty in the district at every hour",
            NORM,
            "reference §3.3 (1): two officers for inspection, weapons, control of suspects",
        ),
        (
            "law.volunteer_insured",
            "志愿者上岗须有有效保险",
            "a volunteer's insurance is valid",
            LAW,
            "reference §3.2, §3.3 (5)",
        ),
        ("law.recusal", "回避", "recusal", LAW, "reference §3.1, §3.3 (6)"),
        (
            "norm.supervisor_exclusive",
            "社会监督员不兼服务岗位",
            "a social supervisor holds no helping post",
            NORM,
            "reference 8.04, §3.3 (7)",
        ),
        (
            "norm.one_lead",
            "每室一名社区警务长",
            "one community police lead per office",
            NORM,
            "reference 1.05",
        ),
        ("norm.lead_years", "警务长基层工作年限", "grass-roots years of the lead", NORM, "reference 1.11"),
        (
            "norm.lead_rank",
            "警务长职级(副科级)",
            "rank of the lead (deputy section head)",
            NORM,
            "reference 1.11",
        ),
        (
            "norm.group_max_aux",
            "一名民警最多带两名辅警(1+2)",
            "at most two auxiliaries per officer (1+2)",
            NORM,
            "reference 1.13, §3.3 (3)",
        ),
        ("norm.lead_no_group", "警务长不带组", "the lead leads no group", NORM, "reference 1.13"),
        (
            "norm.beat_responsible",
            "每个片区有一名主责民警",
            "every beat has one responsible officer",
            NORM,
            "reference 1.14",
        ),
        ("norm.security_crew", "治安防控组 1+2", "public-order crew 1+2", NORM, "reference 3.03"),
        (
            "norm.minimum_posts",
            "各模块最低配置",
            "minimum posts of the modules",
            NORM,
            "reference 3.06, 3.10, 3.13",
        ),
        (
            "norm.minimum_crews",
            "基础保障最低在岗",
            "base guarantee: minimum crews on duty",
            NORM,
            "reference 2.01",
        ),
        (
            "norm.relief_for_absence",
            "休假培训有人替班",
            "relief for leave and training",
            NORM,
            "reference 2.01, planning §5.1",
        ),
        (
            "norm.dual_track",
            "双轨选拔:专业与社区",
            "dual-track selection: professional and community",
            NORM,
            "reference 2.09, 2.10",
        ),
        (
            "norm.community_years",
            "社区岗位基层经历",
            "grass-roots years for a community post",
            NORM,
            "reference 2.11",
        ),
        (
            "norm.certificate",
            "岗位证书有效",
            "the certificate of the post is valid",
            NORM,
            "reference §3.3 (5), 1.17",
        ),
        (
            "norm.weekly_minutes",
            "周工时不超合同",
            "a tour fits the contract's week",
            NORM,
            "reference 2.01, planning §6",
        ),
        ("goal.response_target", "到场时限达标", "response within the target", GOAL, "reference 3.16, 9.07"),
        ("goal.team_template", "1+5+2+4 团队模板", "team template 1+5+2+4", GOAL, "reference 1.09"),
        (
            "goal.mix.establishment",
            "三三制:编制岗位占比",
            "staffing mix: established posts",
            GOAL,
            "reference 2.03",
        ),
        (
            "goal.mix.purchased",
            "三三制:购买服务占比",
            "staffing mix: purchased service",
            GOAL,
            "reference 2.04",
        ),
        ("goal.mix.social", "三三制:社会力量占比", "staffing mix: social forces", GOAL, "reference 2.05"),
        ("goal.mix.reserve", "三三制:机动占比", "staffing mix: mobile reserve", GOAL, "reference 2.06"),
        (
            "goal.module_share.security",
            "治安防控工时占比",
            "hours of public-order prevention",
            GOAL,
            "reference 3.02",
        ),
        (
            "goal.module_share.service",
            "服务管理工时占比",
            "hours of service management",
            GOAL,
            "reference 3.05",
        ),
        (
            "goal.module_share.mediation",
            "矛盾调解工时占比",
            "hours of dispute mediation",
            GOAL,
            "reference 3.08",
        ),
        ("goal.module_share.digital", "智慧警务工时占比", "hours of smart policing", GOAL, "reference 3.12"),
        (
            "goal.tech_posts",
            "智能安防技术岗占比",
            "smart-security technicians among posts",
            GOAL,
            "reference 2.07",
        ),
        ("goal.tech_tags", "科技要素占比", "posts with a technology tag", GOAL, "reference 5.01"),
        ("goal.under_35", "35 岁以下占比", "share under 35", GOAL, "reference 2.10"),
        (
            "goal.social_categories",
            "社会力量不少于三类",
            "three kinds of social forces",
            GOAL,
            "reference 1.17",
        ),
        ("goal.certified", "社区民警资质认证", "certified community officers", GOAL, "reference 9.04"),
    )
}

_FACTS: dict[str, tuple[str, str]] = {
    "fact.budget": ("预算上限", "the budget"),
    "fact.crew_hours": ("民警可出勤时数", "the hours officers can be on duty"),
}


def title_of(rule: str) -> tuple[str, str]:
    """Return the Chinese and English title of a rule, or of a fact that a model holds as a rule."""
    if rule.startswith("fact.strength."):
        zh, en = CATEGORY_NAMES[PersonCategory(rule.removeprefix("fact.strength."))]
        return f"现有{zh}人数须全部上岗", f"every {en} at hand gets a post"
    if rule in _FACTS:
        return _FACTS[rule]
    if rule.startswith("norm.minimum_posts."):
        role = ROLES[rule.removeprefix("norm.minimum_posts.")]
        return f"最低配置:{role.title_zh}", f"minimum posts: {role.title_en}"
    if rule in RULES:
        return RULES[rule].title_zh, RULES[rule].title_en
    return rule, rule
