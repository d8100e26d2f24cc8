from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "jingwu.duty"
    label = "duty"
    verbose_name = "勤务"
