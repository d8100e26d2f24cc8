"""Records that one person proposes and another approves: rosters, leave, local values of norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jingwu.engines.workflow.table import Guard, Rule, State, TransitionTable, Way


@dataclass(frozen=True)
class ApprovalFacts:
    """Who made and who submitted the record, the reason typed in, and the breaches of law it still has."""

    created_by: str
    submitted_by: str = ""
    reason: str = ""
    law_breaches: int = 0
    norm_breaches: int = 0
    overridden: bool = False


APPROVAL_GUARDS: tuple[Guard[ApprovalFacts], ...] = (
    Guard(
        "second_person", lambda f, a, n: a.id not in {f.created_by, f.submitted_by},
        "须由编制人、送审人以外的人批准", "somebody other than the author and the submitter must approve",
    ),
    Guard("reason_given", lambda f, a, n: bool(f.reason.strip()), "请填写理由", "state the reason", "reason"),
    Guard(
        "lawful", lambda f, a, n: f.law_breaches == 0, "有违反法律规定之处", "rules of law are broken",
        "rules",
    ),
    Guard(
        "norms_explained", lambda f, a, n: f.norm_breaches == 0 or f.overridden,
        "偏离标准须逐条说明理由", "every departure from a norm needs a reason", "rules",
    ),
    Guard(
        "own_record", lambda f, a, n: a.id in {f.created_by, f.submitted_by},
        "只能撤回自己送审的内容", "only the submitter may withdraw it",
    ),
)  # fmt: skip

_STATES = (
    State("draft", "草稿", "draft"),
    State("submitted", "待批准", "submitted"),
    State("approved", "已批准", "approved"),
    State("rejected", "已退回", "sent back"),
    State("withdrawn", "已撤回", "withdrawn", final=True),
    State("replaced", "已替换", "replaced", final=True),
)
_VERBS: Mapping[str, tuple[str, str]] = {
    "submit": ("送审", "submit"),
    "approve": ("批准", "approve"),
    "reject": ("退回", "send back"),
    "revise": ("修改", "revise"),
    "withdraw": ("撤回", "withdraw"),
    "replace": ("替换", "replace"),
}

ROSTER = TransitionTable[ApprovalFacts](
    kind="roster",
    initial="draft",
    states=_STATES,
    verbs=_VERBS,
    guards=APPROVAL_GUARDS,
    rules=(
        Rule(
            ("draft",), "submit", "submitted", ("chief", "officer"), ("lawful", "norms_explained"),
            ("submitted_at",),
        ),
        Rule(
            ("submitted",), "approve", "approved", ("chief", "district_manager"),
            ("second_person", "lawful", "norms_explained"), ("approved_at",),
        ),
        Rule(
            ("submitted",), "reject", "rejected", ("chief", "district_manager"), ("reason_given",),
            ("rejected_at",), Way.BACK,
        ),
        Rule(("rejected",), "revise", "draft", ("chief", "officer"), (), (), Way.BACK),
        Rule(
            ("draft", "submitted", "rejected"), "withdraw", "withdrawn", ("chief", "officer"),
            ("own_record",),
            ("withdrawn_at",), Way.EXIT,
        ),
        Rule(
            ("approved",), "replace", "replaced", ("chief", "district_manager", "system"), (),
            ("replaced_at",),
        ),
    ),
)  # fmt: skip

LOCAL_NORM = TransitionTable[ApprovalFacts](
    kind="local_norm",
    initial="draft",
    states=_STATES,
    verbs=_VERBS,
    guards=APPROVAL_GUARDS,
    rules=(
        Rule(
            ("draft",), "submit", "submitted", ("district_manager", "chief"), ("reason_given",),
            ("submitted_at",),
        ),
        Rule(
            ("submitted",), "approve", "approved", ("district_manager",), ("second_person",),
            ("approved_at",),
        ),
        Rule(
            ("submitted",), "reject", "rejected", ("district_manager",), ("reason_given",), ("rejected_at",),
            Way.BACK,
        ),
        Rule(("rejected",), "revise", "draft", ("district_manager", "chief"), (), (), Way.BACK),
        Rule(
            ("draft", "submitted", "rejected"), "withdraw", "withdrawn", ("district_manager", "chief"),
            ("own_record",), ("withdrawn_at",), Way.EXIT,
        ),
        Rule(("approved",), "replace", "replaced", ("district_manager", "system"), (), ("replaced_at",)),
    ),
)  # fmt: skip
