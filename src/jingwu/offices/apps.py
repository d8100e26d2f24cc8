from django.apps import AppConfig


class OfficesConfig(AppConfig):
    name = "jingwu.offices"
    label = "offices"
    verbose_name = "机构"
