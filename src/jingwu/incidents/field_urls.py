"""Addresses of the field app ``/field/``: the shell, its API, and the desk's side of it."""

from __future__ import annotations

from django.urls import path

from jingwu.incidents.views import field, field_api, field_desk, patrols

app_name = "field"

urlpatterns = [
    path("", field.tasks, name="tasks"),
    path("map/", field.ground, name="map"),
    path("roster/", field.roster, name="roster"),
    path("me/", field.me, name="me"),
    path("record/", field.record, name="record"),
    path("outbox/", field.outbox, name="outbox"),
    path("manifest.webmanifest", field.manifest, name="manifest"),
    path("worker.js", field.worker, name="worker"),
    path("api/today/", field_api.today, name="today"),
    path("api/sync/", field_api.sync, name="sync"),
    path("api/files/<str:file_id>/", field_api.file, name="file"),
    path("desk/conflicts/", field_desk.conflicts, name="conflicts"),
    path("desk/conflicts/<int:record_id>/", field_desk.settle, name="settle"),
    path("desk/import/", field_desk.take_in, name="import"),
    path("desk/patrols/", patrols.patrols, name="patrols"),
    path("desk/codes/", field_desk.codes, name="codes"),
]
