"""Parts of a page as template tags: `{% load look %}`; docs/look.md shows each with its picture in words.

Levels everywhere: ``act`` (red, now), ``soon`` (amber), ``know`` (blue), ``fine`` (green), empty (grey).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from jingwu.journal.language import is_english
from jingwu.site.drawing.sparkline import sparkline_points
from jingwu.terms.refusal import InputProblem, Refusal, WayOut

register = template.Library()

LEVELS = ("act", "soon", "know", "fine", "")
SEVERITIES = ("law", "norm", "target")
ICON_NAMES = Path(__file__).resolve().parent.parent / "frontend" / "icons.txt"


@lru_cache(maxsize=1)
def _icon_names() -> frozenset[str]:
    return frozenset(ICON_NAMES.read_text().split())


def _level(level: str | None) -> str:
    level = level or ""
    if level not in LEVELS:
        raise template.TemplateSyntaxError(f"level {level!r} is none of {', '.join(filter(None, LEVELS))}")
    return level


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw one outline icon of frontend/icons.txt; without a label it is hidden from screen readers."""
    if name not in _icon_names():
        raise template.TemplateSyntaxError(f"icon {name!r} is not in frontend/icons.txt; add it there")
    href = f"{static('dist/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_block_tag
def page_head(content: str, sentence: str, scope: object = "") -> SafeString:
    """Open a page: the sentence that answers the user's question, a grey line of scope, the block's buttons.

    ``scope`` is a text or a list of texts; its parts are set apart by middle dots.
    """
    parts = [scope] if isinstance(scope, str | Promise) else list(scope or ())  # type: ignore[call-overload]
    grey = format_html_join(
        mark_safe('<span class="sep">·</span>'), "{}", ((part,) for part in parts if part)
    )
    buttons = format_html('<div class="actions">{}</div>', mark_safe(content)) if content.strip() else ""  # noqa: S308
    line = format_html('<p class="scope">{}</p>', grey) if grey else ""
    return format_html(
        '<div class="page-head"><div class="words"><h1>{}</h1>{}</div>{}</div>', sentence, line, buttons
    )


@register.simple_tag
def crumb(label: str, url: str = "", is_here: bool = False) -> SafeString:
    """Draw one step of the breadcrumb, inside `{% block crumbs %}`."""
    if is_here or not url:
        here = mark_safe(' class="here" aria-current="page"') if is_here else ""
        return format_html("<li{}>{}</li>", here, label)
    return format_html('<li><a href="{}">{}</a></li>', url, label)


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    note: str = "",
    more: str = "",
    more_url: str = "",
    css: str = "",
    id: str = "",
) -> SafeString:
    """Frame the block as a card with a header; ``css`` takes ``w3``…``w9`` (of 12 columns) and ``flush``."""
    link = ""
    if more and more_url:
        link = format_html('<span class="more"><a href="{}">{} ›</a></span>', more_url, more)
    elif more:
        link = format_html('<span class="more">{}</span>', more)
    header = ""
    if title:
        grey = format_html('<span class="note">{}</span>', note) if note else ""
        header = format_html("<header><h2>{}</h2>{}{}</header>", title, grey, link)
    own_id = format_html(' id="{}"', id) if id else ""
    return format_html(
        '<section class="panel {}"{}>{}<div class="body">{}</div></section>',
        css,
        own_id,
        header,
        mark_safe(content),  # noqa: S308 - the block was rendered, and escaped, by the engine
    )


@register.inclusion_tag("site/parts/figure.html")
def figure(
    label: str,
    value: object,
    unit: str = "",
    *,
    level: str = "",
    target: object = "",
    interval: object = "",
    n: int | None = None,
    n_needed: int = 0,
    note: str = "",
    trend: Iterable[float] | None = None,
    url: str = "",
) -> dict[str, object]:
    """Draw one figure that carries a page: value, small grey unit, target, sample or interval, trend.

    With ``n`` below ``n_needed`` the figure is grey and says so: too few cases to judge by.
    """
    too_few = n is not None and n < n_needed
    return {
        "label": label,
        "value": value,
        "unit": unit,
        "level": "" if too_few else _level(level),
        "target": target,
        "interval": interval,
        "n": n,
        "n_needed": n_needed,
        "too_few": too_few,
        "note": note,
        "points": sparkline_points(trend) if trend else None,
        "url": url,
    }


@register.simple_tag
def status(level: str, words: str) -> SafeString:
    """Draw a status: a dot that never comes without words."""
    return format_html('<span class="status"><i class="dot {}"></i>{}</span>', _level(level), words)


@register.simple_tag
def badge(kind: str, words: str = "") -> SafeString:
    """Draw a badge: ``law``/``norm``/``target`` name a rule's severity, a level colours ``words``."""
    if kind in SEVERITIES:
        names = {
            "law": pgettext("severity", "法律"),
            "norm": pgettext("severity", "规范"),
            "target": pgettext("severity", "目标"),
        }
        return format_html('<span class="badge-mark {}">{}</span>', kind, words or names[kind])
    return format_html('<span class="badge-mark {}">{}</span>', _level(kind), words)


