"""Every setting from the environment stands in the operator's table, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import jingwu

PACKAGE = Path(jingwu.__path__[0])
NAME = r"(?:JINGWU_[A-Z_]+|DATABASE_URL)"


def test_the_table_of_settings_holds_all_that_are_read() -> None:
    read = {name for path in PACKAGE.rglob("*.py") for name in re.findall(rf'"({NAME})"', path.read_text())}
    page = (PACKAGE.parent.parent / "docs/security.md").read_text()
    table = page.split("## Settings from the environment")[1]
    told = {name for row in re.findall(r"(?m)^\|([^|]*)\|", table) for name in re.findall(NAME, row)}
    assert told == read
    for readme in ("README.md", "README.zh-CN.md"):
        named = re.findall(rf"(?m)^\| `({NAME})`", (PACKAGE.parent.parent / readme).read_text())
        assert named and set(named) <= told, readme
