"""Who works in and around an office: categories, capacities, roles (glossary: reference §9)."""

from __future__ import annotations

from enum import StrEnum


class PersonCategory(StrEnum):
    """Legal category of a person; what somebody may do follows from it (reference §3.3)."""

    OFFICER = "officer"  # 民警
    AUX_DUTY = "aux_duty"  # 勤务辅警
    AUX_CLERICAL = "aux_clerical"  # 文职辅警
    GRID_WORKER = "grid_worker"  # 网格员
    VOLUNTEER = "volunteer"  # 志愿者
    POLICE_ASSISTANT = "police_assistant"  # 警务助理: volunteer rights only
    MEDIATOR = "mediator"  # 调解员
    LEGAL_ADVISER = "legal_adviser"  # 法律顾问
    COUNSELLOR = "counsellor"  # 心理咨询师
    TECH_SPECIALIST = "tech_specialist"  # 技术专员


class FundingSource(StrEnum):
    """Who pays for a post (三三制)."""

    ESTABLISHMENT = "establishment"  # 编制
    PURCHASED = "purchased"  # 政府购买服务
    SOCIAL = "social"  # 社会力量
    RESERVE = "reserve"  # 机动


class StaffTier(StrEnum):
    """核心 or 外延."""

    CORE = "core"
    EXTENSION = "extension"


class AccountRole(StrEnum):
    """What an account may do; permissions are positive lists by role and scope."""

    DISTRICT_MANAGER = "district_manager"
    CHIEF = "chief"
    OFFICER = "officer"
    AUXILIARY = "auxiliary"
    GRID_WORKER = "grid_worker"
    VOLUNTEER = "volunteer"
    ASSESSOR = "assessor"
    SYSTEM_ADMIN = "system_admin"  # 三员分立: system,
    SECURITY_ADMIN = "security_admin"  # security
    AUDIT_ADMIN = "audit_admin"  # and audit administrator are three people


class OrgLevel(StrEnum):
    """Levels of the organisation, top down."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STATION = "station"  # 派出所
    OFFICE = "office"  # 社区警务室


class PostRole(StrEnum):
    """What a person is at an office: the post held, not the account's permissions."""

    LEAD = "lead"  # 社区警务长
    RESPONSIBLE_OFFICER = "responsible_officer"  # 主责民警
    ORDER_CHIEF = "order_chief"  # 治安警长
    OFFICER = "officer"  # 民警
    AUXILIARY = "auxiliary"  # 辅警
    SERVICE_SPECIALIST = "service_specialist"  # 服务专员
    DIGITAL_SPECIALIST = "digital_specialist"  # 数字警务专员
    GRID_WORKER = "grid_worker"  # 网格员
    VOLUNTEER = "volunteer"  # 志愿者服务岗
    MEDIATOR = "mediator"  # 调解员
    COUNSELLOR = "counsellor"  # 心理咨询师
    LEGAL_ADVISER = "legal_adviser"  # 法律顾问
