# catalogue: data - headers and words of files, problems in both languages
"""The column-mapping file that lets foreign exports in: which header is which column, which word what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from jingwu.planning.district.schema import BY_NAME
from jingwu.sheets.headers import nearest
from jingwu.sheets.mapping import TableMapping
from jingwu.sheets.times import BY_SHOWN
from jingwu.terms.refusal import BadInput

MAX_MAPPING_BYTES = 2**20
_TABLE_KEYS = ("file", "columns", "values", "constants", "leave_out", "time_format")
_TOP_KEYS = ("name", "city", "time_zone", "tables")


@dataclass(frozen=True)
class ColumnMapping:
    """A whole mapping file."""

    name: str = ""
    city: str = ""
    time_zone: str = ""
    tables: Mapping[str, TableMapping] = field(default_factory=dict)

    def table(self, name: str) -> TableMapping:
        """Return the part on one table, an empty one when the file says nothing about it."""
        return self.tables.get(name, TableMapping())


def check_zone(name: str) -> str:
    """Return the time zone's name when it exists.

    Raises BadInput.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            "input.time_zone", f"没有「{name}」这个时区。", f"There is no time zone {name!r}."
        ) from error
    return name


def read_mapping(path: str | Path) -> ColumnMapping:
    """Return the mapping a YAML file holds.

    Raises BadInput when it cannot be read or says something not understood.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_MAPPING_BYTES:
            raise _bad(file, "文件过大", "the file is too large")
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = str(error).splitlines()[0]
        raise _bad(file, f"无法读取({line})", f"it cannot be read ({line})") from error
    return parse_mapping(content, file)


def parse_mapping(content: object, file: Path = Path("columns.yaml")) -> ColumnMapping:
    """Return the mapping that a structure of dictionaries describes.

    Raises BadInput.
    """
    top = _section(content, file, "", _TOP_KEYS)
    tables: dict[str, TableMapping] = {}
    for name, part in _section(top.get("tables"), file, "tables", tuple(BY_NAME)).items():
        section = _section(part, file, name, _TABLE_KEYS)
        ours = tuple(column.name for column in BY_NAME[name].columns)
        values = _section(section.get("values"), file, f"{name}.values", ours)
        time_format = str(section.get("time_format") or "")
        if time_format and time_format not in BY_SHOWN:
            known = ", ".join(BY_SHOWN)
            raise _bad(file, f"time_format 只能是 {known}", f"time_format must be one of {known}")
        tables[name] = TableMapping(
            file=str(section.get("file") or ""),
            columns=_words(section.get("columns"), file, f"{name}.columns", ours),
            values={
                column: _words(words, file, f"{name}.values.{column}", ()) for column, words in values.items()
            },
            constants=_words(section.get("constants"), file, f"{name}.constants", ours),
            leave_out=_lists(section.get("leave_out"), file, f"{name}.leave_out"),
            time_format=time_format,
        )
    zone = str(top.get("time_zone") or "")
    return ColumnMapping(
        name=str(top.get("name") or ""),
        city=str(top.get("city") or ""),
        time_zone=check_zone(zone) if zone else "",
        tables=tables,
    )


def _section(content: object, file: Path, where: str, known: tuple[str, ...]) -> dict[str, object]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _bad(file, f"「{where or '顶层'}」应为键值对", f"{where or 'the top'} must be a mapping")
    section = {str(key): value for key, value in content.items()}
    for key in section:
        if known and key not in known:
            near = nearest(key, list(known))
            also_zh, also_en = (f",是不是「{near}」?", f"; did you mean {near!r}?") if near else ("", "")
            raise _bad(
                file,
                f"「{where or '顶层'}」里不认识「{key}」{also_zh}",
                f"{where or 'the top'} knows no {key!r}{also_en}",
            )
    return section


def _words(content: object, file: Path, where: str, known: tuple[str, ...]) -> dict[str, str]:
    return {key: str(value) for key, value in _section(content, file, where, known).items()}


def _lists(content: object, file: Path, where: str) -> dict[str, tuple[str, ...]]:
    section = _section(content, file, where, ())
    for header, words in section.items():
        if not isinstance(words, list):
            raise _bad(file, f"「{where}.{header}」应为列表", f"{where}.{header} must be a list")
    return {header: tuple(map(str, words)) for header, words in section.items()}  # type: ignore[call-overload]


def _bad(file: Path, zh: str, en: str) -> BadInput:
    return BadInput(
        "input.mapping", f"列映射文件「{file.name}」有误:{zh}。", f"The mapping file {file.name!r}: {en}."
    )
