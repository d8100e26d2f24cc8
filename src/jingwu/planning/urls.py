"""Addresses of the room ``planning``."""

from __future__ import annotations

from django.urls import path

from jingwu.planning.views import (
    beats,
    deployment,
    deployment_frame,
    deployment_replay,
    hot_places,
    imports,
    norm_use,
    plans,
)

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
    path("norm-use/", norm_use.norm_use, name="norm_use"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:fact_set_id>/", imports.fact_set, name="import"),
    path("imports/<int:fact_set_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:fact_set_id>/reread/", imports.reread, name="import_reread"),
    path("imports/<int:fact_set_id>/adopt/", imports.adopt, name="import_adopt"),
    path("imports/<int:fact_set_id>/drop/", imports.drop, name="import_drop"),
    path("imports/<int:fact_set_id>/undo/", imports.undo, name="import_undo"),
    path("deployment/", deployment.deployment, name="deployment"),
    path("deployment/try/", deployment.deployment_try, name="deployment_try"),
    path("deployment/save/", deployment.deployment_save, name="deployment_save"),
    path("deployment/replay/", deployment_replay.deployment_replay, name="deployment_replay"),
    path(
        "deployment/scenarios/<int:scenario_id>/confirm/",
        deployment.deployment_confirm,
        name="deployment_confirm",
    ),
    path("deployment/scenarios/<int:scenario_id>/drop/", deployment.deployment_drop, name="deployment_drop"),
    path("deployment/studies/<int:study_id>/", deployment_frame.study_progress, name="study_progress"),
    path("beats/", beats.beats, name="beats"),
    path("hot-places/", hot_places.hot_places, name="hot_places"),
]
