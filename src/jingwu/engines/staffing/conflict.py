"""When no lawful plan exists: the smallest set of rules that cannot hold together, in words, with ways out.

Deletion filter (Chinneck & Dravnieks 1991): leave out one rule after another; a rule without which the rest
still cannot hold is dropped for good. What remains is irreducible: without any one of them the others can
hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from jingwu.engines.staffing.model import LinearModel
from jingwu.engines.staffing.registry import title_of


@dataclass(frozen=True)
class Conflict:
    """An irreducible set of rules that exclude each other; ``ways_*`` has one way out per rule that may
    bend."""

    rules: tuple[str, ...]
    message_zh: str
    message_en: str
    ways_zh: tuple[str, ...]
    ways_en: tuple[str, ...]


def smallest_conflict(model: LinearModel) -> Conflict:
    """Return an irreducible set of the rules of an infeasible ``model``.

    Facts (the strength at hand) are tried first for deletion, so that a rule is blamed only when it must be.
    """
    dropped: set[str] = set()
    order = sorted(model.rules(), key=lambda rule: (not rule.startswith(("objective", "goal")), rule))
    for rule in order:
        if rule == "fact.tours_need_officers":
            continue
        if not model.feasible(without=dropped | {rule}):
            dropped.add(rule)
    core = tuple(rule for rule in model.rules() if rule not in dropped and rule != "fact.tours_need_officers")
    titles = [title_of(rule) for rule in core]
    ways = [way for way in (_way_out(rule) for rule in core) if way]
    return Conflict(
        core,
        "无法同时满足:" + ";".join(zh for zh, _ in titles) + "。",
        "These cannot all hold: " + "; ".join(en for _, en in titles) + ".",
        tuple(zh for zh, _ in ways),
        tuple(en for _, en in ways),
    )


def _way_out(rule: str) -> tuple[str, str] | None:
    zh, en = title_of(rule)
    if rule.startswith("law."):
        return None  # the law does not bend: the way out lies with the others
    if rule.startswith("fact.strength."):
        return (
            f"改变人数({zh}):增配民警,或少配需由民警带领的辅警",
            f"change the headcount ({en}): more officers, or fewer helpers who need one",
        )
    if rule == "fact.crew_hours":
        return "增加民警或延长出勤时数", "more officers, or more hours on duty"
    if rule == "fact.budget":
        return "提高预算上限", "raise the budget"
    if rule.startswith("norm."):
        return f"本次计划放宽“{zh}”,并写明理由", f"relax “{en}” for this plan, with a reason"
    return f"放弃“{zh}”", f"give up “{en}”"
