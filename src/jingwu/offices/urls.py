"""Addresses of the norms; the list itself is named ``norms`` by the site."""

from __future__ import annotations

from django.urls import path

from jingwu.offices.views import norms

app_name = "norms"

urlpatterns = [
    path("proposals/", norms.proposals, name="proposals"),
    path("proposals/<int:norm_id>/decide/", norms.decide, name="decide"),
    path("proposals/<int:norm_id>/withdraw/", norms.withdraw, name="withdraw"),
    path("<str:key>/", norms.norm, name="norm"),
    path("<str:key>/propose/", norms.propose, name="propose"),
]
