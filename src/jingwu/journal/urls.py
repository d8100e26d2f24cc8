"""Addresses of the room ``journal``."""

from __future__ import annotations

from django.urls import path

from jingwu.journal import views

app_name = "journal"

urlpatterns = [path("", views.entries, name="entries")]
