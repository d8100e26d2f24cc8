"""One's own page: shifts, requests, 补休, calendar; and the decisions of a chief."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingwu.duty import actions
from jingwu.duty.actions.feeds import key_hash
from jingwu.duty.calendar_feed import feed as calendar
from jingwu.duty.forms import LeaveForm
from jingwu.duty.queries import own
from jingwu.duty.queries.quarter import quarter
from jingwu.duty.views import present
from jingwu.journal.access import allowed, may, signed_in

AHEAD = timedelta(days=42)
BEHIND = timedelta(days=31)
FEED_BEHIND, FEED_AHEAD = timedelta(days=31), timedelta(days=120)


@allowed("duty.view")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show one's own shifts, minutes, nights, balance and requests."""
    person = getattr(request.user, "person_id", None)
    today = timezone.localdate()
    if person is None:
        return render(
            request, "duty/mine_nobody.html", {"sentence": _("您的账号没有关联人员,没有个人班表。")}
        )
    now = timezone.now()
    # a shift may begin the day before: what is over is no coming shift
    near = own.shifts(person, today - timedelta(days=1), today + AHEAD)
    coming = tuple(shift for shift in near if shift.end_at > now)
    month = own.shifts(person, *own.month_of(today))
    swaps = own.swaps(person, since=today - BEHIND)
    context = {
        "shifts": [_shift(shift) for shift in coming],
        "sentence": _sentence(coming),
        "hours": round(sum(shift.counted_minutes for shift in month) / 60),
        "nights": own.night_count(month),
        "month_shifts": len(month),
        "balance": f"{own.balance_minutes(person) / 60:g}",
        "ledger": own.ledger(person),
        "leaves": own.leaves(person, since=today - BEHIND),
        "swaps": [
            {
                "line": s,
                "asks_me": s.taker_id == person and s.state == "offered",
                "is_mine": s.giver_id == person and s.state in ("offered", "accepted"),
                "giver": present.md(s.giver_day),
                "taker": present.md(s.taker_day),
            }
            for s in swaps
        ],
        "quarter": _quarter(person, today),
        "has_feed": own.has_feed(person),
        "feed_url": request.session.pop("duty_feed_url", ""),
        "may_request": may(request.user, "duty.request"),
    }
    return render(request, "duty/mine.html", context)


def _quarter(person: int, today: date) -> dict[str, object] | None:
    """Return the load of the rolling quarter as rows: what, one's own, the mean of colleagues."""
    path = own.office_path_of(person)
    if not path:
        return None
    found = quarter(person, path, today)
    mean = found.mean
    rows = [
        (_("夜班"), f"{found.own.nights:.0f}", f"{mean.nights:.1f}" if mean else "–"),
        (pgettext("column", "周末"), f"{found.own.weekends:.0f}", f"{mean.weekends:.1f}" if mean else "–"),
        (pgettext("column", "节假日"), f"{found.own.holidays:.0f}", f"{mean.holidays:.1f}" if mean else "–"),
        (_("工时(小时)"), f"{found.own.minutes / 60:.0f}", f"{mean.minutes / 60:.0f}" if mean else "–"),
    ]
    return {"rows": rows, "first": found.first, "last": found.last, "people": found.people}


def _sentence(coming: tuple[own.ShiftFacts, ...]) -> str:
    if not coming:
        return _("接下来六周没有排您的班。")
    first = coming[0]
    start = timezone.localtime(first.start_at)
    name = present.kind_name(first.kind)
    if first.start_at <= timezone.now():
        end = timezone.localtime(first.end_at)
        return _("您正在上%(name)s,到 %(end)s 下班。") % {"name": name, "end": f"{end:%H:%M}"}
    return _("下一个班:%(day)s(%(weekday)s)%(time)s,%(name)s。") % {
        "day": present.md(first.day),
        "weekday": present.weekday(first.day),
        "time": f"{start:%H:%M}",
        "name": name,
    }


