"""``jingwu journal``: what an auditor runs beside the site."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def journal() -> None:
    """Look after the journal's hash chain."""


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    sequence, colon, digest = text.partition(":")
    if not colon or not sequence.isdecimal() or len(digest) != 64:
        raise click.BadParameter("an anchor is SEQUENCE:HASH, as an earlier run printed it")
    return int(sequence), digest


@journal.command()
@click.option("--anchor", help="SEQUENCE:HASH noted earlier; finds a chain rewritten since.")
@click.option("--quiet", is_flag=True, help="Print faults only.")
def verify(anchor: str | None, quiet: bool) -> None:
    """Walk the chain and report every altered, missing or reordered line.

    Exit status: 0 intact, 1 faults found. Note the printed head somewhere the database's owner cannot write:
    with it (--anchor) even a completely recomputed chain is found out.

    \b
    Examples:
      jingwu journal verify
      jingwu journal verify --anchor 41207:9f2c…
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jingwu.site.settings")
    wanted = _anchor(anchor)
    import django

    django.setup()
    from django.conf import settings

    server = settings.EMBEDDED_POSTGRES
    started = server is not None and server.start()
    try:
        from jingwu.journal import queries

        result = queries.verify(queries.Anchor(*wanted) if wanted else None)
    finally:
        if started:
            from django.db import connections

            connections.close_all()
            server.stop()
    for fault in result.faults:
        click.echo(f"{fault.message_zh} / {fault.message_en}", err=True)
    if not quiet:
        state = "完整 / intact" if result.intact else f"发现 {len(result.faults)} 处问题 / faults found"
        click.echo(f"{result.lines} 条 / lines: {state}")
        click.echo(f"链尾 / head: {result.head.sequence}:{result.head.hash}")
    sys.exit(0 if result.intact else 1)
