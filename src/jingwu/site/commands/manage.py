"""``jingwu manage``: Django's management commands over the product's database."""

from __future__ import annotations

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run Django's management command ARGUMENTS, starting the embedded database if it is the one in use."""
    from django.conf import settings
    from django.core.management import execute_from_command_line

    needs_database = arguments[:1] not in (("makemessages",), ("compilemessages",), ("collectstatic",))
    started = needs_database and settings.EMBEDDED_POSTGRES is not None and settings.EMBEDDED_POSTGRES.start()
    try:
        execute_from_command_line(["jingwu manage", *arguments])
    finally:
        if started:
            settings.EMBEDDED_POSTGRES.stop()
