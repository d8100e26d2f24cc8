"""``jingwu serve``: the site with its worker and, by default, its own database."""

from __future__ import annotations

import os

import click

from jingwu.site import supervisor
from jingwu.terms.refusal import Refusal


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--worker/--no-worker", default=True, help="Also run the worker for long calculations.")
def serve(host: str, port: int, worker: bool) -> None:
    """Serve the site; Ctrl-C stops everything cleanly."""
    supervisor.refuse_busy_port(host, port)
    database, started = prepare_database(serves=True)
    children = [supervisor.web(host, port)]
    if worker:
        children.append(supervisor.worker())
    welcome = f"云上警务室: http://{host}:{port}/  (Ctrl-C 停止 / stops)"
    supervisor.run(children, welcome=welcome, database=database, stop_database=started)


def prepare_database(*, serves: bool = False) -> tuple[supervisor.EmbeddedPostgres | None, bool]:
    """Start the embedded database if it is the one in use and bring its tables up to date.

    Whoever ``serves`` holds the embedded server's folder until its process ends.

    Returns:
        The embedded server (None with DATABASE_URL) and whether this process started it.

    Raises:
        Refusal: the data were written by a newer version of the program, the database does not answer, or
            another process serves the folder.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jingwu.site.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    server = settings.EMBEDDED_POSTGRES
    if serves and server is not None:
        supervisor.hold_folder(server.folder)
    started = server is not None and server.start()
    try:
        refuse_newer_data()
        call_command("migrate", verbosity=0, interactive=False)
    except BaseException:
        if started:
            server.stop()
        raise
    finally:
        from django.db import connections

        connections.close_all()
    return server, started


def refuse_newer_data() -> None:
    """Raise a Refusal when the database holds migrations this version of the program does not know."""
    from django.db import OperationalError, connection
    from django.db.migrations.loader import MigrationLoader

    try:
        loader = MigrationLoader(connection)
    except OperationalError as error:
        raise Refusal(
            "serve.no_database",
            f"连不上数据库:{error};请检查 DATABASE_URL。",
            f"The database does not answer: {error}; check DATABASE_URL.",
        ) from error
    ours = {app for app, _ in loader.disk_migrations}
    known = {*loader.disk_migrations, *loader.replacements}
    unknown = sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations if app in ours and (app, name) not in known
    )
    if unknown:
        raise Refusal(
            "serve.newer_data",
            f"数据由更新的程序版本写入(本版不认识 {unknown[0]} 等 {len(unknown)} 项);请升级程序。",
            f"The data were written by a newer version of the program ({len(unknown)} steps unknown here, "
            f"{unknown[0]} among them); upgrade the program.",
        )
