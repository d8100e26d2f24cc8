from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "jingwu.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Let the handover of a shift name the incidents that are open."""
        from jingwu.duty.sources import register
        from jingwu.incidents.handover import items

        register("incidents", items)
