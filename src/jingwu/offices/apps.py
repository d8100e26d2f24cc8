from django.apps import AppConfig


class OfficesConfig(AppConfig):
    name = "jingwu.offices"
    label = "offices"