@register.inclusion_tag("site/parts/legend.html")
def legend(items: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Draw a colour legend from pairs of tint (``short-3`` … ``spare``, a level, ``plan`` …) and words."""
    return {"items": tuple(items)}


@register.simple_block_tag
def empty(content: str, title: str, why: str = "", icon_name: str = "circle-dashed") -> SafeString:
    """Say that there is nothing yet and what to do next; the block holds the buttons."""
    return format_html(
        '<div class="empty">{}<b>{}</b><p>{}</p><div class="actions">{}</div></div>',
        icon(icon_name),
        title,
        why,
        mark_safe(content),  # noqa: S308 - rendered by the engine
    )


@register.inclusion_tag("site/parts/refusal.html")
def refusal_box(
    refusal: Refusal | None, title: str = "", rule: str = "", level: str = ""
) -> dict[str, object]:
    """Draw why something is not allowed, the rule behind it, and the ways out as buttons."""
    return {"refusal": refusal, "title": title, "rule": rule, "level": _level(level)}


@register.simple_tag
def refusal_text(refusal: Refusal | None) -> str:
    """Return a refusal's message in the page's language."""
    return refusal.message(get_language() or "") if refusal else ""


@register.simple_tag
def problem_text(problem: InputProblem) -> str:
    """Return an input problem's reason in the page's language."""
    return problem.reason(get_language() or "")


@register.simple_tag
def way_text(way: WayOut) -> str:
    """Return a way out's label in the page's language."""
    return way.label_en if is_english() else way.label_zh


@register.simple_tag
def change(was: object, now: object, unit: str = "") -> SafeString:
    """Draw a change inline: grey before, bold after."""
    grey = format_html('<span class="unit">{}</span>', unit) if unit else ""
    return format_html(
        '<span class="change"><span class="was">{}</span> → <ins>{}</ins>{}</span>', was, now, grey
    )


@register.inclusion_tag("site/parts/before_after.html")
def before_after(
    rows: Iterable[object], was: str = "", now: str = "", limit: str = "", between: str = ""
) -> dict[str, object]:
    """Draw a comparison table; each row has ``label``, ``was``, ``now`` and may have
    ``unit``, ``limit``, ``difference``, ``level``, ``interval``, and ``between``: a step on the way, shown
    where ``between`` heads its column.
    """
    rows = tuple(rows)
    return {
        "rows": rows,
        "was": was or _("今日"),
        "now": now or _("推荐方案"),
        "limit": limit,
        "between": between,
    }


@register.inclusion_tag("site/parts/job.html", takes_context=True)
def job_progress(context: dict[str, object], job: object) -> dict[str, object]:
    """Draw a job's progress, asking again every second until it has ended.

    ``job`` has ``state`` (queued, running, done, failed, cancelled), ``done_share`` (0–1), ``step``,
    ``remaining_seconds``, ``poll_url``, ``result_url``, ``cancel_url``, ``refusal``.
    """
    return {"job": job, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("site/parts/tabs.html")
def tabs(items: Iterable[tuple], here: str) -> dict[str, object]:
    """Draw tabs from tuples of key, label, address and optionally a count; ``here`` is the current key."""
    return {"items": [(*item, None)[:4] for item in items], "here": here}


@register.inclusion_tag("site/parts/stepper.html")
def stepper(steps: Iterable[str], now: int) -> dict[str, object]:
    """Draw the steps of a longer task; ``now`` is the current one, counted from 1."""
    rows = [
        (label, "past" if number < now else "now" if number == now else "next")
        for number, label in enumerate(steps, start=1)
    ]
    return {"rows": rows}


@register.inclusion_tag("site/parts/facts.html")
def facts(rows: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Draw pairs of label and value as a two-column list."""
    return {"rows": tuple(rows)}


@register.inclusion_tag("site/parts/field.html")
def field(bound: BoundField, suffix: str = "") -> dict[str, object]:
    """Draw one form field: label, control, help, and its errors in words beside it."""
    kind = getattr(bound.field.widget, "input_type", "")
    return {
        "field": bound,
        "suffix": suffix,
        "is_box": kind == "checkbox" and not hasattr(bound.field.widget, "choices"),
        "is_file": kind == "file",
        "is_choices": kind in ("radio", "checkbox") and hasattr(bound.field.widget, "choices"),
    }


@register.filter
def message_level(tag: str) -> str:
    """Return the level of one of Django's message tags."""
    return {"error": "act", "warning": "soon", "success": "fine", "info": "know"}.get(
        tag.split()[-1] if tag else "", ""
    )


@register.filter
def minutes(seconds: float | None) -> str:
    """Return seconds as words: under two minutes in seconds, under two hours in minutes."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return _("%(n)d 秒") % {"n": round(seconds)}
    if seconds < 7200:
        return _("%(n)d 分钟") % {"n": round(seconds / 60)}
    return _("%(n).1f 小时") % {"n": seconds / 3600}


@register.filter
def percent(share: float | None, digits: int = 1) -> str:
    """Return a share of 1 as a percentage without the sign, or a dash when there is none."""
    return "–" if share is None else f"{share * 100:.{digits}f}"
