"""Rooms and their catalogues: which files belong to which `.po`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from jingwu.site.catalogue import extract

PACKAGE = Path(__file__).resolve().parents[2]
# a date in the header would make two people's updates fight over one line
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
SKIPPED = {"migrations", "node_modules", "dist", "static_collected", "locale", "data", "__pycache__"}


@dataclass(frozen=True)
class Room:
    """An installed room, by the name of its package."""

    name: str
    folder: Path

    def catalogue(self, domain: str) -> Path:
        """Return the path of the room's English catalogue for ``django`` or ``djangojs``."""
        return self.folder / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po"

    def files(self, *suffixes: str) -> Iterator[tuple[Path, str]]:
        """Yield the room's source files with one of the suffixes, and their names from the package's root."""
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in suffixes and not SKIPPED & set(path.relative_to(self.folder).parts[:-1]):
                yield path, str(path.relative_to(PACKAGE.parent))


def rooms(package: Path = PACKAGE) -> list[Room]:
    """Return every room: a package with an `apps.py`, since Django looks for catalogues only there."""
    return [Room(path.parent.name, path.parent) for path in sorted(package.glob("*/apps.py"))]


def marked(room: Room, domain: str) -> dict[tuple[str, str], extract.Message]:
    """Return the room's marked texts by text and context, in a fixed order."""
    found: list[extract.Message] = []
    if domain == "djangojs":
        for path, file in room.files(".js", ".mjs"):
            found += extract.script_messages(path, file)
    else:
        for path, file in room.files(".py"):
            found += extract.python_messages(path, file)
        for path, file in room.files(".html", ".txt"):
            if "templates" in path.parts:
                found += extract.template_messages(path, file)
    by_key: dict[tuple[str, str], extract.Message] = {}
    for message in found:
        key = (message.text, message.context)
        # one text may stand with and without a plural: the plural's entry serves both
        if key not in by_key or (message.plural and not by_key[key].plural):
            by_key[key] = message
    return dict(sorted(by_key.items()))


def read(path: Path) -> Catalog:
    """Return the catalogue at ``path``, or an empty one."""
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as handle:
        return read_po(handle, locale="en")


def merged(old: Catalog, messages: dict[tuple[str, str], extract.Message]) -> Catalog:
    """Return a catalogue of exactly ``messages`` with the translations that ``old`` has for them."""
    new = Catalog(
        locale="en",
        project="jingwu",
        version="",
        copyright_holder="",
        header_comment="# English catalogue; kept by: python -m jingwu.site.catalogue update",
        creation_date=UNDATED,
        revision_date=UNDATED,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for (text, context), message in messages.items():
        known = old.get(text, context or None) or (old.get((text, message.plural), context or None))
        string = known.string if known else ""
        own = (text, message.plural) if message.plural else text
        if message.plural and not isinstance(string, tuple | list):
            string = (string, string)
        elif not message.plural and isinstance(string, tuple | list):
            string = string[0]
        flags = [flag for flag in (known.flags if known else ()) if flag == "fuzzy"]
        new.add(own, string, context=context or None, flags=flags)
    return new


def write(path: Path, catalogue: Catalog) -> None:
    """Write the catalogue without line numbers or dates, so that it changes only when its words do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        write_po(handle, catalogue, no_location=True, width=100, sort_output=True, include_lineno=False)


def compile_to_mo(path: Path) -> None:
    """Write the `.mo` beside a `.po`, in one step so that a running site never reads half a file."""
    fresh = path.with_suffix(".mo.fresh")
    with fresh.open("wb") as handle:
        write_mo(handle, read(path))
    fresh.replace(path.with_suffix(".mo"))
