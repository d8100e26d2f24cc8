"""``jingwu demo``: the synthetic demo district, set up on first use and served."""

from __future__ import annotations

import os

import click

from jingwu.site import supervisor


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port to listen on (127.0.0.1 only).")
@click.option("--seed", default=1, show_default=True, help="Seed of the synthetic district.")
def demo(port: int, seed: int) -> None:
    """Set up the demo district (first time: a minute or two) and serve it on this machine.

    Demo accounts exist only here; the sign-in page offers them with one click.
    """
    # Set before Django's settings are read: demo accounts and the demo notice exist in this mode only.
    os.environ["JINGWU_DEMO"] = "1"
    from jingwu.site.commands.serve import prepare_database

    host = "127.0.0.1"
    supervisor.refuse_busy_port(host, port)
    database, started = prepare_database(serves=True)
    try:
        from jingwu.planning.demo import ensure_demo

        ensure_demo(seed=seed, tell=click.echo)
        _close_connections()
    except BaseException:
        if database is not None and started:
            database.stop()
        raise
    supervisor.run(
        [supervisor.web(host, port), supervisor.worker()],
        welcome=f"云上警务室演示: http://{host}:{port}/  (Ctrl-C 停止 / stops)",
        database=database,
        stop_database=started,
    )


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
