"""Who may fill which post: one literal table of roles (reference §1.1, §1.3 and the matrix of §3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory, StaffTier

_OFFICER = frozenset({PersonCategory.OFFICER})
_AUX = frozenset({PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL})


@dataclass(frozen=True)
class Role:
    """One kind of post: its module, the legal categories that may hold it, the skill that fits."""

    id: str
    title_zh: str
    title_en: str
    module: DutyModule | None
    categories: frozenset[PersonCategory]
    tier: StaffTier
    skill: str
    needs_officer: bool
    """Whether the holder works only under a named responsible officer (auxiliaries, §3.1)."""


def _role(
    role_id: str,
    zh: str,
    en: str,
    module: DutyModule | None,
    categories: frozenset[PersonCategory],
    skill: str,
    *,
    extension: bool = False,
    needs_officer: bool = False,
) -> Role:
    tier = StaffTier.EXTENSION if extension else StaffTier.CORE
    return Role(role_id, zh, en, module, categories, tier, skill, needs_officer)


_GRID = frozenset({PersonCategory.GRID_WORKER})
# 警务助理 (8.03) is neither officer nor auxiliary: volunteer rights only.
_VOLUNTEER = frozenset({PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT})
_SECURITY, _SERVICE = DutyModule.SECURITY, DutyModule.SERVICE
_MEDIATION, _DIGITAL = DutyModule.MEDIATION, DutyModule.DIGITAL

ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        _role("lead", "社区警务长", "community police lead", None, _OFFICER, "lead"),
        _role(
            "crew_officer",
            "巡处民警(治安警长)",
            "crew officer (public-order chief)",
            _SECURITY,
            _OFFICER,
            "patrol",
        ),
        _role("relief_officer", "机动民警", "relief officer", None, _OFFICER, "patrol"),
        _role("service_officer", "服务民警", "service officer", _SERVICE, _OFFICER, "service"),
        _role("mediation_officer", "调解民警", "mediation officer", _MEDIATION, _OFFICER, "mediation"),
        _role(
            "patrol_aux",
            "巡逻辅警",
            "patrol auxiliary",
            _SECURITY,
            frozenset({PersonCategory.AUX_DUTY}),
            "patrol",
            needs_officer=True,
        ),
        _role(
            "front_desk",
            "服务专员(接待窗口)",
            "service specialist (front desk)",
            _SERVICE,
            _AUX,
            "service",
            needs_officer=True,
        ),
        _role(
            "service_clerk",
            "文职服务辅警",
            "clerical service auxiliary",
            _SERVICE,
            frozenset({PersonCategory.AUX_CLERICAL}),
            "service",
            needs_officer=True,
        ),
        _role(
            "mediation_aux",
            "调解协助辅警",
            "mediation auxiliary",
            _MEDIATION,
            _AUX,
            "mediation",
            needs_officer=True,
        ),
        _role(
            "data_clerk",
            "数据录入辅警",
            "data clerk",
            _DIGITAL,
            frozenset({PersonCategory.AUX_CLERICAL}),
            "digital",
            needs_officer=True,
        ),
        _role(
            "legal_adviser",
            "法律顾问",
            "legal adviser",
            _SERVICE,
            frozenset({PersonCategory.LEGAL_ADVISER}),
            "law",
            extension=True,
        ),
        _role(
            "mediator",
            "调解员",
            "mediator",
            _MEDIATION,
            frozenset({PersonCategory.MEDIATOR}),
            "mediation",
            extension=True,
        ),
        _role(
            "counsellor",
            "心理咨询师",
            "counsellor",
            _MEDIATION,
            frozenset({PersonCategory.COUNSELLOR}),
            "counselling",
            extension=True,
        ),
        _role(
            "digital_specialist",
            "数字警务专员",
            "digital specialist",
            _DIGITAL,
            frozenset({PersonCategory.TECH_SPECIALIST}),
            "digital",
            extension=True,
        ),
        _role(
            "grid_service",
            "网格员(信息采集)",
            "grid worker (information)",
            _SERVICE,
            _GRID,
            "visit",
            extension=True,
        ),
        _role(
            "grid_mediation",
            "网格员(调解辅助)",
            "grid worker (mediation support)",
            _MEDIATION,
            _GRID,
            "mediation",
            extension=True,
        ),
        _role(
            "volunteer_patrol",
            "志愿巡防岗",
            "volunteer patrol",
            _SECURITY,
            _VOLUNTEER,
            "patrol",
            extension=True,
        ),
        _role(
            "volunteer_service",
            "志愿服务岗",
            "volunteer service",
            _SERVICE,
            _VOLUNTEER,
            "service",
            extension=True,
        ),
        _role(
            "volunteer_mediation",
            "志愿调解岗",
            "volunteer mediation",
            _MEDIATION,
            _VOLUNTEER,
            "mediation",
            extension=True,
        ),
    )
}

CREW_ROLE = "crew_officer"
LEAD_ROLE = "lead"
RELIEF_ROLE = "relief_officer"

CATEGORY_NAMES: dict[PersonCategory, tuple[str, str]] = {
    PersonCategory.OFFICER: ("民警", "officer"),
    PersonCategory.AUX_DUTY: ("勤务辅警", "duty auxiliary"),
    PersonCategory.AUX_CLERICAL: ("文职辅警", "clerical auxiliary"),
    PersonCategory.GRID_WORKER: ("网格员", "grid worker"),
    PersonCategory.VOLUNTEER: ("志愿者", "volunteer"),
    PersonCategory.POLICE_ASSISTANT: ("警务助理", "police assistant"),
    PersonCategory.MEDIATOR: ("调解员", "mediator"),
    PersonCategory.LEGAL_ADVISER: ("法律顾问", "legal adviser"),
    PersonCategory.COUNSELLOR: ("心理咨询师", "counsellor"),
    PersonCategory.TECH_SPECIALIST: ("技术专员", "technical specialist"),
}

MODULE_NAMES: dict[DutyModule | None, tuple[str, str]] = {
    _SECURITY: ("治安防控", "public-order prevention"),
    _SERVICE: ("服务管理", "service management"),
    _MEDIATION: ("矛盾调解", "dispute mediation"),
    _DIGITAL: ("智慧警务", "smart policing"),
    None: ("统筹/机动", "coordination and reserve"),
}

# Where a person's own paymaster is not stated: officers are established posts, auxiliaries and technicians
# purchased service, everybody else social forces (reference 2.03-2.05).
DEFAULT_SOURCE: dict[PersonCategory, FundingSource] = {
    category: (
        FundingSource.ESTABLISHMENT
        if category is PersonCategory.OFFICER
        else FundingSource.PURCHASED
        if category in (*_AUX, PersonCategory.TECH_SPECIALIST, PersonCategory.GRID_WORKER)
        else FundingSource.SOCIAL
    )
    for category in PersonCategory
}


def roles_for(category: PersonCategory) -> tuple[str, ...]:
    """Return the ids of the roles ``category`` may lawfully hold, in the table's order."""
    return tuple(role.id for role in ROLES.values() if category in role.categories)
