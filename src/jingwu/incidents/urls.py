"""Addresses of the room ``incidents``: the desk and the public report; the API hangs in the site."""

from __future__ import annotations

from django.urls import path

from jingwu.incidents.views import analysis, board, detail, follow_up, imports, intake, public

app_name = "incidents"

urlpatterns = [
    path("incidents/", board.board, name="board"),
    path("incidents/live/", board.live, name="live"),
    path("incidents/map/", board.board_map, name="map"),
    path("incidents/bulk/", board.bulk, name="bulk"),
    path("incidents/searches/", board.save_search, name="save_search"),
    path("incidents/new/", intake.intake, name="intake"),
    path("incidents/new/draft/", intake.save_draft, name="save_draft"),
    path("incidents/new/drop/", intake.drop_draft, name="drop_draft"),
    path("incidents/new/addresses/", intake.addresses, name="addresses"),
    path("incidents/follow-up/", follow_up.follow_up, name="follow_up"),
    path("incidents/analysis/", analysis.analysis, name="analysis"),
    path("incidents/import/", imports.imports, name="imports"),
    path("incidents/import/<int:batch_id>/", imports.batch, name="import"),
    path("incidents/import/<int:batch_id>/columns/", imports.reread, name="import_reread"),
    path("incidents/import/<int:batch_id>/take/", imports.take, name="import_take"),
    path("incidents/import/<int:batch_id>/drop/", imports.drop, name="import_drop"),
    path("incidents/import/<int:batch_id>/undo/", imports.undo, name="import_undo"),
    path("incidents/import/<int:batch_id>/bad-rows.csv", imports.bad_rows, name="import_bad_rows"),
    path("incidents/<int:incident_id>/", detail.incident, name="incident"),
    path("incidents/<int:incident_id>/step/<slug:verb>/", detail.step, name="step"),
    path("incidents/<int:incident_id>/unmask/", detail.unmask, name="unmask"),
    path("incidents/<int:incident_id>/answer-link/", follow_up.answer_link, name="answer_link"),
    path("public/answer/<slug:code>/<slug:proof>/", public.answer, name="public_answer"),
    path("public/report/", public.report, name="public_report"),
    path("public/report/<slug:number>/<slug:token>/", public.progress, name="public_progress"),
]
