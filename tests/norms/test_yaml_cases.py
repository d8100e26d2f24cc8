"""The norms in cases an officer can read: tests/norms/*.yaml, one pytest case per entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jingwu.norms import LocalValue, Norms, load, thaw
from jingwu.terms.refusal import BadInput

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in FILES
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def _found(norms: Norms, key: str) -> Any:
    if key in norms.values:
        return thaw(norms.values[key])
    found: Any = norms
    for part in key.split("."):
        found = found[part] if isinstance(found, Mapping) else getattr(found, part)
    return found


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    assert set(case) <= {"case", "day", "local", "expect", "refused"}
    assert ("expect" in case) != ("refused" in case)
    local = [LocalValue(item["key"], item["from"], item["value"], "测试") for item in case.get("local", ())]
    if "refused" in case:
        with pytest.raises(BadInput) as caught:
            load().with_values(local)
        assert case["refused"] in {problem.column for problem in caught.value.problems}
        return
    norms = load().with_values(local).at(case["day"])
    assert {key: _found(norms, key) for key in case["expect"]} == case["expect"]
