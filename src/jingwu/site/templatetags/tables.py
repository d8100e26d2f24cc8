"""Server-paged, sortable tables as template tags: `{% load tables %}`.

The query string carries the page, the order and the filters, so that every state of a table is an address:
it can be sent to somebody, works without scripts, and htmx only saves the reload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

from django import template
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from jingwu.site.templatetags.look import icon

register = template.Library()


@dataclass(frozen=True)
class Order:
    """How a table is sorted: the field and its direction, as asked for in the query string."""

    field: str
    descending: bool


def order_of(request: HttpRequest, allowed: Sequence[str], prefix: str = "") -> Order | None:
    """Return the order asked for, or None when none, or one not on the positive list, was asked."""
    asked = request.GET.get(f"{prefix}sort", "")
    name = asked.removeprefix("-")
    return Order(name, asked.startswith("-")) if name in allowed else None


def _query(request: HttpRequest, **changes: object) -> str:
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _sorted(rows: Any, order: Order) -> Any:
    if hasattr(rows, "order_by"):
        # the primary key makes the order total: equal rows never swap between two pages
        return rows.order_by(f"-{order.field}" if order.descending else order.field, "pk")
    rows = list(rows)
    read = itemgetter(order.field) if rows and isinstance(rows[0], dict) else attrgetter(order.field)
    known = [row for row in rows if read(row) is not None]
    # facts that are not known stand last in both directions
    return sorted(known, key=read, reverse=order.descending) + [row for row in rows if read(row) is None]


@register.simple_tag(takes_context=True)
def paginate(context: dict, rows: Any, per: int = 50, sorts: str = "", prefix: str = "") -> Page:
    """Return the page of ``rows`` that the query string asks for, sorted by one of ``sorts``' fields.

    ``rows`` is a QuerySet or any sequence; ``prefix`` keeps two tables of one page apart. A page number that
    is no number shows the first page, one past the end the last.
    """
    request = context["request"]
    order = order_of(request, [name.strip() for name in sorts.split(",") if name.strip()], prefix)
    if order:
        rows = _sorted(rows, order)
    return Paginator(rows, per).get_page(request.GET.get(f"{prefix}page"))


@register.simple_tag(takes_context=True)
def sort_header(context: dict, field: str, label: str, prefix: str = "") -> SafeString:
    """Draw a header that sorts by ``field``: rising, then falling, then as handed in."""
    request = context["request"]
    asked = request.GET.get(f"{prefix}sort", "")
    following = {field: f"-{field}", f"-{field}": ""}.get(asked, field)
    url = _query(request, **{f"{prefix}sort": following, f"{prefix}page": None})
    if asked == field:
        here, arrow = 'aria-current="true"', icon("chevron-up", _("升序"))
    elif asked == f"-{field}":
        here, arrow = 'aria-current="true"', icon("chevron-down", _("降序"))
    else:
        here, arrow = "", ""
    return format_html('<a class="sort" href="{}" {}>{}{}</a>', url, SafeString(here), label, arrow)


@register.simple_block_tag
def table_part(content: str, id: str) -> SafeString:
    """Frame a table, its filters and its pager: their links and forms reload this part alone through htmx."""
    return format_html(
        '<div class="table-part" id="{0}" hx-boost="true" hx-target="#{0}" hx-select="#{0}" '
        'hx-swap="outerHTML" hx-push-url="true" hx-indicator="#{0}">{1}</div>',
        id,
        mark_safe(content),  # noqa: S308 - the block was rendered, and escaped, by the engine
    )


@register.inclusion_tag("site/parts/pager.html", takes_context=True)
def pager(context: dict, page: Page, prefix: str = "") -> dict[str, object]:
    """Draw how many rows there are and links to other pages; one page alone shows only the count."""
    request = context["request"]
    numbers = []
    if page.paginator.num_pages > 1:
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1):
            is_number = isinstance(number, int)
            url = _query(request, **{f"{prefix}page": number}) if is_number else ""
            numbers.append((number, url, number == page.number))
    return {"page": page, "numbers": numbers}


@register.simple_tag(takes_context=True)
def query(context: dict, **changes: object) -> str:
    """Return the page's query string with some of its values changed (an empty one is taken out)."""
    return _query(context["request"], **changes)
