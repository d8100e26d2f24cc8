"""The life cycle of an incident (reference §2.4) as one literal table, and of one crew's dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jingwu.engines.workflow.crews import Verdict
from jingwu.engines.workflow.table import Actor, Guard, Rule, State, TransitionTable, Way
from jingwu.terms.incidents import Priority


@dataclass(frozen=True)
class IncidentFacts:
    """What the guards look at; the caller fills it from the record and from the form of the step.

    ``crew`` is the verdict on the crew proposed or assigned; ``crew_persons`` the accounts on it and
    ``crew_officers`` those of officers; ``handlers`` everybody who ever handled the incident.
    ``satisfaction`` is 1 satisfied, 2 basically, 3 not, None unanswered; ``call_back_by`` the account that
    called back. ``missing_feedback`` names required fields still empty. ``open_conflicts`` counts fields
    with two values from the field app, ``missing_attachments`` announced files that have not arrived.
    """

    priority: Priority | None = None
    category: str = ""
    needs_presence: bool = True
    reason: str = ""
    crew: Verdict | None = None
    crew_persons: frozenset[str] = frozenset()
    crew_officers: frozenset[str] = frozenset()
    handlers: frozenset[str] = frozenset()
    clause: str = ""
    result: str = ""
    missing_feedback: tuple[str, ...] = ()
    open_conflicts: int = 0
    missing_attachments: int = 0
    domestic_violence: bool = False
    dv_checklist_done: bool = False
    survey_barred: bool = False
    satisfaction: int | None = None
    satisfaction_verified: bool = False
    call_back_by: str = ""
    approver: str = ""
    merge_into: str = ""
    receiver: str = ""
    reported_at: datetime | None = None
    future_tolerance: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.satisfaction not in (None, 1, 2, 3):
            raise ValueError("satisfaction is 1, 2, 3 or unanswered")


def _called_back(facts: IncidentFacts, actor: Actor, now: datetime) -> bool:
    by_another = bool(facts.call_back_by) and facts.call_back_by not in facts.handlers
    return facts.satisfaction != 3 or by_another


INCIDENT_GUARDS: tuple[Guard[IncidentFacts], ...] = (
    Guard(
        "graded", lambda f, a, n: f.priority is not None and bool(f.category),
        "先定类别和级别", "set category and priority first", "priority",
    ),
    Guard(
        "time_plausible",
        lambda f, a, n: f.reported_at is None or f.reported_at <= n + f.future_tolerance,
        "报警时间在未来", "the time of the report lies in the future", "reported_at",
    ),
    Guard(
        "lawful_crew", lambda f, a, n: f.crew is not None and f.crew.lawful,
        "力量不合法定要求(至少一名在岗民警,辅警须有责任民警)",
        "the crew is not lawful (at least one officer on duty, every auxiliary with an officer)", "crew",
    ),
    Guard(
        "no_presence", lambda f, a, n: not f.needs_presence,
        "该警情须到场处置", "this incident needs somebody on scene",
    ),
    Guard(
        "on_crew", lambda f, a, n: a.id in f.crew_persons,
        "您不在本警情的出警力量中", "you are not on the crew of this incident",
    ),
    Guard(
        "officer_on_crew", lambda f, a, n: bool(f.crew_officers),
        "到场力量中没有民警", "no officer is on the crew", "crew",
    ),
    Guard(
        "officer_writes", lambda f, a, n: a.id in f.crew_officers or not f.needs_presence,
        "处置结果须由出警民警填写", "the disposal result is written by an officer of the crew", "result",
    ),
    Guard(
        "result_given", lambda f, a, n: bool(f.result), "缺处置结果", "the disposal result is missing",
        "result",
    ),
    Guard(
        "feedback_complete", lambda f, a, n: not f.missing_feedback,
        "反馈必填项不全", "required fields of the feedback are empty", "feedback",
    ),
    Guard(
        "conflicts_settled", lambda f, a, n: f.open_conflicts == 0,
        "有两个版本的内容未裁定", "some fields still hold two values", "conflicts",
    ),
    Guard(
        "attachments_arrived", lambda f, a, n: f.missing_attachments == 0,
        "照片或录音尚未上传完", "photos or voice notes have not arrived yet", "attachments",
    ),
    Guard(
        "dv_checklist", lambda f, a, n: not f.domestic_violence or f.dv_checklist_done,
        "家庭暴力警情须完成核对清单,不得按一般纠纷办结",
        "domestic violence needs its checklist and is never closed as an ordinary dispute", "dv_checklist",
    ),
    Guard(
        "not_the_handler", lambda f, a, n: a.id not in f.handlers,
        "须由处置人以外的人办理", "somebody other than the handler must do this",
    ),
    Guard(
        "survey_barred", lambda f, a, n: f.survey_barred,
        "该警情应当回访", "this incident is to be followed up",
    ),
    Guard(
        "answer_given", lambda f, a, n: f.satisfaction is not None,
        "缺回访结果", "the answer of the follow-up is missing", "satisfaction",
    ),
    Guard(
        "called_back", _called_back,
        "不满意的须由处置人以外的人电话核查", "'not satisfied' needs a call-back by somebody else",
        "call_back_by",
    ),
    Guard(
        "dissatisfaction_verified", lambda f, a, n: f.satisfaction == 3 and f.satisfaction_verified,
        "须为核查属实的不满意", "only a verified 'not satisfied' is handled again", "satisfaction",
    ),
    Guard("reason_given", lambda f, a, n: bool(f.reason.strip()), "请填写理由", "state the reason", "reason"),
    Guard(
        "duty_clause", lambda f, a, n: bool(f.clause.strip()),
        "退单须注明职责条款", "a refusal names the duty clause", "clause",
    ),
    Guard(
        "approved_by_another", lambda f, a, n: bool(f.approver) and f.approver != a.id,
        "须经另一人批准", "somebody else must approve", "approver",
    ),
    Guard(
        "merge_target", lambda f, a, n: bool(f.merge_into),
        "请指明并入哪起警情", "name the incident to merge into", "merge_into",
    ),
    Guard(
        "receiver_named", lambda f, a, n: bool(f.receiver.strip()),
        "请指明接收单位", "name the receiving unit", "receiver",
    ),
    Guard(
        "not_urgent", lambda f, a, n: f.priority is not Priority.P1,
        "紧急警情不得转12345", "an urgent incident is not passed to 12345", "priority",
    ),
)  # fmt: skip

_DESK = ("chief", "officer")
_CREW = ("chief", "officer", "auxiliary")

INCIDENT = TransitionTable[IncidentFacts](
    kind="incident",
    initial="received",
    states=(
        State("received", "接警", "received"),
        State("triaged", "研判分级", "triaged"),
        State("dispatched", "派警", "dispatched"),
        State("acked", "签收", "acknowledged"),
        State("en_route", "出警", "en route"),
        State("on_scene", "到场", "on scene"),
        State("handling", "处置", "handling"),
        State("feedback", "反馈", "feedback"),
        State("reviewed", "审核", "reviewed"),
        State("followed_up", "回访", "followed up"),
        State("closed", "办结", "closed"),
        State("reopened", "重新办理", "reopened"),
        State("transferred_12345", "转12345", "passed to 12345"),
        State("transferred_station", "移交派出所", "handed to the station"),
        State("merged", "并案", "merged"),
        State("false_alarm", "虚假警情", "false alarm"),
        State("cancelled", "撤销", "cancelled"),
        State("archived", "归档", "archived", final=True),
    ),
    verbs={
        "triage": ("研判分级", "grade"),
        "dispatch": ("派警", "dispatch"),
        "handle_remotely": ("远程答复", "handle without going"),
        "ack": ("签收", "acknowledge"),
        "refuse": ("退单", "refuse"),
        "recall": ("改派", "recall the crew"),
        "depart": ("出发", "depart"),
        "arrive": ("到场", "arrive"),
        "handle": ("开始处置", "begin handling"),
        "feed_back": ("反馈", "give feedback"),
        "send_back": ("退回", "send back"),
        "review": ("审核", "review"),
        "follow_up": ("回访", "follow up"),
        "rework": ("重新处置", "handle again"),
        "close": ("办结", "close"),
        "reopen": ("重新办理", "reopen"),
        "resume": ("继续处置", "resume handling"),
        "transfer_12345": ("转12345", "pass to 12345"),
        "transfer_station": ("移交派出所", "hand to the station"),
        "take_back": ("收回", "take back"),
        "merge": ("并案", "merge"),
        "unmerge": ("拆案", "split off again"),
        "mark_false": ("认定虚假", "mark as a false alarm"),
        "cancel": ("撤销", "cancel"),
        "withdraw": ("撤销导入", "withdraw the import"),
        "archive": ("归档", "archive"),
    },
    guards=INCIDENT_GUARDS,
    rules=(
        Rule(
            ("received", "reopened"), "triage", "triaged", _DESK, ("graded", "time_plausible"),
            ("triaged_at",),
        ),
        Rule(("triaged",), "dispatch", "dispatched", _DESK, ("lawful_crew",), ("dispatched_at",)),
        Rule(("triaged",), "handle_remotely", "handling", _DESK, ("no_presence",), ("handling_at",)),
        Rule(("dispatched",), "ack", "acked", _CREW, ("on_crew",), ("acked_at",)),
        Rule(("acked",), "depart", "en_route", _CREW, ("on_crew",), ("departed_at",)),
        Rule(
            ("acked", "en_route"), "arrive", "on_scene", _CREW, ("on_crew", "officer_on_crew"),
            ("arrived_at",),
        ),
        Rule(("on_scene",), "handle", "handling", _CREW, ("on_crew", "officer_on_crew"), ("handling_at",)),
        Rule(
            ("handling",), "feed_back", "feedback", _DESK,
            ("officer_writes", "result_given", "feedback_complete"), ("feedback_at",),
        ),
        Rule(
            ("feedback",), "review", "reviewed", _DESK,
            ("not_the_handler", "conflicts_settled", "attachments_arrived", "dv_checklist"), ("reviewed_at",),
        ),
        Rule(
            ("reviewed",), "follow_up", "followed_up", (*_DESK, "system"),
            ("not_the_handler", "answer_given", "called_back"), ("followed_up_at",),
        ),
        Rule(("followed_up",), "close", "closed", _DESK, ("dv_checklist", "called_back"), ("closed_at",)),
        Rule(("closed",), "archive", "archived", ("chief", "system"), (), ("archived_at",)),
        # back
        Rule(("dispatched", "acked"), "refuse", "triaged", _CREW, ("on_crew", "duty_clause"), (), Way.BACK),
        Rule(
            ("dispatched", "acked", "en_route"), "recall", "triaged", _DESK, ("reason_given",), (), Way.BACK,
        ),
        Rule(("feedback", "reviewed"), "send_back", "handling", _DESK, ("reason_given",), (), Way.BACK),
        Rule(
            ("followed_up",), "rework", "handling", _DESK,
            ("dissatisfaction_verified", "called_back", "reason_given"), (), Way.BACK,
        ),
        Rule(("closed",), "reopen", "reopened", ("chief",), ("reason_given",), ("reopened_at",), Way.BACK),
        Rule(("reopened",), "resume", "handling", _DESK, ("graded",), ("handling_at",), Way.BACK),
        Rule(
            ("transferred_12345", "transferred_station"), "take_back", "received", _DESK,
            ("reason_given",), ("returned_at",), Way.BACK,
        ),
        Rule(("merged",), "unmerge", "received", ("chief",), ("reason_given",), ("returned_at",), Way.BACK),
        # side exits
        Rule(
            ("reviewed",), "close", "closed", _DESK, ("survey_barred", "dv_checklist"), ("closed_at",),
            Way.EXIT,
        ),
        Rule(
            ("received", "triaged", "handling"), "transfer_12345", "transferred_12345", _DESK,
            ("not_urgent", "reason_given"), ("transferred_at",), Way.EXIT,
        ),
        Rule(
            ("received", "triaged", "handling", "feedback", "reviewed"), "transfer_station",
            "transferred_station", _DESK, ("receiver_named", "reason_given"), ("transferred_at",), Way.EXIT,
        ),
        Rule(
            ("received", "triaged", "dispatched", "acked", "en_route", "on_scene"), "merge", "merged", _DESK,
            ("merge_target",), ("merged_at",), Way.EXIT,
        ),
        Rule(
            ("received", "triaged", "on_scene", "handling"), "mark_false", "false_alarm", _DESK,
            ("reason_given",), ("closed_at",), Way.EXIT,
        ),
        Rule(
            ("received", "triaged", "dispatched", "acked", "en_route"), "cancel", "cancelled", _DESK,
            ("reason_given", "approved_by_another"), ("cancelled_at",), Way.EXIT,
        ),
        # with the whole file it came by, while nobody has touched it
        Rule(
            ("received",), "withdraw", "cancelled", ("system",), ("reason_given",), ("cancelled_at",),
            Way.EXIT,
        ),
        Rule(
            ("transferred_12345", "transferred_station", "merged", "false_alarm", "cancelled"), "archive",
            "archived", ("chief", "system"), (), ("archived_at",), Way.EXIT,
        ),
    ),
)  # fmt: skip

# One crew's errand for one incident; an incident may see several.
DISPATCH = TransitionTable[IncidentFacts](
    kind="dispatch",
    initial="offered",
    states=(
        State("offered", "已派", "offered"),
        State("acked", "已签收", "acknowledged"),
        State("en_route", "途中", "en route"),
        State("on_scene", "在现场", "on scene"),
        State("left", "已离开", "left", final=True),
        State("refused", "已退单", "refused", final=True),
        State("recalled", "已召回", "recalled", final=True),
    ),
    verbs={
        "ack": ("签收", "acknowledge"),
        "depart": ("出发", "depart"),
        "arrive": ("到场", "arrive"),
        "leave": ("离开现场", "leave the scene"),
        "refuse": ("退单", "refuse"),
        "recall": ("召回", "recall"),
    },
    guards=INCIDENT_GUARDS,
    rules=(
        Rule(("offered",), "ack", "acked", _CREW, ("on_crew",), ("acked_at",)),
        Rule(("acked",), "depart", "en_route", _CREW, ("on_crew",), ("departed_at",)),
        Rule(
            ("acked", "en_route"), "arrive", "on_scene", _CREW, ("on_crew", "officer_on_crew"),
            ("arrived_at",),
        ),
        Rule(("on_scene",), "leave", "left", _CREW, ("on_crew",), ("left_at",)),
        Rule(
            ("offered", "acked"), "refuse", "refused", _CREW, ("on_crew", "duty_clause"), ("refused_at",),
            Way.EXIT,
        ),
        Rule(
            ("offered", "acked", "en_route", "on_scene"), "recall", "recalled", _DESK,
            ("reason_given",), ("recalled_at",), Way.EXIT,
        ),
    ),
)  # fmt: skip


def decided_by_lead(refusals_count: int, limit_count: int) -> bool:
    """Return whether an incident refused this often goes to the lead instead of to the next crew."""
    return refusals_count >= limit_count
