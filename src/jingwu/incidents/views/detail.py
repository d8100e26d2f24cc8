"""The page of one incident and every step that can be taken from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.incidents import actions, queries
from jingwu.incidents.actions import CrewChoice, FeedbackForm, Recording
from jingwu.incidents.forms import TAG_LABELS, AnswerForm, DraftForm, TriageForm, WriteUpForm
from jingwu.incidents.models import PRIORITIES, Incident
from jingwu.incidents.views.present import (
    MAIN_STEPS,
    clock_lines,
    crew_lines,
    left_out_lines,
    proposal_lines,
    step_buttons,
    trail_lines,
)
from jingwu.journal.access import allowed, may
from jingwu.journal.language import is_english
from jingwu.offices.local_norms import norms_for
from jingwu.terms.numbers import whole_number
from jingwu.terms.refusal import BadInput, Refusal


@allowed("incidents.view")
@require_GET
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show one incident: the clock that matters, what to do now, who is there, what happened."""
    return _page(request, incident_id)


def _page(request: HttpRequest, incident_id: int, *, status: int = 200, **forms: Any) -> HttpResponse:
    at = timezone.now()
    facts = queries.incident(request.user, incident_id, at=at)
    row = queries.find(request.user, incident_id, at=at)
    options = queries.options_for(request.user, incident_id, at=at)
    verbs = {option.verb for option in options if option.permitted}
    buttons = step_buttons(options, is_with_lead=facts.row.is_with_lead)
    may_here = {
        name: may(request.user, f"incidents.{verb}", org=facts.org_path, at=at)
        for name, verb in (
            ("may_unmask", "unmask"),
            ("may_dispatch", "dispatch"),
            ("may_answer", "follow_up"),
        )
    }
    rules = norms_for(facts.org_path, timezone.localdate(at)).incidents
    context = {
        "facts": facts,
        "row": facts.row,
        "is_open": row.is_open,
        "sentence": _sentence(facts),
        "crews": crew_lines(facts.crews),
        "duplicates": _duplicates(request, facts, row, at),
        "buttons": buttons,
        "refused_steps": [button for button in buttons if button.why_not],
        "verbs": verbs,
        "main": next((verb for verb in MAIN_STEPS if verb in verbs), ""),
        "tag_words": _tag_words(facts),
        "clocks": clock_lines(facts, at),
        "trail": trail_lines(facts.trail),
        "dv_points": [
            (code, en if is_english() else zh, facts.dv_checklist.get(code, ""))
            for code, zh, en in actions.DV_POINTS
        ],
        "priorities": PRIORITIES,
        "call_back_hours": rules.call_back_hours,
        "live_url": reverse("incidents:live") + "?for=incident",
        "map_url": f"{reverse('incidents:map')}?id={row.pk}",
        **may_here,
        **_crew_context(request, facts, verbs, at),
        **_forms(row, forms),
        **(_recommended(row, at) if "dispatch" in verbs and may_here["may_dispatch"] else {}),
    }
    return render(request, "incidents/incident.html", context, status=status)


def _tag_words(facts: queries.IncidentFactsheet) -> list[str]:
    tags = [str(label) for code, label in TAG_LABELS if code in facts.tags]
    return [_("家庭暴力"), *tags] if facts.row.is_domestic_violence else tags


def _duplicates(
    request: HttpRequest, facts: queries.IncidentFactsheet, row: Incident, at: datetime
) -> list[queries.Duplicate]:
    """Return what may be the same report, as long as nobody has been sent."""
    if row.state not in ("received", "triaged"):
        return []
    found = queries.duplicates_of(
        request.user,
        norms_for(facts.org_path, timezone.localdate(at)),
        at=at,
        text=row.text,
        lon=row.lon,
        lat=row.lat,
        category=row.category,
        reported_at=row.reported_at,
        but_not=row.pk,
    )
    return list(found)


def _crew_context(
    request: HttpRequest, facts: queries.IncidentFactsheet, verbs: set[str], at: datetime
) -> dict[str, Any]:
    person_id = getattr(request.user, "person_id", None)
    is_mine = person_id is not None and any(
        m.person_id == person_id for crew in facts.crews[:1] for m in crew.members
    )
    here = None if is_mine else facts.org_path  # being on the crew carries one's roles to the task
    return {
        "is_mine": is_mine,
        "may_mark_dv": may(request.user, "incidents.dispose", org=here, at=at),
        "is_on_scene": is_mine and facts.crews[0].state == "on_scene",
        "may_draft": is_mine
        and "feed_back" not in verbs
        and facts.row.state in ("on_scene", "handling")
        and may(request.user, "incidents.draft_disposal", at=at),
    }


