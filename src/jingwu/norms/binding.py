"""Turning the values in force into frozen typed schemes, field by field."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from enum import Enum, IntEnum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from jingwu.norms.problems import Problems
from jingwu.norms.table import Table

Scheme = TypeVar("Scheme")


class Misfit(Exception):
    """A value does not fit the field that asks for it; the text says what was expected."""


def build(
    scheme: type[Scheme], values: Mapping[str, object], prefix: str, ended: frozenset[str] = frozenset()
) -> Scheme:
    """Return ``scheme`` filled from the norms ``prefix.<field name>``.

    A field of type ``X | None`` becomes None when its norm has ended or has not begun.

    Raises
        BadInput: a norm is missing, has ended, does not fit its field, or the scheme refuses the whole.
    """
    problems = Problems()
    arguments: dict[str, object] = {}
    hints = get_type_hints(scheme)
    for item in fields(cast(Any, scheme)):
        key = f"{prefix}.{item.name}"
        try:
            arguments[item.name] = _read(hints[item.name], values, key, ended)
        except KeyError:
            if item.default is not MISSING or item.default_factory is not MISSING:
                continue
            gone = key in ended
            problems.add(
                "",
                key,
                "norms.ended" if gone else "norms.missing",
                "该标准已终止" if gone else "缺少该标准",
                "the norm has ended" if gone else "the norm is missing",
            )
        except Misfit as misfit:
            problems.add("", key, "norms.misfit", f"应为 {misfit}", f"must be {misfit}")
    problems.refuse()
    try:
        return scheme(**arguments)
    except ValueError as error:
        problems.add("", prefix, "norms.scheme", f"这组标准自相矛盾: {error}", str(error))
        problems.refuse()
        raise AssertionError("unreachable") from error


def _read(wanted: Any, values: Mapping[str, object], key: str, ended: frozenset[str]) -> object:
    if key in values:
        return convert(wanted, values[key])
    bare, optional = _without_none(wanted)
    stem = f"{key}."
    children = sorted({name[len(stem) :].split(".")[0] for name in values if name.startswith(stem)})
    if children and get_origin(bare) in (Mapping, Table):
        key_type, item_type = get_args(bare)
        return Table(
            {
                convert(key_type, child): _read(item_type, values, f"{key}.{child}", ended)
                for child in children
            }
        )
    if children and is_dataclass(bare):
        return build(cast(type[object], bare), values, key, ended)
    if optional:
        return None
    raise KeyError(key)


def _without_none(wanted: Any) -> tuple[Any, bool]:
    if get_origin(wanted) in (Union, types.UnionType):
        others = [part for part in get_args(wanted) if part is not type(None)]
        if len(others) < len(get_args(wanted)):
            return others[0], True
    return wanted, False


def convert(wanted: Any, value: object) -> object:
    """Return ``value`` as the annotated type ``wanted``.

    Raises
        Misfit: it cannot be read as that type.
    """
    bare, optional = _without_none(wanted)
    if value is None and optional:
        return None
    origin = get_origin(bare)
    if origin is tuple:
        return _to_tuple(bare, value)
    if origin in (Mapping, Table):
        if not isinstance(value, Mapping):
            raise Misfit("a mapping")
        key_type, item_type = get_args(bare)
        return Table({convert(key_type, key): convert(item_type, item) for key, item in value.items()})
    if is_dataclass(bare):
        return _to_dataclass(cast(type[object], bare), value)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return _to_enum(bare, value)
    return _to_scalar(bare, value)


def _to_tuple(bare: Any, value: object) -> object:
    if not isinstance(value, tuple):
        raise Misfit("a list")
    parts = get_args(bare)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(convert(parts[0], item) for item in value)
    if len(parts) != len(value):
        raise Misfit(f"a list of {len(parts)}")
    return tuple(convert(part, item) for part, item in zip(parts, value, strict=True))


def _to_dataclass(bare: type[object], value: object) -> object:
    if not isinstance(value, Mapping):
        raise Misfit("a mapping")
    hints = get_type_hints(bare)
    arguments = {}
    for item in fields(cast(Any, bare)):
        if item.name in value:
            try:
                arguments[item.name] = convert(hints[item.name], value[item.name])
            except Misfit as misfit:
                raise Misfit(f"{misfit} in '{item.name}'") from misfit
        elif item.default is MISSING and item.default_factory is MISSING:
            raise Misfit(f"a mapping with '{item.name}'")
    unknown = set(value) - set(hints)
    if unknown:
        raise Misfit(f"a mapping without {sorted(unknown)}")
    try:
        return bare(**arguments)
    except ValueError as error:
        raise Misfit(str(error)) from error


def _to_enum(bare: type[Enum], value: object) -> Enum:
    try:
        if issubclass(bare, IntEnum) and isinstance(value, str):
            return bare[value]
        return bare(value)
    except (KeyError, ValueError) as error:
        names = [member.name if issubclass(bare, IntEnum) else str(member.value) for member in bare]
        raise Misfit(f"one of {', '.join(names)}") from error


def _to_scalar(bare: Any, value: object) -> object:
    if bare is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if bare is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if bare is int and isinstance(value, str) and value.isdecimal():
        return int(value)  # keys of mappings are always text
    if bare is bool and isinstance(value, bool):
        return value
    if bare is str and isinstance(value, str):
        return value
    if bare is date and isinstance(value, date):
        return value
    if bare is date and isinstance(value, str):  # values that were kept as JSON
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Misfit("a date such as 2026-10-01") from error
    if bare is time and isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError as error:
            raise Misfit('a quoted time such as "08:00"') from error
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "text", date: "a date"}
    raise Misfit(names.get(bare, 'a quoted time such as "08:00"' if bare is time else str(bare)))
