"""The command line ``jingwu``: one literal table of commands, each loaded only when it is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from jingwu.terms.refusal import Refusal

COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("jingwu.site.commands.plan:plan", "Compute a staffing plan for a district's files."),
    "check": ("jingwu.site.commands.plan:check", "Report on a district's files without planning."),
    "demo": ("jingwu.site.commands.demo:demo", "Set up the demo district and serve it."),
    "serve": ("jingwu.site.commands.serve:serve", "Serve the site with its worker and its database."),
    "manage": ("jingwu.site.commands.manage:manage", "Run one of Django's management commands."),
    "journal": ("jingwu.site.commands.journal:journal", "Verify the journal's hash chain."),
    "bench": ("jingwu.site.commands.bench:bench", "Measure the engines on benchmark files."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when called, so that ``--help`` stays instant."""

    def __init__(self, *, table: dict[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module_name, attribute = self.table[cmd_name][0].split(":")
        return getattr(importlib.import_module(module_name), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.table.items()])


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jingwu")
def cli() -> None:
    """云上警务室: staffing plans, rosters and daily work for community police offices."""


def main() -> None:
    """Run the command line; an expected refusal is one clear sentence and exit status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jingwu.site.settings")
    try:
        cli(standalone_mode=True)
    except Refusal as refusal:
        language = "en" if os.environ.get("LANG", "").startswith("en") else "zh"
        click.echo(refusal.message(language), err=True)
        for problem in getattr(refusal, "problems", ())[:50]:
            where = f"{problem.file}:{problem.row} [{problem.column}]"
            click.echo(f"  {where} {problem.reason(language)}", err=True)
        sys.exit(2)