def _shift(shift: own.ShiftFacts) -> dict[str, object]:
    return {
        "day": present.md(shift.day),
        "weekday": present.weekday(shift.day),
        **present.kind(shift.kind),
        "office": shift.office_name,
        "group": shift.group.rsplit("-", 1)[-1],
    }


@allowed("duty.request")
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Ask for leave or training days."""
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.request_leave(**form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("申请已送出,等警务长审批。"))
        return redirect("duty:mine")
    context = {"form": form, "sentence": _("请假或培训:填好日期,警务长批准后自动让出班次。")}
    return render(request, "duty/leave.html", context, status=422 if form.errors else 200)


@allowed("duty.request")
@require_POST
def leave_withdraw(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Take one's request back."""
    actions.withdraw_leave(leave_id, by=request.user, at=timezone.now())
    return redirect("duty:mine")


@allowed("duty.decide")
@require_POST
def decide(request: HttpRequest, what: str, number: int) -> HttpResponse:
    """Approve or refuse a leave or a swap, and go back to where one was."""
    who = {"by": request.user, "at": timezone.now()}
    is_refused = request.POST.get("decision") == "refuse"
    reason = request.POST.get("reason", "")
    if what == "leave":
        if is_refused:
            actions.refuse_leave(number, reason=reason, **who)
        else:
            opened = actions.approve_leave(number, **who)
            if opened:
                words = ngettext(
                    "已批准;空出 %(n)d 个班,请安排顶班。", "已批准;空出 %(n)d 个班,请安排顶班。", opened
                )
                messages.success(request, words % {"n": opened})
    elif is_refused:
        actions.refuse_swap(number, reason=reason, **who)
    else:
        actions.approve_swap(number, **who)
        messages.success(request, _("换班已批准,双方都收到了通知。"))
    back = request.POST.get("back", "")
    return redirect(back if back.startswith("/duty/") else reverse("duty:requests"))


@allowed("duty.decide")
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """List what waits for a decision, also on the phone."""
    waiting = own.pending(request.user)
    words = ngettext("有 %(n)d 项等您审批。", "有 %(n)d 项等您审批。", waiting.count)
    sentence = words % {"n": waiting.count} if waiting.count else _("没有待批的申请。")
    return render(
        request, "duty/requests.html", {"pending": waiting, "sentence": sentence, "may_decide": True}
    )


@signed_in
@require_POST
def feed_key(request: HttpRequest) -> HttpResponse:
    """Make a new calendar address and show it once, or stop the one there is."""
    if request.POST.get("what") == "revoke":
        actions.revoke_feed_key(by=request.user, at=timezone.now())
        messages.success(request, _("订阅地址已停用,日历不再更新。"))
        return redirect("duty:mine")
    key = actions.make_feed_key(by=request.user, at=timezone.now())
    request.session["duty_feed_url"] = request.build_absolute_uri(reverse("duty:feed", args=(key,)))
    return redirect("duty:mine")


@require_GET
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """Return a person's shifts as iCalendar to whoever knows the secret address."""
    now = timezone.now()
    today = timezone.localdate(now)
    found = own.person_of_feed(key_hash(key), on=today)
    if found is None:
        raise Http404
    person, name = found
    shifts = own.shifts(person, today - FEED_BEHIND, today + FEED_AHEAD)
    response = HttpResponse(calendar(name, shifts, stamp=now), "text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=900"
    return response


@signed_in
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """Show one's notices; the button marks them read."""
    person = getattr(request.user, "person_id", None)
    if request.method == "POST":
        if person is not None:
            actions.read_notices(person, at=timezone.now())
        return redirect("notices")
    found = own.notices(person)
    new = sum(notice.is_new for notice in found)
    words = ngettext("有 %(n)d 条新通知。", "有 %(n)d 条新通知。", new)
    sentence = words % {"n": new} if new else _("没有新通知。")
    rows = [{"words": present.said(n.zh, n.en), "url": n.url, "at": n.at, "is_new": n.is_new} for n in found]
    return render(request, "duty/notices.html", {"rows": rows, "new": new, "sentence": sentence})