def _forms(row: Incident, forms: dict[str, Any]) -> dict[str, Any]:
    """Return the page's forms; one that came back wrong stands in for its empty one, as it was typed."""
    names = ("category", "priority", "tags", "needs_presence", "is_domestic_violence")
    return {
        "triage_form": forms.get("triage")
        or TriageForm(initial={name: getattr(row, name) for name in names}),
        "feedback_form": forms.get("feedback") or WriteUpForm(),
        "answer_form": forms.get("answer") or AnswerForm(),
    }


def _recommended(row: Incident, at: datetime) -> dict[str, Any]:
    found, force = queries.recommendation_for(row, at=at)
    stored = queries.as_stored(found, force, at=at)
    return {
        "recommended": stored,
        "proposals": proposal_lines(stored),
        "choosable": left_out_lines(
            [member for proposal in stored["proposals"] for member in proposal["members"]]
        ),
        "left_out": left_out_lines(stored["left_out"]),
    }


def _sentence(facts: queries.IncidentFactsheet) -> str:
    row = facts.row
    what = " · ".join(part for part in (row.category_words or _("未分级"), row.address) if part)
    if row.clock_words:
        return _("%(what)s:%(state)s,%(clock)s。") % {
            "what": what,
            "state": row.state_words,
            "clock": row.clock_words,
        }
    return _("%(what)s:%(state)s。") % {"what": what, "state": row.state_words}


@allowed("incidents.view")
@require_POST
def step(request: HttpRequest, incident_id: int, verb: str) -> HttpResponse:
    """Take one step; a form that is not complete comes back with what is missing."""
    act = STEPS.get(verb)
    if act is None:
        raise Refusal("incident.no_step", "没有这个操作。", "There is no such step.")
    at = timezone.now()
    queries.find(request.user, incident_id, at=at)
    answer = act(request, incident_id, at)
    if answer is not None:
        return answer
    messages.success(request, _("已办理。"))
    return redirect("incidents:incident", incident_id)


Step = Callable[[HttpRequest, int, datetime], HttpResponse | None]


def _plain(action: Callable[..., Any], *names: str) -> Step:
    """Return a step whose action takes the named texts of the form."""

    def act(request: HttpRequest, incident_id: int, at: datetime) -> None:
        values = {name: request.POST.get(name, "") for name in names}
        action(incident_id, **values, by=request.user, at=at)

    return act


def _triage(request: HttpRequest, incident_id: int, at: datetime) -> HttpResponse | None:
    form = TriageForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, status=422, triage=form)
    values = dict(form.cleaned_data)
    values["tags"] = tuple(values["tags"])
    actions.triage(incident_id, **values, by=request.user, at=at)
    return None


def _dispatch(request: HttpRequest, incident_id: int, at: datetime) -> None:
    proposal = whole_number(request.POST.get("proposal", ""))
    persons = tuple(request.POST.getlist("persons"))
    seen = request.POST.get("members", "")
    if proposal is not None and seen:
        # what was shown is what is sent: the recommendation may have moved since the page was drawn
        choice = CrewChoice(persons=tuple(seen.split(",")), overrides=_overrides(request))
    elif proposal is not None:
        choice = CrewChoice(proposal=proposal, overrides=_overrides(request))
    else:
        choice = CrewChoice(persons=persons, overrides=_overrides(request))
    actions.dispatch(incident_id, choice, by=request.user, at=at)


def _overrides(request: HttpRequest) -> dict[str, str]:
    reason = request.POST.get("override_reason", "").strip()
    codes = ("too_many_auxiliaries", "certificate", "insurance", "recusal", "supervisor_helps")
    return dict.fromkeys(codes, reason) if reason else {}


def _feed_back(request: HttpRequest, incident_id: int, at: datetime) -> HttpResponse | None:
    form = WriteUpForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, status=422, feedback=form)
    values = form.cleaned_data
    try:
        recordings = (
            (Recording(values["recording"], values["sha256"].lower()),) if values["recording"] else ()
        )
        written = FeedbackForm(
            facts=values["facts"], measures=values["measures"], result_code=values["result"],
            next_step=values["next_step"], recordings=recordings,
            no_recording_reason=values["no_recording_reason"],
        )  # fmt: skip
        actions.feed_back(incident_id, written, by=request.user, at=at)
    except BadInput as refusal:
        form.add_error(None, refusal.message(get_language() or ""))
        form.add_error("recording", refusal.message(get_language() or ""))
        return _page(request, incident_id, status=422, feedback=form)
    return None


def _draft_feedback(request: HttpRequest, incident_id: int, at: datetime) -> HttpResponse | None:
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, status=422, feedback=form)
    values = form.cleaned_data
    written = FeedbackForm(values["facts"], values["measures"], next_step=values["next_step"])
    actions.draft_feedback(incident_id, written, by=request.user, at=at)
    return None


