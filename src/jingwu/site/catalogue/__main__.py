"""``python -m jingwu.site.catalogue check | update | compile``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import click

from jingwu.site.catalogue import unmarked
from jingwu.site.catalogue.rooms import PACKAGE, Room, compile_to_mo, marked, merged, read, rooms, write

DOMAINS = ("django", "djangojs")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%\(\w+\)\.\d+f|\{\w*\}")


@click.group()
def catalogue() -> None:
    """Keep the English catalogues of all rooms complete."""


def catalogue_problems(room: Room) -> Iterator[str]:
    """Yield what is missing, empty, fuzzy, left over or wrongly filled in one room's catalogues."""
    for domain in DOMAINS:
        wanted = marked(room, domain)
        path = room.catalogue(domain)
        have = read(path)
        where = path.relative_to(PACKAGE.parent)
        if wanted and not path.exists():
            yield f"{where}: missing; run: python -m jingwu.site.catalogue update"
            continue
        for (text, context), message in wanted.items():
            entry = have.get(text, context or None)
            if entry is None:
                yield f"{where}: no entry for {text!r} ({message.file})"
                continue
            strings = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
            if not all(strings):
                yield f"{where}: no English for {text!r} ({message.file})"
            elif entry.fuzzy:
                yield f"{where}: fuzzy entry for {text!r}"
            else:
                holes = set(PLACEHOLDER.findall(text))
                # the singular may say "one" instead of the number; the last form may not
                if set(PLACEHOLDER.findall(strings[-1])) != holes:
                    yield f"{where}: {strings[-1]!r} has other placeholders than {text!r}"
                if any(unmarked.CHINESE.search(string) for string in strings):
                    yield f"{where}: the English for {text!r} holds Chinese"
        keys = {key for key, _context in wanted}
        for entry in have:
            text = entry.id[0] if isinstance(entry.id, tuple | list) else entry.id
            if text and text not in keys:
                yield f"{where}: {text!r} is used nowhere"


def unmarked_texts(room: Room) -> Iterator[unmarked.Unmarked]:
    """Yield the Chinese texts of a room that nobody marked."""
    for path, file in room.files(".html", ".txt"):
        if "templates" in path.parts:
            yield from unmarked.in_template(path, file)
    for path, file in room.files(".py"):
        yield from unmarked.in_python(path, file)
    for path, file in room.files(".js"):
        yield from unmarked.in_script(path, file)


@catalogue.command()
@click.argument("names", nargs=-1)
def check(names: tuple[str, ...]) -> None:
    """Fail when an entry is missing, empty or fuzzy, or Chinese text is not marked (rooms NAMES, or all)."""
    problems = []
    for room in rooms():
        if names and room.name not in names:
            continue
        problems += catalogue_problems(room)
        problems += [
            f"{found.file}:{found.line}: not marked for translation: {found.text[:60]}"
            for found in unmarked_texts(room)
        ]
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(problems)} problems", err=True)
    sys.exit(1 if problems else 0)


@catalogue.command()
@click.argument("names", nargs=-1)
def update(names: tuple[str, ...]) -> None:
    """Add new texts to the catalogues with an empty English, drop those used nowhere (rooms NAMES)."""
    for room in rooms():
        if names and room.name not in names:
            continue
        for domain in DOMAINS:
            messages = marked(room, domain)
            path = room.catalogue(domain)
            if messages or path.exists():
                new = merged(read(path), messages)
                write(path, new)
                empty = sum(1 for entry in new if entry.id and not any(entry.string))
                click.echo(
                    f"{path.relative_to(PACKAGE.parent)}: {len(messages)} texts, {empty} without English"
                )


@catalogue.command(name="compile")
def compile_all() -> None:
    """Compile every catalogue to the `.mo` beside it."""
    for room in rooms():
        for domain in DOMAINS:
            if room.catalogue(domain).exists():
                compile_to_mo(room.catalogue(domain))


if __name__ == "__main__":
    catalogue()
