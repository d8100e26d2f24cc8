"""What the user asks of a plan: target, strength, number of offices, effort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from jingwu.engines.staffing.registry import RULES
from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class PlanParams:
    """The wishes of one plan; None means 'as the norms say' or 'as the facts say'.

    ``strength``: heads by category; with people in the facts it replaces the number of that category, so that
    a what-if may add or take away. ``offices``: how many to site where the facts have none. ``strict``: norms
    that must hold like law. ``day``: ages and certificates are judged on it; None = the last day with a call.
    """

    target_minutes: float | None = None
    target_share: float | None = None
    strength: Mapping[PersonCategory, int] = field(default_factory=dict)
    offices: int | None = None
    replications: int = 30
    strict: tuple[str, ...] = ()
    day: date | None = None

    def __post_init__(self) -> None:
        problems = {}
        if self.target_minutes is not None and not 0 < self.target_minutes <= 240:
            problems["target_minutes"] = "0-240"
        if self.target_share is not None and not 0 < self.target_share <= 0.999:
            problems["target_share"] = "0-0.999"
        if not 2 <= self.replications <= 1000:
            problems["replications"] = "2-1000"
        if self.offices is not None and not 1 <= self.offices <= 2000:
            problems["offices"] = "1-2000"
        if any(not 0 <= heads <= 100_000 for heads in self.strength.values()):
            problems["strength"] = "0-100000"
        if any(rule not in RULES or RULES[rule].severity is not Severity.NORM for rule in self.strict):
            problems["strict"] = "norm.*"
        if problems:
            words = ", ".join(f"{name} ({allowed})" for name, allowed in problems.items())
            raise BadInput(
                "plan.params",
                f"计划参数超出范围:{words}",
                f"parameters out of range: {words}",
                fields=problems,
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters ready for JSON, keys in a fixed order."""
        return {
            "target_minutes": self.target_minutes,
            "target_share": self.target_share,
            "strength": {str(category): heads for category, heads in sorted(self.strength.items())},
            "offices": self.offices,
            "replications": self.replications,
            "strict": list(self.strict),
            "day": self.day.isoformat() if self.day else None,
        }

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> PlanParams:
        """Return the parameters of `to_dict`. Raises BadInput for unknown keys and bad values."""
        names = {item.name for item in fields(PlanParams)}
        unknown = sorted(set(told) - names)
        if unknown:
            raise BadInput("plan.params", f"不认识的计划参数 {unknown}", f"unknown parameters {unknown}")
        values = dict(told)
        try:
            strength = values.get("strength") or {}
            values["strength"] = {PersonCategory(name): int(heads) for name, heads in strength.items()}
            values["strict"] = tuple(values.get("strict") or ())
            if isinstance(values.get("day"), str):
                values["day"] = date.fromisoformat(values["day"])
        except (ValueError, AttributeError, TypeError) as error:
            raise BadInput("plan.params", f"计划参数有误:{error}", f"bad parameters: {error}") from error
        return PlanParams(**values)
