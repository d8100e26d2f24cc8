"""The roster board: seen, checked while dragging, changed, undone, solved, published, printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jingwu.duty import actions
from jingwu.duty.forms import PublishForm
from jingwu.duty.models import SolveRun
from jingwu.duty.queries import board as boards
from jingwu.duty.queries.own import pending
from jingwu.duty.queries.repairs import troubles
from jingwu.duty.views import panels, present
from jingwu.duty.workbook import write_workbook
from jingwu.journal.access import allowed, may
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import BadInput, Refusal, Unknown


@dataclass(frozen=True)
class RunJob:
    """A search as the progress part wants to see it."""

    state: str
    done_share: float
    step: str
    remaining_seconds: float | None
    poll_url: str
    result_url: str
    cancel_url: str
    refusal: Refusal | None = None


@allowed("duty.view")
@require_GET
def board(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Show a roster, a month or a week of it."""
    return _drawn(request, roster_id, "duty/board.html")


def _drawn(
    request: HttpRequest, roster_id: int, template: str, *, asked: Mapping[str, str] | None = None
) -> HttpResponse:
    facts = boards.board(request.user, roster_id)
    wanted = asked if asked is not None else request.GET
    is_week = wanted.get("view") == "week"
    days = _shown_days(facts, wanted)
    may_draft = may(request.user, "duty.draft", org=facts.org_path)
    known_until = facts.calendar.known_until
    context = {
        "board": facts,
        "view": "week" if is_week else "month",
        "from": days[0],
        "earlier": days[0] - timedelta(days=7) if days[0] > facts.first_day else None,
        "later": days[-1] + timedelta(days=1) if days[-1] < facts.last_day else None,
        "paper": "a3" if wanted.get("paper") == "a3" else "a4",
        "heads": present.heads(facts, days),
        "rows": present.rows(facts, days, is_week=is_week),
        "cover": present.cover(facts, days),
        "legend": present.legend(facts),
        "kinds_json": present.kinds_json(facts),
        "sentence": present.sentence(facts),
        "scope": present.scope(facts),
        "may_edit": may_draft and facts.state == "draft",
        "may_draft": may_draft,
        "may_publish": may(request.user, "duty.approve", org=facts.org_path) and facts.state == "draft",
        "publish_form": PublishForm(),
        "needs_reason": any(b.severity is Severity.NORM and b.kind != "cover" for b in facts.breaches),
        "unlawful": sum(b.severity is Severity.LAW for b in facts.breaches),
        "fairness": panels.fairness(facts),
        "fairness_words": panels.fairness_words(facts),
        "relaxed": panels.relaxed_rows(facts),
        "pending": pending(request.user, facts.org_path),
        "may_decide": may(request.user, "duty.decide", org=facts.org_path),
        "job": _job(request, facts.running) if facts.running else None,
        "failure": _failure(facts.failure),
        "is_unknown_year": known_until is not None and facts.last_day > known_until,
        "known_until": known_until,
        "too_long": panels.too_long(facts),
        "words_json": present.words_json(),
    }
    return render(request, template, context)


def _shown_days(facts: boards.BoardFacts, wanted: Mapping[str, str]) -> tuple[date, ...]:
    if wanted.get("view") != "week":
        return facts.days
    try:
        first = date.fromisoformat(wanted.get("from_day") or wanted.get("from", ""))
    except (TypeError, ValueError):
        first = timezone.localdate()
    first = min(max(first, facts.first_day), facts.last_day)
    first = max(facts.first_day, first - timedelta(days=first.weekday()))
    return tuple(day for day in facts.days if first <= day < first + timedelta(days=7))


@allowed("duty.draft")
@require_POST
def check(request: HttpRequest, roster_id: int) -> JsonResponse:
    """Return what a step not yet taken would newly break; asked while a shift is dragged."""
    row = boards.roster_row(request.user, roster_id)
    sheet = boards.sheet_of(row)
    changes = present.changes_of(sheet, _asked(request))
    found, after = boards.new_words(sheet, {(c.person_id, c.day): c.code for c in changes})
    return JsonResponse(
        {"breaches": panels.breach_list(sheet, found), "open": len(boards.open_shifts(sheet.problem, after))}
    )


