"""The rail of the desk and the tabs of the field: literal tables, so that every entry can be grepped.

An entry is shown when its address exists (a room that is not installed leaves no dead link) and the account
may do what the view behind it asks for: the guard on the view is the only list of roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jingwu.people.access import may


@dataclass(frozen=True)
class Entry:
    """One line of the rail; ``within`` names the rooms whose other pages it stands for."""

    label: str | Promise
    icon: str
    url_name: str
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
            Entry(_("总览"), "layout-dashboard", "overview", ("offices",)),
            Entry(
                _("今日值守"),
                "calendar-time",
                "duty:today",
                ("duty:absent", "duty:handover", "duty:mine"),
            ),
        ),
    ),
    Group(
        _("计划"),
        (
            Entry(_("警力配置"), "users-group", "planning:plans", ("planning",)),
            Entry(
                _("警力部署"),
                "map-route",
                "planning:deployment",
                ("planning:deployment_replay", "planning:beats", "planning:hot_places"),
            ),
            Entry(_("勤务排班"), "calendar-event", "duty:roster", ("duty",)),
            Entry(_("人员"), "users", "people:people", ("people",)),
            Entry(_("数据导入"), "file-import", "planning:imports", ("planning:import",)),
        ),
    ),
    Group(
        _("执行"),
        (
            Entry(_("警情"), "bell-ringing", "incidents:board", ("incidents",)),
            Entry(_("矛盾调解"), "scale", "mediation:cases", ("mediation",)),
            Entry(_("隐患整改"), "alert-triangle", "hazards:hazards", ("hazards",)),
            Entry(_("便民服务"), "id-badge", "services:requests", ("services",)),
            Entry(_("反诈劝阻"), "shield-check", "fraud:tasks", ("fraud",)),
            Entry(_("四维联动"), "affiliate", "partners:orders", ("partners",)),
            Entry(_("时间银行"), "clock-heart", "timebank:accounts", ("timebank",)),
        ),
    ),
    Group(
        _("检查 · 改进"),
        (
            Entry(_("考核评估"), "chart-radar", "assessment:board", ("assessment",)),
            Entry(_("培训演练"), "school", "training:board", ("training",)),
        ),
    ),
    Group(
        _("规则"),
        (
            Entry(_("规范库"), "book", "norms", ("norms",)),
            Entry(_("账号与权限"), "user-shield", "people:accounts"),
            Entry(_("审计"), "fingerprint", "journal:entries", ("journal",)),
        ),
    ),
)

FIELD_TABS: tuple[Entry, ...] = (
    Entry(_("任务"), "list-check", "field:tasks"),
    Entry(_("地图"), "map-pin", "field:map"),
    Entry(_("班表"), "calendar", "field:roster"),
    Entry(_("我的"), "user", "field:me"),
)

NAMED = frozenset(
    name
    for entry in (*FIELD_TABS, *(entry for group in RAIL for entry in group.entries))
    for name in (entry.url_name, *entry.within)
)
"""Pages and rooms that an entry names: such a page lights its own entry and not that of its room."""


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


def is_open_to(user: Any, url: str) -> bool:
    """Return whether the guard of the view at ``url`` lets the account in."""
    verb = getattr(resolve(url).func, "verb", "signed_in")
    return bool(user.is_authenticated) if verb == "signed_in" else may(user, verb)


def links(
    entries: Iterable[Entry],
    user: Any,
    *,
    view_name: str = "",
    counts: dict[str, int] | None = None,
) -> tuple[Link, ...]:
    """Return the entries that exist and are open to the account, marking the current one."""
    shown = []
    namespace = view_name.partition(":")[0]
    for entry in entries:
        url = address_of(entry.url_name)
        if not url or not is_open_to(user, url):
            continue
        # a page without an entry of its own lights the entry that stands for its room
        is_own = view_name in (entry.url_name, *entry.within)
        is_here = is_own or (view_name not in NAMED and namespace in entry.within)
        count = (counts or {}).get(entry.url_name, 0)
        shown.append(Link(str(entry.label), entry.icon, url, is_here, count))
    return tuple(shown)


def rail(user: Any, *, view_name: str = "", counts: dict[str, int] | None = None) -> tuple[LinkGroup, ...]:
    """Return the rail's groups that hold at least one link for the account."""
    groups = []
    for group in RAIL:
        shown = links(group.entries, user, view_name=view_name, counts=counts)
        if shown:
            groups.append(LinkGroup(str(group.title), shown))
    return tuple(groups)
