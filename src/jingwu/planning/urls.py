"""Addresses of the room ``planning``."""

from __future__ import annotations

from django.urls import path

from jingwu.planning.views import imports, plans

app_name = "planning"

urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", plans.new_plan, name="plan_new"),
    path("plans/compare/", plans.compare, name="compare"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/excel/", plans.plan_excel, name="plan_excel"),
    path("plans/<int:plan_id>/json/", plans.plan_json, name="plan_json"),
    path("plans/<int:plan_id>/progress/", plans.plan_progress, name="plan_progress"),
    path("plans/<int:plan_id>/cancel/", plans.plan_cancel, name="plan_cancel"),
    path("plans/<int:plan_id>/submit/", plans.plan_submit, name="plan_submit"),
    path("plans/<int:plan_id>/withdraw/", plans.plan_withdraw, name="plan_withdraw"),
    path("plans/<int:plan_id>/decide/", plans.plan_decide, name="plan_decide"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:fact_set_id>/", imports.fact_set, name="import"),
    path("imports/<int:fact_set_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:fact_set_id>/reread/", imports.reread, name="import_reread"),
    path("imports/<int:fact_set_id>/adopt/", imports.adopt, name="import_adopt"),
    path("imports/<int:fact_set_id>/drop/", imports.drop, name="import_drop"),
    path("imports/<int:fact_set_id>/undo/", imports.undo, name="import_undo"),
]
