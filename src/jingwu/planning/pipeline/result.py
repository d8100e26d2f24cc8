"""The finished plan: frozen, immutable, ready for JSON; the same facts, norms and seed give the same plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

FORMAT = 2
BACKLOG_MINUTES = 600.0  # beyond it a mean says how long was simulated, not how long people wait
PLANS_RULE = "immediate_aid"  # the dispatch rule of a plan: neighbours aid at once


@dataclass(frozen=True)
class Step:
    """How long one step of the calculation took."""

    name: str
    seconds: float


def _deep_freeze(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({str(key): _deep_freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_deep_freeze(item) for item in value)
    return value


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_thaw(item) for item in value]
    return value


@dataclass(frozen=True)
class PlanResult:
    """A staffing and deployment plan with its explanation.

    ``digest`` names the input: facts, norms version, parameters, seed. The parts are read-only trees of plain
    values, as docs/engines/staffing.md lists them; ``steps`` are how long it took and no part of what the
    plan says.
    """

    digest: str
    headline_zh: str
    headline_en: str
    scope: Mapping[str, Any]
    response: Mapping[str, Any]
    cost: Mapping[str, Any]
    offices: tuple[Mapping[str, Any], ...]
    posts: tuple[Mapping[str, Any], ...]
    people: tuple[Mapping[str, Any], ...]
    moves: tuple[Mapping[str, Any], ...]
    groups: tuple[Mapping[str, Any], ...]
    beats: tuple[Mapping[str, Any], ...]
    rules: tuple[Mapping[str, Any], ...]
    conflict: Mapping[str, Any] | None
    notes: tuple[Mapping[str, str], ...]
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if len(self.digest) != 64:
            raise ValueError("digest must be a SHA-256 in hexadecimal")
        for name in _PARTS:
            object.__setattr__(self, name, _deep_freeze(getattr(self, name)))

    @property
    def feasible(self) -> bool:
        """Return whether a lawful plan exists."""
        return self.conflict is None

    def headline(self, language: str) -> str:
        """Return the first line in ``language``."""
        return self.headline_en if language.startswith("en") else self.headline_zh

    def figures(self) -> dict[str, Any]:
        """Return the few figures that lists of plans show."""
        if not self.feasible:
            return {"feasible": False}
        today, plan, limit = (self.response[name] for name in ("today", "plan", "limit"))
        return {
            "feasible": True,
            "offices": self.scope["offices"],
            "people": self.scope["people"],
            "calls": self.scope["calls"],
            "target_minutes": self.scope["target_minutes"],
            "target_share": self.scope["target_share"],
            "mean_minutes_today": today["mean_minutes"],
            "mean_minutes_plan": plan["mean_minutes"],
            "mean_minutes_limit": limit["mean_minutes"],
            "share_today": today["target_share"],
            "share_plan": plan["target_share"],
            "share_limit": limit["target_share"],
            "moves": len(self.moves),
            "extra_officers_for_target": self.cost["extra_officers"],
            "laws_missed": sum(r["severity"] == "law" and r["kept"] is False for r in self.rules),
            "norms_missed": sum(r["severity"] == "norm" and r["kept"] is False for r in self.rules),
        }

    def to_dict(self, *, timings: bool = True) -> dict[str, Any]:
        """Return the plan as plain values for JSON; without ``timings`` the same plan is the same text."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "digest": self.digest,
            "headline": {"zh": self.headline_zh, "en": self.headline_en},
        }
        told.update({name: _thaw(getattr(self, name)) for name in _PARTS})
        if timings:
            told["steps"] = [{"name": step.name, "seconds": round(step.seconds, 3)} for step in self.steps]
        return told

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> PlanResult:
        """Return the plan of `to_dict`. Raises ValueError for another format."""
        if told.get("format") != FORMAT:
            raise ValueError(f"a plan of format {told.get('format')} cannot be read")
        return PlanResult(
            digest=told["digest"],
            headline_zh=told["headline"]["zh"],
            headline_en=told["headline"]["en"],
            **{name: told[name] for name in _PARTS},
            steps=tuple(Step(row["name"], row["seconds"]) for row in told.get("steps", ())),
        )


_PARTS = (
    "scope",
    "response",
    "cost",
    "offices",
    "posts",
    "people",
    "moves",
    "groups",
    "beats",
    "rules",
    "conflict",
    "notes",
)


def digest_of(facts_digest: str, norms_version: str, params: Mapping[str, Any], seed: int) -> str:
    """Return the name of a plan's input: SHA-256 over facts, norms version, parameters and seed."""
    told = json.dumps(
        {"facts": facts_digest, "norms": norms_version, "params": params, "seed": seed, "format": FORMAT},
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(told.encode()).hexdigest()
