from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "jingwu.duty"
    label = "duty"
