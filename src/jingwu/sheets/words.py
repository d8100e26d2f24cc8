# catalogue: data - words of files
"""Which words in a cell mean which category or priority of an incident, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from jingwu.terms.incidents import IncidentCategory, Priority

CATEGORY_WORDS: dict[str, IncidentCategory] = {
    "刑事": IncidentCategory.CRIME,
    "刑事案件": IncidentCategory.CRIME,
    "刑事警情": IncidentCategory.CRIME,
    "治安": IncidentCategory.PUBLIC_ORDER,
    "治安案件": IncidentCategory.PUBLIC_ORDER,
    "治安警情": IncidentCategory.PUBLIC_ORDER,
    "纠纷": IncidentCategory.DISPUTE,
    "矛盾纠纷": IncidentCategory.DISPUTE,
    "求助": IncidentCategory.HELP,
    "群众求助": IncidentCategory.HELP,
    "交通": IncidentCategory.TRAFFIC,
    "交通警情": IncidentCategory.TRAFFIC,
    "火灾": IncidentCategory.FIRE_DISASTER,
    "灾害事故": IncidentCategory.FIRE_DISASTER,
    "火灾灾害": IncidentCategory.FIRE_DISASTER,
    "群体性事件": IncidentCategory.MASS_INCIDENT,
    "诈骗": IncidentCategory.FRAUD,
    "电信诈骗": IncidentCategory.FRAUD,
    "线索": IncidentCategory.CLUE,
    "举报": IncidentCategory.CLUE,
    "投诉": IncidentCategory.COMPLAINT_POLICE,
    "投诉民警": IncidentCategory.COMPLAINT_POLICE,
    "非警务": IncidentCategory.NON_POLICE,
    "非警务警情": IncidentCategory.NON_POLICE,
    "咨询": IncidentCategory.CONSULT,
}
PRIORITY_WORDS: dict[str, Priority] = {
    "1": Priority.P1,
    "2": Priority.P2,
    "3": Priority.P3,
    "4": Priority.P4,
    "p1": Priority.P1,
    "p2": Priority.P2,
    "p3": Priority.P3,
    "p4": Priority.P4,
    "一级": Priority.P1,
    "二级": Priority.P2,
    "三级": Priority.P3,
    "四级": Priority.P4,
    "紧急": Priority.P1,
    "较急": Priority.P2,
    "一般": Priority.P3,
    "非紧急": Priority.P4,
}


def words_of(kind: type[Enum], chinese: Mapping[str, Enum]) -> dict[str, Enum]:
    """Return every word understood for an enumeration, lower case: its own values and the Chinese ones."""
    return {str(member.value).lower(): member for member in kind} | dict(chinese)
