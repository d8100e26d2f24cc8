from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "jingwu.incidents"
    label = "incidents"
