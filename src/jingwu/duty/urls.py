"""Addresses of the room ``duty``."""

from __future__ import annotations

from django.urls import path

from jingwu.duty.views import (
    absence,
    board,
    handover,
    holidays,
    ledger,
    own,
    relaxing,
    rosters,
    swaps,
    today,
    versions,
)

app_name = "duty"

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/<int:cell_id>/absent/", absence.absent, name="absent"),
    path("today/<int:cell_id>/repair/", absence.repair, name="repair"),
    path("roster/", rosters.roster, name="roster"),
    path("offices/<str:code>/rosters/", rosters.office_rosters, name="rosters"),
    path("rosters/<int:roster_id>/", board.board, name="board"),
    path("rosters/<int:roster_id>/check/", board.check, name="check"),
    path("rosters/<int:roster_id>/change/", board.change, name="change"),
    path("rosters/<int:roster_id>/why/", board.why, name="why"),
    path("rosters/<int:roster_id>/ask/", relaxing.ask, name="ask"),
    path("rosters/<int:roster_id>/relax/", relaxing.relax, name="relax"),
    path("rosters/<int:roster_id>/restore/", relaxing.restore, name="restore"),
    path("rosters/<int:roster_id>/adopt/", board.adopt, name="adopt"),
    path("rosters/<int:roster_id>/solve/", board.solve, name="solve"),
    path("rosters/<int:roster_id>/publish/", board.publish, name="publish"),
    path("rosters/<int:roster_id>/revise/", board.revise, name="revise"),
    path("rosters/<int:roster_id>/excel/", board.excel, name="excel"),
    path("rosters/<int:roster_id>/take/", today.take, name="take"),
    path("rosters/<int:roster_id>/versions/", versions.versions, name="versions"),
    path("rosters/<int:roster_id>/back/", versions.go_back, name="go_back"),
    path("runs/<int:run_id>/", board.progress, name="progress"),
    path("runs/<int:run_id>/cancel/", board.solve_cancel, name="solve_cancel"),
    path("mine/", own.mine, name="mine"),
    path("mine/leave/", own.leave, name="leave"),
    path("mine/leave/<int:leave_id>/withdraw/", own.leave_withdraw, name="leave_withdraw"),
    path("mine/swap/", swaps.swap, name="swap"),
    path("mine/swap/<int:swap_id>/", swaps.swap_answer, name="swap_answer"),
    path("mine/calendar/", own.feed_key, name="feed_key"),
    path("calendar/<str:key>.ics", own.feed, name="feed"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<int:line_id>/reverse/", ledger.reverse_line, name="reverse_line"),
    path("requests/", own.requests, name="requests"),
    path("requests/<str:what>/<int:number>/", own.decide, name="decide"),
    path("handover/", handover.handover, name="handover"),
    path("handover/<str:code>/out/", handover.sign_out, name="handover_out"),
    path("handover/<int:handover_id>/in/", handover.sign_in, name="handover_in"),
    path("holidays/", holidays.holidays, name="holidays"),
]
