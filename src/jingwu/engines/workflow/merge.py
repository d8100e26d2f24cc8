"""Offline changes: field-wise three-way merge in which the order of arrival does not matter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

from jingwu.terms.refusal import BadInput

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Change:
    """What one device changed in one record while it could not ask.

    ``id`` makes it idempotent. ``base_version`` is the version of the record the device had last seen;
    ``branch`` is the device and account, ``number`` counts that branch's changes to this record from 1 on.
    ``fields`` holds the new values; ``added`` ids to put into growing sets (photos, notes) by field.
    """

    id: str
    branch: str
    number: int
    base_version: int
    fields: Mapping[str, Json] = field(default_factory=dict)
    added: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id or not self.branch or self.number < 1 or self.base_version < 0:
            raise ValueError("a change has an id, a branch, a number from 1 and a base version from 0")

    @property
    def digest(self) -> str:
        """A digest of the content, to tell a replay from another change under the same id."""
        content = [
            self.branch, self.number, self.base_version, dict(self.fields),
            {name: sorted(ids) for name, ids in self.added.items()},
        ]  # fmt: skip
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """One value of a field that no later change has seen and replaced; version 0 is the record's start."""

    change: str
    branch: str
    number: int
    version: int
    value: Json


@dataclass(frozen=True)
class Field:
    """A field's values: one head in peace, several after concurrent changes.

    ``seen`` remembers the highest number of each branch, so that a late first change of a branch cannot
    come back to life after the branch's second one was replaced.
    """

    heads: tuple[Head, ...]
    seen: Mapping[str, int] = field(default_factory=dict)

    @property
    def values(self) -> tuple[Json, ...]:
        """The distinct values, in an order that depends on their change ids alone."""
        found: dict[str, Json] = {}
        for head in self.heads:
            found.setdefault(json.dumps(head.value, sort_keys=True), head.value)
        return tuple(found.values())

    @property
    def in_conflict(self) -> bool:
        """Whether two devices said different things without knowing of each other."""
        return len(self.values) > 1


@dataclass(frozen=True)
class Record:
    """A record as the server keeps it: versions count accepted changes, ``received`` their digests by id."""

    version: int = 0
    fields: Mapping[str, Field] = field(default_factory=dict)
    sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    received: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, values: Mapping[str, Json]) -> Record:
        """Return version 0 of a record with these values."""
        heads = {name: Field((Head("", "", 0, 0, value),)) for name, value in values.items()}
        return cls(0, heads)

    @property
    def conflicts(self) -> Mapping[str, tuple[Json, ...]]:
        """Every field with more than one value, for the desk to settle."""
        return {name: item.values for name, item in self.fields.items() if item.in_conflict}

    @property
    def settled(self) -> Mapping[str, Json]:
        """Every field on whose value all agree."""
        return {name: item.values[0] for name, item in self.fields.items() if not item.in_conflict}

    def missing(self, name: str, arrived: frozenset[str]) -> frozenset[str]:
        """Return the announced ids of set ``name`` that have not arrived; until then it is incomplete."""
        return self.sets.get(name, frozenset()) - arrived


class Outcome(StrEnum):
    """What became of a change that was handed in."""

    MERGED = "merged"
    CONFLICT = "conflict"  # kept, and some field now holds two values
    ALREADY = "already"  # the same change again: nothing happened


@dataclass(frozen=True)
class Received:
    """The record after a change, what became of it, and the fields it left in conflict."""

    record: Record
    outcome: Outcome
    conflicts: tuple[str, ...] = ()


def receive(record: Record, change: Change) -> Received:
    """Return the record with ``change`` merged in.

    A change replaces the values it has seen (accepted up to its base version, or earlier of its own
    branch) and stands beside the others; equal values are no conflict. The same set of changes gives the
    same values in whatever order they arrive, and a change handed in twice counts once. A desk settles a
    conflict by a change based on the present version.

    Raises
        BadInput: the id was used for another change, or the base version does not exist yet.
    """
    known = record.received.get(change.id)
    if known is not None:
        if known != change.digest:
            raise BadInput(
                "merge.id_reused",
                "同一编号的修改内容不同",
                "a different change came under the same id",
                fields={"id": change.id},
            )
        return Received(record, Outcome.ALREADY)
    if change.base_version > record.version:
        raise BadInput(
            "merge.future_base",
            f"基准版本 {change.base_version} 尚不存在(当前 {record.version})",
            f"base version {change.base_version} does not exist yet (present: {record.version})",
            fields={"base_version": str(change.base_version)},
        )
    version = record.version + 1
    fields = dict(record.fields)
    for name, value in change.fields.items():
        fields[name] = _merge(fields.get(name, Field(())), change, version, value)
    sets = dict(record.sets)
    for name, ids in change.added.items():
        sets[name] = sets.get(name, frozenset()) | ids
    merged = replace(
        record, version=version, fields=fields, sets=sets,
        received={**record.received, change.id: change.digest},
    )  # fmt: skip
    conflicts = tuple(sorted(name for name in change.fields if fields[name].in_conflict))
    return Received(merged, Outcome.CONFLICT if conflicts else Outcome.MERGED, conflicts)


def _merge(present: Field, change: Change, version: int, value: Json) -> Field:
    if change.number <= present.seen.get(change.branch, 0):
        return present  # a later change of the same branch came first
    kept = [
        head
        for head in present.heads
        if head.version > change.base_version
        and not (head.branch == change.branch and head.number < change.number)
    ]
    heads = sorted([*kept, Head(change.id, change.branch, change.number, version, value)], key=_by_change)
    return Field(tuple(heads), {**present.seen, change.branch: change.number})


def _by_change(head: Head) -> str:
    return head.change


def receive_all(record: Record, changes: Iterable[Change]) -> tuple[Record, tuple[Received, ...]]:
    """Return the record after all changes in the order given, and what became of each."""
    results = []
    for change in changes:
        result = receive(record, change)
        record = result.record
        results.append(result)
    return record, tuple(results)


def changed_fields(base: Mapping[str, Json], mine: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a device must send: the fields of ``mine`` that differ from ``base``."""
    missing = object()
    return {name: value for name, value in mine.items() if base.get(name, missing) != value}


def to_plain(record: Record) -> dict[str, Any]:
    """Return the record as plain JSON, for one column."""
    return {
        "version": record.version,
        "fields": {
            name: {
                "heads": [[h.change, h.branch, h.number, h.version, h.value] for h in item.heads],
                "seen": dict(item.seen),
            }
            for name, item in record.fields.items()
        },
        "sets": {name: sorted(ids) for name, ids in record.sets.items()},
        "received": dict(record.received),
    }


def from_plain(plain: Mapping[str, Any]) -> Record:
    """Return the record that `to_plain` wrote."""
    return Record(
        plain["version"],
        {
            name: Field(tuple(Head(*head) for head in item["heads"]), dict(item["seen"]))
            for name, item in plain["fields"].items()
        },
        {name: frozenset(ids) for name, ids in plain["sets"].items()},
        dict(plain["received"]),
    )