def _answer(request: HttpRequest, incident_id: int, at: datetime) -> HttpResponse | None:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, status=422, answer=form)
    row = actions.record_answer(incident_id, **form.cleaned_data, by=request.user, at=at)
    if row.satisfaction != 3 and row.state == "reviewed":
        actions.follow_up(incident_id, by=request.user, at=at)
    return None


def _call_back(request: HttpRequest, incident_id: int, at: datetime) -> None:
    actions.record_call_back(
        incident_id, satisfaction=_satisfaction(request), is_verified="is_verified" in request.POST,
        note=request.POST.get("note", ""), by=request.user, at=at,
    )  # fmt: skip
    # the call-back ends the asking; what was found true is handled again from there
    actions.follow_up(incident_id, by=request.user, at=at)


def _satisfaction(request: HttpRequest) -> int:
    return whole_number(request.POST.get("satisfaction", "")) or 0


def _priority(request: HttpRequest, incident_id: int, at: datetime) -> None:
    priority = whole_number(request.POST.get("priority", "")) or 0
    reason = request.POST.get("reason", "")
    actions.change_priority(incident_id, priority=priority, reason=reason, by=request.user, at=at)


def _merge(request: HttpRequest, incident_id: int, at: datetime) -> None:
    number = request.POST.get("into", "").strip().upper()
    found = Incident.objects.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise BadInput(
            "incident.merge_target",
            "没有这个编号的警情。",
            "There is no incident of that number.",
            fields={"into": number},
        )
    actions.merge(incident_id, into_id=found, reason=request.POST.get("reason", ""), by=request.user, at=at)


def _dv(request: HttpRequest, incident_id: int, at: datetime) -> None:
    answers = {code: request.POST.get(code, "") for code, _zh, _en in actions.DV_POINTS}
    actions.fill_dv_checklist(incident_id, answers, by=request.user, at=at)


def _mark_dv(is_domestic_violence: bool) -> Step:
    def act(request: HttpRequest, incident_id: int, at: datetime) -> None:
        reason = request.POST.get("reason", "")
        actions.mark_domestic_violence(
            incident_id, is_domestic_violence=is_domestic_violence, reason=reason, by=request.user, at=at
        )

    return act


def _decide(is_approved: bool) -> Step:
    def act(request: HttpRequest, incident_id: int, at: datetime) -> None:
        actions.decide_cancel(
            incident_id,
            is_approved=is_approved,
            reason=request.POST.get("reason", ""),
            by=request.user,
            at=at,
        )

    return act


STEPS: dict[str, Step] = {
    "triage": _triage,
    "dispatch": _dispatch,
    "handle_remotely": _plain(actions.handle_remotely),
    "ack": _plain(actions.ack),
    "depart": _plain(actions.depart),
    "arrive": _plain(actions.arrive),
    "handle": _plain(actions.handle),
    "leave": _plain(actions.leave),
    "check_in": _plain(actions.check_in),
    "refuse": _plain(actions.refuse, "clause"),
    "recall": _plain(actions.recall, "reason"),
    "feed_back": _feed_back,
    "draft_feedback": _draft_feedback,
    "dv_checklist": _dv,
    "mark_dv": _mark_dv(True),
    "unmark_dv": _mark_dv(False),
    "review": _plain(actions.review),
    "send_back": _plain(actions.send_back, "reason"),
    "record_answer": _answer,
    "call_back": _call_back,
    "follow_up": _plain(actions.follow_up),
    "rework": _plain(actions.rework, "reason"),
    "close": _plain(actions.close),
    "archive": _plain(actions.archive),
    "reopen": _plain(actions.reopen, "reason"),
    "resume": _plain(actions.resume),
    "transfer_12345": _plain(actions.transfer_12345, "reason"),
    "transfer_station": _plain(actions.transfer_station, "receiver", "reason"),
    "take_back": _plain(actions.take_back, "reason"),
    "merge": _merge,
    "unmerge": _plain(actions.unmerge, "reason"),
    "mark_false": _plain(actions.mark_false, "reason"),
    "cancel": _plain(actions.ask_cancel, "reason"),
    "approve_cancel": _decide(True),
    "turn_down_cancel": _decide(False),
    "pause": _plain(actions.pause, "reason"),
    "resume_clocks": _plain(actions.resume_clocks),
    "change_priority": _priority,
}


@allowed("incidents.unmask")
@require_POST
def unmask(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show the reporter's contact in full, with a reason and a line in the journal."""
    at = timezone.now()
    shown = actions.unmask_reporter(
        incident_id, reason=request.POST.get("reason", ""), by=request.user, at=at
    )
    labels = {"reporter_name": _("称呼"), "reporter_phone": _("电话"), "address_detail": _("门牌房号")}
    lines = [(labels[name], value) for name, value in shown.items() if value]
    return render(request, "incidents/parts/reporter.html", {"shown": lines})
