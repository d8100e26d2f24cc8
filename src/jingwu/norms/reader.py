"""Reading norms from folders of YAML files, strictly."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from jingwu.norms.book import DatedValue, Norm, NormBook, Status, freeze, in_order
from jingwu.norms.checks import check_values, prove
from jingwu.norms.problems import Problems
from jingwu.norms.table import Table

PACKAGED = Path(__file__).parent / "data"
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_FIELDS = {"title", "description", "metadata", "note", "values"}
_METADATA = {"unit", "status", "reference"}
_TRAPS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float")}
MOST_NESTED = 60
_BASE: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Unwanted(yaml.constructor.ConstructorError):
    """What is YAML, but no norm may hold."""

    def __init__(self, zh: str, en: str, node: yaml.Node) -> None:
        super().__init__(None, None, en, node.start_mark)
        self.problem_zh = zh


class _StrictLoader(_BASE):  # type: ignore[misc]
    """PyYAML's safe loader, except that a key stated twice is an error rather than silently the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Unwanted("键应为一个词", "a key must be a single word", key_node)
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _Unwanted(f"“{key}”写了两次", f"'{key}' is stated twice", key_node)
            seen.add(key)
        result: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return result


class _TypedLoader(_StrictLoader):
    """The loader of what somebody types into a page: it stays as large as it looks."""

    def construct_document(self, node: yaml.Node) -> Any:
        _refuse_endless(node)
        return super().construct_document(node)


def _refuse_endless(root: yaml.Node) -> None:
    """Refuse aliases, by which twenty lines fill the memory and a list can hold itself, and deep nesting."""
    seen: set[int] = set()
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if id(node) in seen:
            raise _Unwanted(
                "不能用别名(*名称)引用别处的内容", "an alias (*name) for another part is not allowed", node
            )
        if depth > MOST_NESTED:
            raise _Unwanted(f"嵌套超过 {MOST_NESTED} 层", f"nested more than {MOST_NESTED} levels deep", node)
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [(part, depth + 1) for part in chain.from_iterable(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(part, depth + 1) for part in node.value]


# YAML 1.1 reads off, no and yes as truth values and 18:00 as 1080: traps for whoever writes norms by hand.
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TRAPS]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789")
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789"),
)


@dataclass
class _Reading:
    """What one `load` has gathered so far."""

    norms: dict[str, Norm]
    problems: Problems
    touched: set[str] = field(default_factory=set)


def load(*directories: Path | str) -> NormBook:
    """Return the packaged norms with those of each folder laid over them, in the order given.

    A file ``a/b.yaml`` holds the norms ``a.b.<name>``. A folder may add dated values to a packaged norm
    (``values`` alone is enough; they count as local) or state norms of its own in full.

    Raises
        BadInput: with every problem, by file and key.
    """
    packaged = _packaged()
    if not directories:
        return packaged
    reading = _Reading(dict(packaged.norms), Problems())
    for layer, directory in enumerate(directories, start=1):
        _read_folder(Path(directory), layer, reading)
    reading.problems.refuse()
    book = NormBook(Table(reading.norms))
    prove(book, keys=reading.touched)
    return book


def read_value(text: str) -> object:
    """Return a value written as in the files of norms: YAML without its traps and without aliases.

    Raises
        BadInput: it is no YAML or grows beyond what is written; the problem names the line.
    """
    problems = Problems()
    try:
        return yaml.load(text, Loader=_TypedLoader)  # noqa: S506 - made of the safe one
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        line, zh, en = _reason(error)
        problems.add(
            "", "", "norms.yaml", f"第 {line} 行不是有效的 YAML: {zh}",
            f"line {line} is not valid YAML: {en}", row=line,
        )  # fmt: skip
    problems.refuse()
    raise AssertionError("unreachable")


def _reason(error: yaml.YAMLError | ValueError) -> tuple[int, str, str]:
    """Return the line (0 = unknown) and what is wrong there, in Chinese as far as we say it ourselves."""
    mark = getattr(error, "problem_mark", None)
    en = getattr(error, "problem", None) or str(error)
    return mark.line + 1 if mark else 0, getattr(error, "problem_zh", en), en


@lru_cache(maxsize=1)
def _packaged() -> NormBook:
    reading = _Reading({}, Problems())
    _read_folder(PACKAGED, 0, reading)
    reading.problems.refuse()
    return NormBook(Table(reading.norms))


