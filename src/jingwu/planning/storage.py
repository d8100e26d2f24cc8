"""Facts as bytes for one database column: a district packs into a compressed archive and unpacks the same.

ID numbers stay outside: no plan depends on them, and they live encrypted with the persons alone.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from jingwu.planning.district import Beat, Calls, District, MapBackground, Office, Person, Workload

FORMAT = 1


@dataclass(frozen=True)
class _Records:
    """The part of a district that is told in records rather than in columns."""

    offices: tuple[Office, ...]
    beats: tuple[Beat, ...]
    people: tuple[Person, ...]
    background: MapBackground | None
    name: str
    city: str
    time_zone: str


_RECORDS = TypeAdapter(_Records)


def pack(district: District) -> bytes:
    """Return the district's facts as bytes; ID numbers are left out."""
    people = tuple(replace(person, id_number=None) for person in district.people)
    records = _Records(
        offices=district.offices,
        beats=district.beats,
        people=people,
        background=district.background,
        name=district.name,
        city=district.city,
        time_zone=district.time_zone,
    )
    arrays: dict[str, Any] = {
        "format": np.array([FORMAT]),
        "records": np.frombuffer(_RECORDS.dump_json(records), np.uint8),
    }
    for prefix, table in (("calls", district.calls), ("workload", district.workload)):
        for column in fields(table):
            values = getattr(table, column.name)
            if values is not None:
                arrays[f"{prefix}.{column.name}"] = values
    for name in ("travel_minutes", "crews_today"):
        if getattr(district, name) is not None:
            arrays[name] = getattr(district, name)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpack(packed: bytes) -> District:
    """Return the district that ``pack`` was given (without ID numbers).

    Raises:
        ValueError: the bytes are of another format.
    """
    with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if int(arrays["format"][0]) != FORMAT:
        raise ValueError(f"facts of format {int(arrays['format'][0])}, expected {FORMAT}")
    records = _RECORDS.validate_json(arrays["records"].tobytes())
    columns = {
        prefix: {name.split(".", 1)[1]: values for name, values in arrays.items() if name.startswith(prefix)}
        for prefix in ("calls.", "workload.")
    }
    return District(
        calls=Calls(**columns["calls."]),
        workload=Workload(**columns["workload."]),
        travel_minutes=arrays.get("travel_minutes"),
        crews_today=arrays.get("crews_today"),
        **{field.name: getattr(records, field.name) for field in fields(records)},
    )
