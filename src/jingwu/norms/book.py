"""The book of norms: every rule of policy with its dated values, its source and its status."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from jingwu.norms.problems import Problems
from jingwu.norms.table import Table
from jingwu.norms.view import Norms

_DAYS_KEPT = 64  # a page asks for today, a comparison for a few dates

Value: TypeAlias = "int | float | str | bool | date | tuple[Value, ...] | Mapping[str, Value] | None"


class Status(StrEnum):
    """How much a norm binds, and on whose word."""

    STATUTE = "statute"  # a law or a ministry's rule
    LOCAL = "local"  # a rule of a city, district or station
    SOURCE_ARTICLE = "source-article"  # the article the product started from
    ASSUMED = "assumed"  # our own default, waiting for a better one


@dataclass(frozen=True)
class DatedValue:
    """One value of a norm, in force from ``start`` on until the next; ``value`` None ends the norm.

    ``layer`` is 0 for the packaged norms, and higher for each folder or set of values laid over them.
    """

    start: date
    value: Value
    status: Status
    reference: str
    file: str
    layer: int = 0


@dataclass(frozen=True)
class LocalValue:
    """A dated value added by hand (on the norms page), laid over everything that came from files."""

    key: str
    start: date
    value: Value
    reference: str
    status: Status = Status.LOCAL


@dataclass(frozen=True)
class Norm:
    """One rule of policy: what it says, in which unit, on whose word, and its values by date."""

    key: str
    title: str
    description: str
    unit: str
    reference: str
    status: Status
    values: tuple[DatedValue, ...]
    note_zh: str = ""
    note_en: str = ""

    def label(self, language: str) -> str:
        """Return the norm's name in ``language`` (``"en…"`` is English, anything else Chinese)."""
        return self.description if language.startswith("en") else self.title

    def note(self, language: str) -> str:
        """Return what is unclear about the norm and how it was settled, in ``language``."""
        return self.note_en if language.startswith("en") else self.note_zh

    def at(self, day: date) -> DatedValue | None:
        """Return the value in force on ``day``: of the topmost layer that has one, the latest.

        A local value therefore holds until somebody locally says otherwise, even when a later release
        brings a newer packaged value; `NormBook.overtaken` lists those cases.
        """
        started = [value for value in self.values if value.start <= day]
        return max(started, key=lambda value: (value.layer, value.start), default=None)


@dataclass(frozen=True, order=True)
class NormVersion:
    """Which norms a figure was computed with: the newest date among them, and a digest of them all."""

    newest: date
    digest: str

    def __str__(self) -> str:
        return f"{self.newest.isoformat()}+{self.digest[:12]}"


