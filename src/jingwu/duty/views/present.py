"""From the board's facts to what its template draws: words, classes, widths."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from jingwu.duty.actions import CellChange
from jingwu.duty.queries.board import BoardFacts, CellFacts
from jingwu.duty.queries.cover import CoverFacts
from jingwu.duty.queries.kinds import KindFacts
from jingwu.duty.queries.problem import Sheet
from jingwu.engines.rostering import Calendar, Words
from jingwu.journal.language import is_english
from jingwu.offices.queries import OfficeFacts
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput

STEPS = 5
"""Heights a bar of the coverage strip can have: styles cannot be written into a page."""


def office_asked(request: HttpRequest, mine: Iterable[OfficeFacts]) -> OfficeFacts | None:
    """Return the office a page is asked about, None when it is none of ``mine``."""
    wanted = request.POST.get("office") or request.GET.get("office")
    return next((office for office in mine if office.code == wanted), None)


def back_to(url_name: str, office_code: str) -> HttpResponse:
    """Go to a page of the office somebody was looking at."""
    return redirect(reverse(url_name, query={"office": office_code} if office_code else None))


def said(zh: str, en: str) -> str:
    """Return the words of the page's language."""
    return en if is_english() else zh


def listed(words: Iterable[str]) -> str:
    """Return several words as a list in the page's language."""
    return pgettext("separator", "、").join(words)


def sentences(words: Iterable[Words]) -> str:
    """Return several reasons as one text in the page's language."""
    return pgettext("separator", ";").join(said(one.zh, one.en) for one in words)


