"""Values of norms in words, as pages show them, and the kind of control each is entered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from jingwu.norms import Norm, NormBook
from jingwu.offices.words import PARTS, UNITS

SHORT = 60


@dataclass(frozen=True)
class Value:
    """A value in words: ``text`` on one line, or ``parts`` (name, text), or ``yaml`` for what is larger."""

    text: str
    parts: tuple[tuple[str, str], ...] = ()
    yaml: str = ""


def form_of(norm: Norm, value: Any) -> str:
    """Return which controls fit a norm: share, number, boolean, text, parts, lines or yaml."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "share" if norm.unit == "/1" else "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping) and value and all(_is_number(part) for part in value.values()):
        return "parts"
    # a day off is an empty text in a pattern of shifts: a blank line would lose it
    if isinstance(value, tuple) and value:
        is_plain = not any(one == "" or isinstance(one, Mapping | tuple) for one in value)
        return "lines" if is_plain else "yaml"
    return "yaml"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_yaml(value: Any) -> str:
    """Return a value as it would stand in a file of norms."""
    plain = _plain(value)
    return str(
        yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=88, default_flow_style=None)
    ).removesuffix("...\n")


def _plain(value: Any) -> Any:
    """Return lists and dictionaries; dates stay dates, which YAML writes without quotes."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def unit_words(key: str, unit: str) -> str:
    """Return the unit's word; years of a person's life have one of their own in Chinese."""
    if unit == "years" and key.split(".")[0] in ("age", "ages"):
        return _("岁")
    return str(UNITS.get(unit, ""))


def in_print(reference: str) -> str:
    """Return a reference as a reader knows it: the project's table of rules by its name, not its file."""
    return reference.replace("reference.md", _("业务规则表"))


def in_words(book: NormBook, key: str, value: Any) -> Value:
    """Return a value of the norm ``key`` in words."""
    if value is None:
        return Value(_("终止"))
    norm = book.norms.get(key)
    if norm is None:
        return Value(str(value))
    kind = form_of(norm, value)
    if kind in ("share", "number"):
        return Value(_number(value, key, norm.unit))
    if kind == "boolean":
        return Value(_("是") if value else _("否"))
    if kind == "text":
        return Value(value)
    if kind == "parts":
        parts = tuple(
            (str(PARTS.get(name, name)), _number(part, key, norm.unit)) for name, part in value.items()
        )
        return Value(" · ".join(f"{name} {part}" for name, part in parts), parts)
    if kind == "lines":
        words = [str(PARTS.get(str(one), one)) for one in value]
        text = _("、").join(word or "–" for word in words)
        return Value(_cut(text), yaml="" if len(text) <= SHORT else as_yaml(value))
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return Value(_cut(" ".join(one or "–" for one in value)), yaml=as_yaml(value))
    title = value.get("zh") if isinstance(value, Mapping) else None
    text = str(title) if title else _("%(count)s 项") % {"count": len(value)}
    return Value(text, yaml=as_yaml(value))


def _number(value: float, key: str, unit: str) -> str:
    if unit == "/1":
        return f"{round(value * 100, 6):g}%"
    return f"{value:g} {unit_words(key, unit)}".strip()


def _cut(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