def freeze(value: object) -> Value:
    """Return ``value`` with lists as tuples and dictionaries as read-only mappings with text keys.

    Raises
        TypeError: a value is neither text, number, truth value, date, list nor mapping.
    """
    if isinstance(value, Mapping):
        return Table({str(key): freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    if value is None or isinstance(value, str | bool | int | float | date):
        return value
    raise TypeError(type(value).__name__)


def thaw(value: Value) -> object:
    """Return ``value`` as plain lists, dictionaries and ISO dates, ready for JSON."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def kind(value: Value) -> str:
    """Return the broad kind of a value; a later value of a norm must be of the same kind."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, tuple):
        return "list"
    if isinstance(value, Mapping):
        return "mapping"
    return type(value).__name__


@dataclass(frozen=True)
class NormBook:
    """All norms by key; `at` answers for one day.

    Build it with `load`; lay further values over it with `with_values`.
    """

    norms: Mapping[str, Norm]
    _days: dict[date, Norms] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.norms)

    def norm(self, key: str) -> Norm:
        """Return one norm.

        Raises
            BadInput: there is no norm of that key.
        """
        if key not in self.norms:
            problems = Problems()
            problems.add("", key, "norms.unknown_key", "没有这条标准", "there is no such norm")
            problems.refuse()
        return self.norms[key]

    def history(self, key: str) -> tuple[DatedValue, ...]:
        """Return every value of a norm that was ever stated, by date and then by layer."""
        return self.norm(key).values

    def in_force(self, day: date) -> dict[str, DatedValue]:
        """Return the stated value of every norm that has begun by ``day`` (ended norms carry None)."""
        stated = ((key, norm.at(day)) for key, norm in self.norms.items())
        return {key: value for key, value in stated if value is not None}

    def version(self, day: date) -> NormVersion:
        """Return the version in force on ``day``: same values, same version, whatever the file layout."""
        return self._version(self.in_force(day))

    @staticmethod
    def _version(in_force: Mapping[str, DatedValue]) -> NormVersion:
        plain = {key: thaw(stated.value) for key, stated in in_force.items() if stated.value is not None}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        return NormVersion(max((stated.start for stated in in_force.values()), default=date.min), digest)

    def at(self, day: date) -> Norms:
        """Return the norms in force on ``day`` as typed schemes; asking again for a day costs nothing."""
        found = self._days.get(day)
        if found is None:
            stated = self.in_force(day)
            values = {key: item.value for key, item in stated.items() if item.value is not None}
            ended = frozenset(key for key, item in stated.items() if item.value is None)
            found = Norms(day, self._version(stated), Table(values), ended)
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            self._days[day] = found
        return found

    def overtaken(self, day: date) -> tuple[str, ...]:
        """Return the keys whose local value in force on ``day`` is older than a newer packaged one."""
        found = []
        for key, norm in self.norms.items():
            chosen = norm.at(day)
            if chosen is not None and any(
                other.layer < chosen.layer and chosen.start < other.start <= day for other in norm.values
            ):
                found.append(key)
        return tuple(found)

    @cached_property
    def change_days(self) -> tuple[date, ...]:
        """Return every date on which some norm begins, changes or ends, ascending."""
        return tuple(sorted({value.start for norm in self.norms.values() for value in norm.values}))

    def with_values(self, values: Iterable[LocalValue], *, approved: bool = False) -> NormBook:
        """Return a book with dated local values laid over this one; all are checked together.

        ``approved`` values were checked when they were proposed. They are laid on without a second proof,
        and a key that a newer release no longer has is passed over: an old local value may then make one
        scheme refuse to be built, but never keeps the others from being read.

        Raises
            BadInput: an unknown key, a value of another kind, one date stated twice, or a scheme that no
                longer holds together (shares that do not sum to 1, …) on some day.
        """
        from jingwu.norms.checks import check_values, prove

        layer = 1 + max((value.layer for norm in self.norms.values() for value in norm.values), default=0)
        problems = Problems()
        fresh: dict[str, list[DatedValue]] = {}
        for local in values:
            if local.key not in self.norms:
                if approved:
                    continue
                problems.add("", local.key, "norms.unknown_key", "没有这条标准", "there is no such norm")
                continue
            try:
                frozen = freeze(local.value)
            except TypeError as error:
                problems.add("", local.key, "norms.kind", f"不能识别的值: {error}", f"not a value: {error}")
                continue
            fresh.setdefault(local.key, []).append(
                DatedValue(local.start, frozen, local.status, local.reference, "", layer)
            )
        merged = dict(self.norms)
        for key, added in fresh.items():
            norm = self.norms[key]
            merged[key] = replace(norm, values=in_order((*norm.values, *added)))
            if not approved:
                check_values(merged[key], problems)
        problems.refuse()
        book = NormBook(Table(merged))
        if fresh and not approved:
            first = min(item.start for added in fresh.values() for item in added)
            prove(book, since=first, keys=fresh)
        return book


def in_order(values: Sequence[DatedValue]) -> tuple[DatedValue, ...]:
    """Return the values by date, and by layer within one date."""
    return tuple(sorted(values, key=lambda value: (value.start, value.layer)))
