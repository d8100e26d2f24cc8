# catalogue: data - headers and words of files, problems in both languages
"""Which words in a cell mean which value of an enumeration: literal tables, Chinese and English."""

from __future__ import annotations

from jingwu.planning.district.records import Rank
from jingwu.terms.duty import DutyModule
from jingwu.terms.incidents import AreaType
from jingwu.terms.people import FundingSource, PersonCategory

PERSON_WORDS: dict[str, PersonCategory] = {
    "民警": PersonCategory.OFFICER,
    "警察": PersonCategory.OFFICER,
    "社区民警": PersonCategory.OFFICER,
    "勤务辅警": PersonCategory.AUX_DUTY,
    "文职辅警": PersonCategory.AUX_CLERICAL,
    "网格员": PersonCategory.GRID_WORKER,
    "网格管理员": PersonCategory.GRID_WORKER,
    "志愿者": PersonCategory.VOLUNTEER,
    "警务助理": PersonCategory.POLICE_ASSISTANT,
    "调解员": PersonCategory.MEDIATOR,
    "法律顾问": PersonCategory.LEGAL_ADVISER,
    "心理咨询师": PersonCategory.COUNSELLOR,
    "技术专员": PersonCategory.TECH_SPECIALIST,
    "数字警务专员": PersonCategory.TECH_SPECIALIST,
}
SOURCE_WORDS: dict[str, FundingSource] = {
    "编制": FundingSource.ESTABLISHMENT,
    "编制内": FundingSource.ESTABLISHMENT,
    "在编": FundingSource.ESTABLISHMENT,
    "政府购买服务": FundingSource.PURCHASED,
    "政府购买": FundingSource.PURCHASED,
    "购买服务": FundingSource.PURCHASED,
    "社会力量": FundingSource.SOCIAL,
    "临时聘用": FundingSource.SOCIAL,
    "机动": FundingSource.RESERVE,
    "机动储备": FundingSource.RESERVE,
}
RANK_WORDS: dict[str, Rank] = {
    "科员": Rank.CLERK,
    "办事员": Rank.CLERK,
    "副科级": Rank.DEPUTY_SECTION,
    "副科": Rank.DEPUTY_SECTION,
    "正科级": Rank.SECTION,
    "正科": Rank.SECTION,
    "副处级": Rank.DEPUTY_DIVISION,
    "副处": Rank.DEPUTY_DIVISION,
    "正处级": Rank.DIVISION,
    "正处": Rank.DIVISION,
}
AREA_WORDS: dict[str, AreaType] = {
    "城区": AreaType.URBAN,
    "市区": AreaType.URBAN,
    "城市": AreaType.URBAN,
    "近郊": AreaType.SUBURBAN,
    "城郊": AreaType.SUBURBAN,
    "郊区": AreaType.SUBURBAN,
    "农村": AreaType.RURAL,
    "乡村": AreaType.RURAL,
}
MODULE_WORDS: dict[str, DutyModule] = {
    "治安防控": DutyModule.SECURITY,
    "服务管理": DutyModule.SERVICE,
    "矛盾调解": DutyModule.MEDIATION,
    "智慧警务": DutyModule.DIGITAL,
}
TRUTH_WORDS: dict[str, bool] = {
    **dict.fromkeys(("是", "有", "1", "true", "yes", "y", "√", "对"), True),
    **dict.fromkeys(("否", "无", "0", "false", "no", "n", "×", "错"), False),
}

# Who pays, when the table does not say; shown as a note in the report.
USUAL_SOURCE: dict[PersonCategory, FundingSource] = {
    PersonCategory.OFFICER: FundingSource.ESTABLISHMENT,
    PersonCategory.AUX_DUTY: FundingSource.PURCHASED,
    PersonCategory.AUX_CLERICAL: FundingSource.PURCHASED,
    PersonCategory.TECH_SPECIALIST: FundingSource.PURCHASED,
    PersonCategory.GRID_WORKER: FundingSource.SOCIAL,
    PersonCategory.VOLUNTEER: FundingSource.SOCIAL,
    PersonCategory.POLICE_ASSISTANT: FundingSource.SOCIAL,
    PersonCategory.MEDIATOR: FundingSource.SOCIAL,
    PersonCategory.LEGAL_ADVISER: FundingSource.SOCIAL,
    PersonCategory.COUNSELLOR: FundingSource.SOCIAL,
}
