"""One office: its team against the template, its hours, rules, beats and groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jingwu.duty import queries as duty
from jingwu.journal.access import allowed, may
from jingwu.offices import queries as offices
from jingwu.offices.local_norms import norms_for
from jingwu.people import queries as people
from jingwu.planning import queries
from jingwu.planning.views import present
from jingwu.planning.views.overview import STEPS, gaps_of
from jingwu.planning.views.pressing import pressing_rows
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput, Unknown


@allowed("planning.view")
@require_GET
def office(request: HttpRequest, code: str) -> HttpResponse:
    """Show one office: team against template, response, groups and beats, its rules."""
    nothing = Unknown("office.unknown", "没有这个警务室。", "There is no such office.")
    try:
        facts = offices.office(code)
    except BadInput as error:
        raise nothing from error
    if not may(request.user, "planning.view", org=facts):
        raise nothing
    now = timezone.now()
    today = timezone.localdate()
    staff = people.people([facts.path], on=today)
    norms = norms_for(facts.path, today)
    plan = queries.current_plan(request.user)
    context: dict[str, Any] = {
        "office": facts,
        "staff": staff,
        "team": _team(staff, norms),
        "mix": _mix(staff, norms),
        "ages": _ages(staff, today),
        "beats": _beats(facts, staff),
        "groups": _groups(staff),
        "on_duty": duty.on_duty(now, org_path=facts.path),
        "pressing": pressing_rows(request.user, at=now, path=facts.path),
        "district": offices.district_of(facts.path),
        "template_formula": norms.team.formula,
        "norms_version": str(norms.version).split("+")[0],
        "formula": _formula(staff),
    }
    if plan is not None and plan.figures.get("feasible"):
        result = queries.result(request.user, plan.id)
        found = next((row for row in result["offices"] if row["code"] == code), None)
        if found is not None:
            context |= _office_in_plan(plan, result, found)
    context["sentence"] = _office_sentence(facts, context)
    return render(request, "planning/overview/office.html", context)


def _office_in_plan(
    plan: queries.PlanFacts, result: Mapping[str, Any], office: Mapping[str, Any]
) -> dict[str, Any]:
    code = office["code"]
    rules = [row for row in result["rules"] if row["office"] == code]
    own = {**result, "rules": rules}
    gap = next(gap for gap in gaps_of(result, "today_by_hour") if gap.code == code)
    plan_gap = next(gap for gap in gaps_of(result, "plan_by_hour") if gap.code == code)
    posts = [
        {
            **post,
            "role_words": present.in_words(post, "role"),
            "module_words": present.in_words(post, "module"),
        }
        for post in result["posts"]
        if post["office"] == code
    ]
    moved = [move for move in result["moves"] if code in (move["from_office"], move["to_office"])]
    return {
        "plan": plan,
        "in_plan": office,
        "gap": gap,
        "plan_gap": plan_gap,
        "hours": present.hours_plot(office),
        "rules": present.rule_lines(own),
        "posts": posts,
        "modules": _modules(posts),
        "moves": present.moves({**result, "moves": moved}),
        "comparison": _office_comparison(office, result["scope"]["target_minutes"]),
    }


def _office_sentence(facts: offices.OfficeFacts, context: Mapping[str, Any]) -> str:
    gap = context.get("gap")
    if gap is None:
        return _("%(name)s:%(n)d 人。") % {"name": facts.name, "n": len(context["staff"])}
    if gap.crews <= STEPS[0]:
        return _("%(name)s处警组够用,%(hours)s 时最紧。") % {"name": facts.name, "hours": gap.hours}
    return _("%(name)s %(hours)s 时缺 %(n).1f 组;按方案缺 %(plan).1f 组。") % {
        "name": facts.name,
        "hours": gap.hours,
        "n": gap.crews,
        "plan": max(0.0, context["plan_gap"].crews),
    }


OFFICERS = (PersonCategory.OFFICER,)
AUXILIARIES = (PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL)


def _team(staff: Sequence[people.PersonFacts], norms: Any) -> list[dict[str, Any]]:
    """Return the team against the template as bars: have, with the template as the mark."""
    team = norms.team
    rows = (
        (_("民警"), OFFICERS, team.officers),
        (_("辅警"), AUXILIARIES, team.auxiliaries),
        (_("网格员"), (PersonCategory.GRID_WORKER,), team.grid_workers),
        (
            _("志愿者"),
            (PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT),
            team.volunteer_posts,
        ),
    )
    return [
        {
            "label": label,
            "value": sum(person.category in categories for person in staff),
            "mark": wanted,
            "tint": "plan",
        }
        for label, categories, wanted in rows
    ]


def _formula(staff: Sequence[people.PersonFacts]) -> str:
    """Return the team as the formula lead + auxiliaries + grid workers + volunteer posts."""
    lead = sum(any(post.role == "lead" for post in person.posts) for person in staff)
    counts = [
        lead,
        sum(person.category in AUXILIARIES for person in staff),
        sum(person.category is PersonCategory.GRID_WORKER for person in staff),
        sum(person.category is PersonCategory.VOLUNTEER for person in staff),
    ]
    return "+".join(str(count) for count in counts)


def _mix(staff: Sequence[people.PersonFacts], norms: Any) -> list[dict[str, Any]]:
    labels = {
        "establishment": _("编制"),
        "purchased": _("政府购买"),
        "social": _("社会力量"),
        "reserve": _("机动"),
    }
    total = len(staff) or 1
    return [
        {
            "label": labels[source.value],
            "value": sum(person.funding_source is source for person in staff) / total * 100,
            "mark": share * 100,
            "tint": "plan",
        }
        for source, share in norms.mix.targets.items()
    ]


def _ages(staff: Sequence[people.PersonFacts], today: Any) -> list[dict[str, Any]]:
    bands = ((18, 35), (35, 45), (45, 55), (55, 120))
    ages = [age for person in staff if (age := person.age_on(today)) is not None]
    return [
        {
            "label": f"{low}–{high - 1}" if high < 120 else _("%(n)d 以上") % {"n": low},
            "value": sum(low <= age < high for age in ages),
            "tint": "plan",
        }
        for low, high in bands
    ]


def _beats(facts: offices.OfficeFacts, staff: Sequence[people.PersonFacts]) -> list[dict[str, Any]]:
    holder = {
        post.beat_code: person.name
        for person in staff
        for post in person.posts
        if post.beat_code and post.role == "responsible_officer"
    }
    return [{"beat": beat, "officer": holder.get(beat.code, "")} for beat in offices.beats([facts.path])]


def _groups(staff: Sequence[people.PersonFacts]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for person in staff:
        for post in person.posts:
            if post.group:
                row = groups.setdefault(post.group, {"name": post.group, "officers": [], "others": []})
                row["officers" if person.category in OFFICERS else "others"].append(person.name)
    return sorted(groups.values(), key=lambda row: row["name"])


def _modules(posts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for post in posts:
        if post["module"] is not None:
            counts[post["module_words"]] += post["filled"]
    total = sum(counts.values()) or 1
    return [{"label": name, "value": n / total * 100, "tint": "plan"} for name, n in counts.most_common()]


def _office_comparison(office: Mapping[str, Any], target: float) -> list[dict[str, Any]]:
    today, plan = office["response_today"], office["response_plan"]
    return [
        {
            "label": _("平均到场"),
            "unit": _("分钟"),
            "was": present.minutes(today["mean_minutes"]),
            "now": present.minutes(plan["mean_minutes"]),
            "limit": None,
        },
        {
            "label": _("%(n)g 分钟到场率") % {"n": target},
            "unit": "%",
            "was": present.percent(today["target_share"]),
            "now": present.percent(plan["target_share"]),
            "limit": None,
        },
        {
            "label": _("每周班数"),
            "was": f"{office['tours_today']:g}",
            "now": f"{office['tours_plan']:g}",
            "limit": None,
        },
        {
            "label": _("处警组负荷"),
            "unit": "%",
            "was": present.percent(today["workload_share"]),
            "now": present.percent(plan["workload_share"]),
            "limit": None,
        },
    ]