@allowed("duty.draft")
@require_POST
def change(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Take a step on the board and draw it anew."""
    asked = _asked(request)
    row = boards.roster_row(request.user, roster_id)
    who: dict[str, Any] = {"seen": present.number(asked), "by": request.user, "at": timezone.now()}
    what = asked.get("what")
    if what == "undo":
        actions.undo(roster_id, **who)
    elif what == "redo":
        actions.redo(roster_id, **who)
    elif what in ("pin", "unpin"):
        person, day = present.place(asked.get("to"))
        actions.pin_cell(roster_id, person, day, is_pinned=what == "pin", **who)
    elif what == "move":
        actions.move_cell(roster_id, present.place(asked.get("from")), present.place(asked.get("to")), **who)
    else:
        actions.set_cells(roster_id, present.changes_of(boards.sheet_of(row), asked), **who)
    return _drawn(request, roster_id, "duty/parts/board.html", asked=asked)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return what the page sent, as JSON or as a plain form.

    Raises: BadInput for anything else.
    """
    if request.content_type != "application/json":
        return dict(request.POST.items())
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadInput("board.json", "请求读不懂。", "The request cannot be read.") from error
    if not isinstance(found, dict):
        raise BadInput("board.json", "请求读不懂。", "The request cannot be read.")
    return found


@allowed("duty.view")
@require_GET
def why(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Answer 'why not': the gravest troubles with the cheapest step out of each."""
    facts = boards.board(request.user, roster_id)
    context = {
        "board": facts,
        "troubles": panels.trouble_rows(troubles(facts)),
        "may_edit": facts.state == "draft" and may(request.user, "duty.draft", org=facts.org_path),
    }
    return render(request, "duty/parts/why.html", context)


@allowed("duty.draft")
@require_POST
def adopt(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Take the way out that 'why not' offered, then show the board."""
    changes = present.cells_of(request.POST.get("cells", "[]"))
    actions.set_cells(
        roster_id,
        changes,
        seen=present.number(request.POST),
        by=request.user,
        at=timezone.now(),
        verb="roster.repair",
    )
    messages.success(request, _("已采用。可用“撤销”退回。"))
    return redirect("duty:board", roster_id)


@allowed("duty.draft")
@require_POST
def solve(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Ask for a better roster; pins stay."""
    actions.request_solve(roster_id, seen=present.number(request.POST), by=request.user, at=timezone.now())
    return redirect("duty:board", roster_id)


@allowed("duty.draft")
@require_GET
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """Return how far a search is."""
    run = SolveRun.objects.only("roster_id").filter(pk=run_id).first()
    if run is None:
        raise Unknown("solve.unknown", "没有这次求解。", "There is no such search.")
    boards.roster_row(request.user, run.roster_id)
    return render(request, "site/parts/job.html", {"job": _job(request, run_id)})


@allowed("duty.draft")
@require_POST
def solve_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop a search."""
    actions.cancel_solve(run_id, by=request.user, at=timezone.now())
    return render(request, "site/parts/job.html", {"job": _job(request, run_id)})


def _job(request: HttpRequest, run_id: int) -> RunJob:
    run = SolveRun.objects.get(pk=run_id)
    step = _("正在求解,钉住的班不动")
    if run.objective is not None:
        step = _("正在求解:总分 %(n)d(越低越好)") % {"n": run.objective}
        if run.gap_share is not None:
            step += _(",差距至多 %(gap).1f%%") % {"gap": run.gap_share * 100}
    refusal = _failure(run.failure)
    left = run.seconds * (1 - run.done_share) if run.state == "running" else None
    return RunJob(
        run.state,
        run.done_share,
        step,
        left,
        reverse("duty:progress", args=(run.pk,)),
        reverse("duty:board", args=(run.roster_id,)),
        reverse("duty:solve_cancel", args=(run.pk,)),
        refusal,
    )


def _failure(stored: Mapping[str, str]) -> Refusal | None:
    """Return why a search found nothing, as the refusal it was."""
    return Refusal(stored["code"], stored["zh"], stored["en"]) if stored else None


@allowed("duty.approve")
@require_POST
def publish(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Put a draft in force."""
    actions.publish_roster(
        roster_id,
        seen=present.number(request.POST),
        reason=request.POST.get("reason", ""),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("班表已发布,班表上的每个人都收到了通知。"))
    return redirect("duty:board", roster_id)


@allowed("duty.draft")
@require_POST
def revise(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Make a draft of a published roster."""
    new = actions.revise_roster(roster_id, by=request.user, at=timezone.now())
    messages.success(request, _("这是修订草稿;原班表在发布之前继续有效。"))
    return redirect("duty:board", new)


@allowed("duty.view")
@require_GET
def excel(request: HttpRequest, roster_id: int) -> HttpResponse:
    """Return the roster as the sheet an office hangs on its wall."""
    facts = boards.board(request.user, roster_id)
    content = write_workbook(facts, english=present.is_english(), paper=request.GET.get("paper", "a4"))
    response = HttpResponse(content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = f"{facts.office_name} {facts.first_day:%Y-%m-%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
