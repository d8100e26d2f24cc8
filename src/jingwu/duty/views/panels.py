"""The panels beside the board: what is wrong, what gives way, how evenly the load falls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from jingwu.duty.queries.board import BoardFacts
from jingwu.duty.queries.problem import Sheet, minutes_a_day
from jingwu.duty.queries.relaxing import COVER, names
from jingwu.duty.queries.repairs import Trouble
from jingwu.duty.views import present
from jingwu.engines.rostering import Breach
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory

LEVEL = {Severity.LAW: "act", Severity.NORM: "soon", Severity.GOAL: "know"}
BADGE = {Severity.LAW: "law", Severity.NORM: "norm", Severity.GOAL: "target"}


def fairness(facts: BoardFacts) -> list[dict[str, Any]]:
    """Return what everybody carries: this roster's count and, with the quarter before it, the total."""
    shown = [row for row in facts.rows if not row.is_appointed]
    return [
        {
            "name": row.name,
            "category": present.category(row.category),
            "nights": (row.load.nights, row.load.nights_total),
            "weekends": (row.load.weekends, row.load.weekends_total),
            "holidays": (row.load.holidays, row.load.holidays_total),
            "hours": (round(row.load.minutes / 60), round(row.load.minutes_total / 60)),
        }
        for row in shown
    ]


def fairness_words(facts: BoardFacts) -> str:
    """Return how evenly the rolling quarter falls on the officers, in one sentence."""
    crew = [row.load for row in facts.rows if row.category is PersonCategory.OFFICER and not row.is_appointed]
    if not crew:
        return ""
    nights = [load.nights_total for load in crew]
    weekends = [load.weekends_total for load in crew]
    return _("民警连前一季度:夜班 %(nights)s 个,周末 %(weekends)s 个") % {
        "nights": _range(nights),
        "weekends": _range(weekends),
    }


def _range(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least}–{most}" if least < most else f"{least}"


def too_long(facts: BoardFacts) -> str:
    """Return which shifts of the office's system its contract staff may not work, "" where there are none.

    Their places stay open, and what a chief sees of it otherwise is a crew without auxiliaries.
    """
    problem = facts.problem
    asked = {code for item in problem.demand if item.minimum for code in item.shifts}
    limits = [most for person in problem.people if (most := minutes_a_day(problem, person)) is not None]
    most = min(limits, default=0)
    long = [kind for kind in problem.shifts if kind.code in asked and kind.counted_minutes > most]
    if not limits or not long:
        return ""
    words = _("%(shifts)s超过合同制人员一天 %(hours)g 小时的上限(劳动法 §41),辅警不排这些班。")
    names = present.listed(present.said(kind.called_zh, kind.called_en) for kind in long)
    return words % {"shifts": names, "hours": most / 60}


def relaxed_rows(facts: BoardFacts) -> list[dict[str, str]]:
    """Return what the chief let give way, each with the id its button restores."""
    called = names(facts.sheet.norms)
    rows = [
        {"rule": rule, "words": present.said(called[rule].zh, called[rule].en)}
        for rule in facts.relaxed.get("rules", ())
        if rule in called
    ]
    fewer = facts.relaxed.get(COVER, {})
    if fewer:
        rows.append({"rule": COVER, "words": _("%(n)d 个班次少排") % {"n": len(fewer)}})
    return rows


def trouble_rows(found: Sequence[Trouble]) -> list[dict[str, Any]]:
    """Return the troubles in words, each with its button's content."""
    return [
        {
            "level": LEVEL[item.severity],
            "badge": BADGE[item.severity],
            "words": present.said(item.zh, item.en),
            "way": present.said(item.repair.zh, item.repair.en) if item.repair else "",
            "cells": json.dumps([[p, d.isoformat(), code] for p, d, code in item.repair.changes])
            if item.repair
            else "",
        }
        for item in found
    ]


def breach_list(sheet: Sheet, found: Sequence[Breach]) -> list[dict[str, Any]]:
    """Return breaches for the script: level, words, and the cell if there is one."""
    return [
        {
            "level": LEVEL[b.severity],
            "words": present.said(b.words_zh, b.words_en),
            "cell": f"{b.person}:{sheet.days[b.day].isoformat()}" if b.person and b.day is not None else "",
        }
        for b in found
    ]
