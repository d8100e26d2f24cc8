from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "jingwu.planning"
    label = "planning"
