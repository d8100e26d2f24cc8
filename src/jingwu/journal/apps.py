from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "jingwu.journal"
    label = "journal"
