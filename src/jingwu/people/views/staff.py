"""The list of people, masked and scoped, and one person's page."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from jingwu.offices import queries as offices
from jingwu.people import actions, queries
from jingwu.people.access import allowed, may, require, scope_paths
from jingwu.people.forms import PeopleFilterForm, UnmaskForm
from jingwu.people.models import CATEGORIES, FUNDING, MODULES, POST_ROLES, TIERS
from jingwu.terms.refusal import BadInput

PAGE_ROWS = 50


def page_of(facts: queries.Page) -> Page:
    """Return the facts of one page as the pager draws them."""
    page = Paginator(range(facts.total), facts.size).page(facts.number)
    page.object_list = facts.rows
    return page


def page_number(request: HttpRequest) -> int:
    """Return the page asked for; anything odd is the first."""
    asked = request.GET.get("page", "")
    return int(asked) if asked.isdecimal() and 0 < len(asked) < 9 else 1


@allowed("people.view")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Show the people of one's own area, fifty a page."""
    form = PeopleFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    facts = queries.page_of_people(
        scope_paths(request.user, "people.view"), on=timezone.localdate(), number=page_number(request),
        size=PAGE_ROWS, text=wanted.get("text", ""), category=wanted.get("category", ""),
    )  # fmt: skip
    return render(request, "people/people.html", {"form": form, "page": page_of(facts)})


@allowed("people.view")
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, code: str) -> HttpResponse:
    """Show one person, sensitive values masked; POST shows one of them in plain, for a reason."""
    today = timezone.localdate()
    facts = queries.person(code, on=today)
    if facts is None:
        raise Http404
    require(request.user, "people.view", org=facts)
    form, plain = UnmaskForm(request.POST or None), ""
    if request.method == "POST":
        if not form.is_valid():
            raise BadInput("people.unmask_reason", "请选择查看的事由。", "State a reason for looking.")
        plain = actions.unmask(
            facts.id, form.cleaned_data["field_name"], by=request.user, at=timezone.now(),
            reason_code=form.cleaned_data["reason_code"], reason=form.cleaned_data["reason"],
        )  # fmt: skip
    posts = [
        (
            dict(POST_ROLES)[post.role.value],
            dict(MODULES).get(post.module.value, "") if post.module else "",
            offices.unit(post.office_code).name,
            post,
        )
        for post in facts.posts
    ]
    context = {
        "person": facts, "unit": offices.unit(facts.unit_code), "age": facts.age_on(today), "posts": posts,
        "category": dict(CATEGORIES)[facts.category.value],
        "funding": dict(FUNDING)[facts.funding_source.value],
        "tier": dict(TIERS)[facts.tier.value], "masked": queries.masked(code), "today": today,
        "form": form, "plain": plain, "may_unmask": may(request.user, "people.unmask", org=facts),
    }  # fmt: skip
    response = render(request, "people/person.html", context)
    if plain:
        response["Cache-Control"] = "no-store"
    return response
