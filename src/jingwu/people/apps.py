from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "jingwu.people"
    label = "people"

    def ready(self) -> None:
        from jingwu.people import signals  # noqa: F401
