"""The rail of the desk and the tabs of the field: literal tables, so that every entry can be grepped.

An entry is shown when its address exists (a room that is not installed leaves no dead link) and one of the
account's roles is on its positive list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jingwu.terms.people import AccountRole as Role

DESK = frozenset(
    {Role.DISTRICT_MANAGER, Role.CHIEF, Role.OFFICER, Role.AUXILIARY, Role.GRID_WORKER, Role.ASSESSOR}
)
LEADERS = frozenset({Role.DISTRICT_MANAGER, Role.CHIEF})
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


@dataclass(frozen=True)
class Entry:
    """One line of the rail; ``roles`` is a positive list, ``within`` are further addresses it stands for."""

    label: str | Promise
    icon: str
    url_name: str
    roles: frozenset[Role]
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """One headed part of the rail."""

    title: str | Promise
    entries: tuple[Entry, ...]


RAIL: tuple[Group, ...] = (
    Group(
        "",
        (
            Entry(_("总览"), "layout-dashboard", "overview", DESK, ("offices",)),
            Entry(_("今日值守"), "calendar-time", "duty:today", DESK),
        ),
    ),
    Group(
        _("计划"),
        (
            Entry(_("警力配置"), "users-group", "planning:plans", LEADERS | {Role.ASSESSOR}, ("planning",)),
            Entry(_("警力部署"), "map-route", "planning:deployment", LEADERS),
            Entry(_("勤务排班"), "calendar-event", "duty:roster", DESK),
            Entry(_("人员"), "users", "people:people", LEADERS | {Role.OFFICER, Role.ASSESSOR}, ("people",)),
            Entry(_("数据导入"), "file-import", "imports", LEADERS | {Role.SYSTEM_ADMIN}),
        ),
    ),
    Group(
        _("执行"),
        (
            Entry(_("警情"), "bell-ringing", "incidents:board", DESK, ("incidents",)),
            Entry(_("矛盾调解"), "scale", "mediation:cases", DESK, ("mediation",)),
            Entry(_("隐患整改"), "alert-triangle", "hazards:hazards", DESK, ("hazards",)),
            Entry(_("便民服务"), "id-badge", "services:requests", DESK, ("services",)),
            Entry(_("反诈劝阻"), "shield-check", "fraud:tasks", DESK, ("fraud",)),
            Entry(_("四维联动"), "affiliate", "partners:orders", DESK, ("partners",)),
            Entry(_("时间银行"), "clock-heart", "timebank:accounts", DESK, ("timebank",)),
        ),
    ),
    Group(
        _("检查 · 改进"),
        (
            Entry(_("考核评估"), "chart-radar", "assessment:board", DESK, ("assessment",)),
            Entry(_("培训演练"), "school", "training:board", DESK, ("training",)),
        ),
    ),
    Group(
        _("规则"),
        (
            Entry(_("规范库"), "book", "norms", DESK | ADMINISTRATORS, ("norms",)),
            Entry(
                _("账号与权限"),
                "user-shield",
                "people:accounts",
                frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}),
            ),
            Entry(
                _("审计"),
                "fingerprint",
                "journal:entries",
                frozenset({Role.AUDIT_ADMIN}),
                ("journal",),
            ),
        ),
    ),
)

FIELD_TABS: tuple[Entry, ...] = (
    Entry(_("任务"), "list-check", "field:tasks", DESK),
    Entry(_("地图"), "map-pin", "field:map", DESK),
    Entry(_("班表"), "calendar", "field:roster", DESK),
    Entry(_("我的"), "user", "field:me", DESK),
)


@dataclass(frozen=True)
class Link:
    """An entry as one account sees it on one page."""

    label: str
    icon: str
    url: str
    is_here: bool
    count: int = 0


@dataclass(frozen=True)
class LinkGroup:
    """A headed part of the rail as one account sees it."""

    title: str
    links: tuple[Link, ...]


def address_of(url_name: str) -> str:
    """Return the address of ``url_name``, or an empty text when no installed room offers it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def links(
    entries: Iterable[Entry],
    roles: frozenset[str] | None,
    *,
    view_name: str = "",
    counts: dict[str, int] | None = None,
) -> tuple[Link, ...]:
    """Return the entries that exist and that ``roles`` may see (None sees all), marking the current one."""
    shown = []
    exact = {entry.url_name for entry in entries}
    namespace = view_name.partition(":")[0]
    for entry in entries:
        if roles is not None and not roles & entry.roles:
            continue
        url = address_of(entry.url_name)
        if not url:
            continue
        # a page without an entry of its own lights the entry that stands for its room
        is_here = view_name == entry.url_name or (view_name not in exact and namespace in entry.within)
        count = (counts or {}).get(entry.url_name, 0)
        shown.append(Link(str(entry.label), entry.icon, url, is_here, count))
    return tuple(shown)


def rail(
    roles: frozenset[str] | None, *, view_name: str = "", counts: dict[str, int] | None = None
) -> tuple[LinkGroup, ...]:
    """Return the rail's groups that hold at least one link for ``roles``."""
    groups = []
    for group in RAIL:
        shown = links(group.entries, roles, view_name=view_name, counts=counts)
        if shown:
            groups.append(LinkGroup(str(group.title), shown))
    return tuple(groups)