def weekday(day: date) -> str:
    """Return the short name of the weekday."""
    names = (_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日"))
    return names[day.weekday()]


def category(value: PersonCategory) -> str:
    """Return a category in words."""
    return {
        PersonCategory.OFFICER: pgettext("person", "民警"),
        PersonCategory.AUX_DUTY: pgettext("person", "勤务辅警"),
        PersonCategory.AUX_CLERICAL: pgettext("person", "文职辅警"),
        PersonCategory.GRID_WORKER: pgettext("person", "网格员"),
        PersonCategory.VOLUNTEER: pgettext("person", "志愿者"),
        PersonCategory.POLICE_ASSISTANT: pgettext("person", "警务助理"),
        PersonCategory.MEDIATOR: pgettext("person", "调解员"),
        PersonCategory.LEGAL_ADVISER: pgettext("person", "法律顾问"),
        PersonCategory.COUNSELLOR: pgettext("person", "心理咨询师"),
        PersonCategory.TECH_SPECIALIST: pgettext("person", "技术专员"),
    }[value]


def sentence(facts: BoardFacts) -> str:
    """Return the page's first line: can it be published, and what is left to decide."""
    laws = sum(b.severity is Severity.LAW for b in facts.breaches)
    norms = sum(b.severity is Severity.NORM and b.kind != "cover" for b in facts.breaches)
    short = sum(day.is_short for day in facts.cover)
    name = _("%(m)d 月班表") % {"m": facts.first_day.month}
    if facts.first_day.month != facts.last_day.month:
        name = _("%(first)s至%(last)s的班表") % {"first": md(facts.first_day), "last": md(facts.last_day)}
    if facts.state == "published":
        if not short:
            return _("%(name)s已发布,每天的民警都够。") % {"name": name}
        words = ngettext(
            "%(name)s已发布,有 %(n)d 天民警不足。", "%(name)s已发布,有 %(n)d 天民警不足。", short
        )
        return words % {"name": name, "n": short}
    if facts.state == "replaced":
        return _("%(name)s已被新班表替换。") % {"name": name}
    if laws:
        words = ngettext("%(name)s还不能发布:%(n)d 处违法。", "%(name)s还不能发布:%(n)d 处违法。", laws)
        return words % {"name": name, "n": laws}
    left = norms + short
    if left:
        words = ngettext(
            "%(name)s可以发布,还有 %(n)d 处要您决定。", "%(name)s可以发布,还有 %(n)d 处要您决定。", left
        )
        return words % {"name": name, "n": left}
    return _("%(name)s可以发布:合法,每班都有民警。") % {"name": name}


def md(day: date) -> str:
    """Return month and day in the page's language."""
    return str(date_format(day, pgettext("date format", "n月j日")))


def scope(facts: BoardFacts) -> list[str]:
    """Return the grey line: where, how many, how good it is proved to be, how evenly the nights fall."""
    crew = [r for r in facts.rows if r.category is PersonCategory.OFFICER and not r.is_appointed]
    parts = [
        facts.office_name,
        facts.state_words,
        _("%(n)d 人") % {"n": len(facts.rows)},
        _("%(n)d 天") % {"n": len(facts.days)},
    ]
    if facts.solved.get("gap") is not None:
        gap = facts.solved["gap"]
        parts.append(_("与最优至多差 %(gap).1f%%") % {"gap": gap * 100} if gap else _("已证明最优"))
        parts.append(_("%(n).1f 秒") % {"n": facts.solved["seconds"]})
    if crew:
        nights = [row.load.nights for row in crew]
        parts.append(
            _("夜班民警人均 %(mean).1f 次(最多 %(most)d,最少 %(least)d)")
            % {"mean": sum(nights) / len(nights), "most": max(nights), "least": min(nights)}
        )
    if facts.plan_id:
        parts.append(_("需求来自“%(name)s”") % {"name": facts.plan_name or facts.plan_id})
    else:
        parts.append(_("需求按规范的最低配备"))
    parts.append(_("第 %(n)d 版") % {"n": facts.version})
    return parts


def day_label(day: date, days: Sequence[date]) -> str:
    """Return what stands above a column: the day, with the month where it begins."""
    return f"{day.month}/{day.day}" if day.day == 1 or day == days[0] else str(day.day)


def heads(facts: BoardFacts, days: Sequence[date]) -> list[dict[str, Any]]:
    """Return the columns' heads."""
    return [
        {
            "day": day,
            "label": day_label(day, days),
            "weekday": weekday(day),
            "is_free": facts.calendar.is_free(day),
            "is_holiday": day in facts.calendar.holidays,
            "title": md(day) + " " + (_("节假日") if day in facts.calendar.holidays else ""),
        }
        for day in days
    ]


def rows(facts: BoardFacts, days: Sequence[date], *, is_week: bool) -> list[dict[str, Any]]:
    """Return the people with their cells."""
    kinds = {kind.code: kind for kind in facts.kinds}
    shown = set(days)
    most = max([row.load.nights for row in facts.rows] + [1])
    return [
        {
            "id": row.person_id,
            "name": row.name,
            "note": _note(row),
            "is_lead": row.category is PersonCategory.OFFICER,
            "cells": [_cell(cell, kinds, is_week, facts.calendar) for cell in row.cells if cell.day in shown],
            "nights": row.load.nights,
            "nights_total": row.load.nights_total,
            "most": most,
            "hours": round(row.load.minutes / 60),
            "weekends": row.load.weekends,
        }
        for row in facts.rows
    ]


def _note(row: Any) -> str:
    parts = []
    if row.is_lead:
        parts.append(_("警务长"))
    if row.group:
        parts.append(row.group.rsplit("-", 1)[-1])
    if row.is_responsible:
        parts.append(_("主责"))
    if row.is_appointed:
        parts.append(_("约定"))
    return " · ".join(parts)


def _cell(
    cell: CellFacts, kinds: Mapping[str, KindFacts], is_week: bool, calendar: Calendar
) -> dict[str, Any]:
    shown = _cell_kind(cell, kinds)
    words = [said(b.words_zh, b.words_en) for b in cell.words]
    label = ", ".join([md(cell.day), shown["name"], *([_("已钉住")] if cell.is_pinned else []), *words])
    return {
        "key": f"{cell.person_id}:{cell.day.isoformat()}",
        "code": cell.code,
        "sign": shown["sign"],
        "look": shown["look"],
        "hours": shown["hours"] if is_week else "",
        "level": cell.level,
        "is_pinned": cell.is_pinned,
        "label": label,
        "title": "\n".join([f"{md(cell.day)} {shown['name']} {shown['hours']}".strip(), *words]),
        "is_free": calendar.is_free(cell.day),
    }


def _cell_kind(cell: CellFacts, kinds: Mapping[str, KindFacts]) -> dict[str, str]:
    shown = kind(kinds.get(cell.code))
    if cell.code:
        return shown
    if cell.leave == "training":
        return shown | {"sign": _("训"), "look": "training", "name": _("培训")}
    if cell.is_absent:
        return shown | {"sign": _("缺"), "look": "leave", "name": _("缺勤")}
    if cell.leave:
        return shown | {"sign": _("假"), "look": "leave", "name": _("请假")}
    return shown


def cover(facts: BoardFacts, days: Sequence[date]) -> list[dict[str, Any]]:
    """Return the coverage strip: height and words of every day, and its hours."""
    kinds = {kind.code: kind for kind in facts.kinds}
    shown = set(days)
    return [_cover(item, kinds) for item in facts.cover if item.day in shown]


def _cover(item: CoverFacts, kinds: Mapping[str, KindFacts]) -> dict[str, Any]:
    posts = [
        _("%(name)s:民警 %(there)d/%(need)d,辅警 %(helpers)d/%(wanted)d")
        % {
            "name": kind_name(kinds[post.code]),
            "there": post.officers,
            "need": post.officers_least,
            "helpers": post.helpers,
            "wanted": post.helpers_wanted,
        }
        for post in item.posts
    ]
    helpers = sum(min(post.helpers, post.helpers_wanted) for post in item.posts)
    wanted = sum(post.helpers_wanted for post in item.posts) or 1
    full = item.share if item.is_short else 0.6 + 0.4 * helpers / wanted
    return {
        "step": max(1, round(full * STEPS)),
        "level": "act" if item.is_short else "",
        "title": "\n".join([md(item.day), *posts]),
        "hours": [
            {
                "step": min(STEPS, supply),
                "is_short": supply < need,
                "title": f"{hour:02}:00 {supply}/{need:.0f}",
            }
            for hour, (supply, need) in enumerate(zip(item.supply_by_hour, item.need_by_hour, strict=True))
        ],
    }


def place(text: object) -> tuple[int, date]:
    """Read ``person:day`` as the page writes it.

    Raises: BadInput for anything else.
    """
    person, _colon, day = str(text or "").partition(":")
    try:
        return int(person), date.fromisoformat(day)
    except ValueError as error:
        raise BadInput("board.cell", "没有这个格子。", "There is no such cell.") from error


def cells_of(items: Any) -> list[CellChange]:
    """Read a list of ``[person, day, code]``, or its JSON as a form sends it.

    Raises: BadInput for anything else.
    """
    try:
        found = json.loads(items) if isinstance(items, str) else items
        return [CellChange(int(p), date.fromisoformat(d), str(code)) for p, d, code in found]
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadInput("board.cells", "格子读不懂。", "The cells cannot be read.") from error


def number(asked: Mapping[str, Any], name: str = "seen") -> int:
    """Read a whole number the page sent; by default the version it had seen.

    Raises: BadInput when it is missing.
    """
    try:
        return int(asked.get(name, ""))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput("board.seen", "缺少版本号。", "The version is missing.") from error


def changes_of(sheet: Sheet, asked: Mapping[str, Any]) -> list[CellChange]:
    """Return the cells a step would change: a move, one cell, or a list of cells."""
    if asked.get("what") == "move":
        source, target = place(asked.get("from")), place(asked.get("to"))
        return [
            CellChange(*source, sheet.cells.get(target, "")),
            CellChange(*target, sheet.cells.get(source, ""), is_pinned=True),
        ]
    if "cells" in asked:
        return cells_of(asked["cells"])
    person, day = place(asked.get("to"))
    return [CellChange(person, day, str(asked.get("code", "")))]


def kind_name(facts: KindFacts) -> str:
    """Return the name of a shift kind in the page's language."""
    return said(facts.name_zh, facts.name_en)


def kind(facts: KindFacts | None) -> dict[str, str]:
    """Return a shift kind, or a day off, as pages show it: sign, name, look and hours."""
    if facts is None:
        return {"sign": _("休"), "name": _("休息"), "look": "off", "hours": ""}
    return {
        "sign": said(facts.sign, facts.code),
        "name": kind_name(facts),
        "look": facts.look,
        "hours": facts.hours,
    }


def legend(facts: BoardFacts) -> list[dict[str, str]]:
    """Return the shift kinds of the legend."""
    return [kind(item) for item in facts.kinds]


def kinds_json(board: BoardFacts) -> str:
    """Return the menu of shift kinds for the script."""
    shown = [(facts.code, kind(facts)) for facts in board.kinds] + [("", kind(None))]
    menu = [one | {"code": code, "name": f"{one['name']} {one['hours']}".strip()} for code, one in shown]
    return json.dumps(menu)


def words_json() -> str:
    """Return what the script says in the page's language."""
    return json.dumps(
        {
            "fine": _("可以:没有新的问题"),
            "pin": _("钉住"),
            "unpin": _("松开"),
            "move": _("移动"),
            "tapping": _("点要放到的格子"),
            "moving": _("已拿起:到目标格按回车放下,Esc 取消"),
            "failed": _("没有执行"),
        }
    )
