"""The day of an instant is the offices' day: in the small hours UTC still has yesterday."""

from __future__ import annotations

import ast
from pathlib import Path

import jingwu

ROOT = Path(jingwu.__file__).parent


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return "" if node.args else _name(node.func)  # datetime.now(zone) names its zone
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _asks_an_instant(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "date"):
        return False
    name = _name(node.func.value)
    return name in ("at", "now", "moment") or name.endswith("_at")


def test_no_instant_is_asked_for_its_day_in_utc() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in ROOT.rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _asks_an_instant(node)
    ]
    assert found == [], "ask timezone.localdate(instant)"


def test_the_search_finds_what_it_is_for() -> None:
    calls = [
        "at.date()",
        "row.created_at.date()",
        "timezone.now().date()",
        "at.astimezone(zone).date()",
        "datetime.now(zone).date()",
    ]
    assert [_asks_an_instant(ast.parse(text, mode="eval").body) for text in calls] == [True] * 3 + [False] * 2