def _read_folder(folder: Path, layer: int, reading: _Reading) -> None:
    if not folder.is_dir():
        reading.problems.add(str(folder), "", "norms.no_folder", "没有这个文件夹", "there is no such folder")
        return
    touched: set[str] = set()
    for path in sorted(folder.rglob("*.yaml")):
        name = str(path.relative_to(folder))
        try:
            tree = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_StrictLoader)  # noqa: S506 - made of the safe one
        except (UnicodeDecodeError, OSError) as error:
            reading.problems.add(
                name, "", "norms.unreadable", f"读不出来: {error}", f"cannot be read: {error}"
            )
            continue
        except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
            line, zh, en = _reason(error)
            reading.problems.add(
                name, "", "norms.yaml", f"YAML 有误: {zh}", f"not valid YAML: {en}", row=line
            )
            continue
        stem = path.relative_to(folder).with_suffix("").parts
        if tree is not None:
            touched |= _read_tree(tree, ".".join(stem), name, layer, reading)
    reading.touched |= touched
    for key in sorted(touched):
        check_values(reading.norms[key], reading.problems)


def _read_tree(tree: object, prefix: str, file: str, layer: int, reading: _Reading) -> set[str]:
    problems = reading.problems
    if not isinstance(tree, Mapping):
        problems.add(file, prefix, "norms.tree", "应为键值表", "must be a mapping")
        return set()
    if "values" in tree:
        return _read_norm(tree, prefix, file, layer, reading)
    touched: set[str] = set()
    for name, branch in tree.items():
        if not _SEGMENT.fullmatch(str(name)):
            problems.add(
                file, f"{prefix}.{name}", "norms.key",
                "名称只能用字母、数字和下划线", "a name is letters, digits and underscores",
            )  # fmt: skip
        else:
            touched |= _read_tree(branch, f"{prefix}.{name}", file, layer, reading)
    return touched


def _read_norm(node: Mapping[Any, Any], key: str, file: str, layer: int, reading: _Reading) -> set[str]:
    problems = reading.problems
    unknown = sorted(str(name) for name in set(node) - _FIELDS)
    if unknown:
        problems.add(file, key, "norms.field", f"不认识的字段 {unknown}", f"unknown fields {unknown}")
        return set()
    known = reading.norms.get(key)
    if known is not None and any(value.layer == layer for value in known.values):
        problems.add(file, key, "norms.twice", "同一标准写了两处", "the norm is stated in two places")
        return set()
    metadata = node.get("metadata") or {}
    if known is None and isinstance(metadata, Mapping):
        lacking = [name for name in ("title", "description") if not node.get(name)]
        lacking += sorted(name for name in _METADATA if not metadata.get(name))
        if lacking:
            problems.add(
                file, key, "norms.lacking", f"新标准缺少 {lacking}", f"a norm of its own lacks {lacking}"
            )
            return set()
    status = _status(metadata, key, file, known, problems)
    if status is None:
        return set()
    reference = str(metadata.get("reference") or (file if known else ""))
    values = _dated_values(node["values"], key, file, layer, status, reference, problems)
    if known is not None:
        reading.norms[key] = Norm(**{**vars(known), "values": in_order((*known.values, *values))})
        return {key}
    note = node.get("note") or {}
    reading.norms[key] = Norm(
        key=key,
        title=str(node["title"]),
        description=str(node["description"]),
        unit=str(metadata["unit"]),
        reference=reference,
        status=status,
        values=in_order(values),
        note_zh=str(note.get("zh", "")),
        note_en=str(note.get("en", "")),
    )
    return {key}


def _status(metadata: object, key: str, file: str, known: Norm | None, problems: Problems) -> Status | None:
    if not isinstance(metadata, Mapping) or set(metadata) - _METADATA:
        problems.add(
            file, key, "norms.metadata",
            "metadata 只含 unit、status、reference", "metadata holds unit, status and reference",
        )  # fmt: skip
        return None
    word = str(metadata.get("status") or (Status.LOCAL if known is not None else ""))
    if word not in set(Status):
        allowed = "|".join(Status)
        problems.add(file, key, "norms.status", f"status 应为 {allowed}", f"status must be {allowed}")
        return None
    return Status(word)


def _dated_values(
    stated: object, key: str, file: str, layer: int, status: Status, reference: str, problems: Problems
) -> list[DatedValue]:
    if not isinstance(stated, Mapping) or not stated:
        problems.add(file, key, "norms.values", "values 应为 日期: 值", "values must be date: value")
        return []
    values = []
    for start, value in stated.items():
        if not isinstance(start, date) or isinstance(start, datetime):
            problems.add(
                file, key, "norms.date", f"'{start}' 不是 年-月-日", f"'{start}' is not year-month-day"
            )
            continue
        try:
            values.append(DatedValue(start, freeze(value), status, reference, file, layer))
        except TypeError as error:
            problems.add(file, key, "norms.kind", f"不能识别的值: {error}", f"not a value: {error}")
    return values
