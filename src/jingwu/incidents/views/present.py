"""From facts to what the incident's page shows: clocks in words, trail, crews, buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from jingwu.engines.workflow import Option
from jingwu.incidents.queries import CrewFacts, IncidentFactsheet, span_words
from jingwu.incidents.tables import TRAIL_VERBS
from jingwu.incidents.words import crew_state_words, verb_words
from jingwu.journal.language import is_english, language

# the steps an incident takes when all goes well: the first one possible is the page's main button
MAIN_STEPS = (
    "ack", "depart", "arrive", "handle", "review", "close", "archive", "resume",
)  # fmt: skip
# what each step's form asks for
ASKS: dict[str, tuple[str, ...]] = {
    "refuse": ("clause",), "recall": ("reason",), "send_back": ("reason",), "rework": ("reason",),
    "reopen": ("reason",), "transfer_12345": ("reason",), "transfer_station": ("receiver", "reason"),
    "take_back": ("reason",), "merge": ("into", "reason"), "unmerge": ("reason",), "mark_false": ("reason",),
    "cancel": ("reason",),
}  # fmt: skip
OWN_FORM = ("triage", "dispatch", "feed_back", "follow_up")


@dataclass(frozen=True)
class Ask:
    """One text a step's form asks for."""

    name: str
    label: str


@dataclass(frozen=True)
class StepButton:
    """A step as a button or a small form; ``why_not`` says why it cannot be taken now."""

    verb: str
    label: str
    asks: tuple[Ask, ...]
    why_not: str
    is_main: bool


def step_buttons(options: Sequence[Option], *, is_with_lead: bool) -> list[StepButton]:
    """Return the steps that have no form of their own on the page, the main one first."""
    english = is_english()
    labels = {
        "reason": _("理由"), "clause": _("职责条款"), "receiver": _("接收单位"), "into": _("并入警情编号"),
    }  # fmt: skip
    words = {"cancel": _("申请撤销")}
    buttons = [
        StepButton(
            option.verb,
            words.get(option.verb) or (option.label_en.capitalize() if english else option.label_zh),
            tuple(Ask(name, labels[name]) for name in ASKS.get(option.verb, ())),
            ""
            if option.permitted
            else "; ".join(option.reasons_en)
            if english
            else ";".join(option.reasons_zh),
            option.verb in MAIN_STEPS and option.permitted,
        )
        for option in options
        if option.verb not in OWN_FORM
    ]
    crew_steps = ("ack", "depart", "arrive", "handle", "refuse")
    # a step of the crew means nothing to the desk, which is not on it
    buttons = [b for b in buttons if not (b.verb in crew_steps and b.why_not)]
    return sorted(buttons, key=lambda button: (not button.is_main, bool(button.why_not), bool(button.asks)))


def clock_lines(facts: IncidentFactsheet, at: datetime) -> list[dict[str, Any]]:
    """Return every running clock: what is due, when, how long is left."""
    names = {
        "ack": _("签收"), "arrive": _("到场"), "feedback": _("反馈"), "reply": _("答复"),
        "call_back": _("核查回访"),
    }  # fmt: skip
    lines = []
    for name, due in facts.due:
        is_late = due < at
        left = span_words(at - due if is_late else due - at)
        words = _("超时 %(time)s") % {"time": left} if is_late else _("还剩 %(time)s") % {"time": left}
        lines.append({"name": names[name], "due": due, "words": words, "level": "act" if is_late else "know"})
    return lines


def crew_lines(crews: Sequence[CrewFacts]) -> list[dict[str, Any]]:
    """Return the crews with their states in words and the reasons that spoke for them."""
    english = is_english()
    lines = []
    for crew in crews:
        chosen = {member.code for member in crew.members}
        reasons: dict[str, str] = {}
        for proposal in crew.recommendation.get("proposals", ()):
            for member in proposal["members"]:
                if member["person"] in chosen:
                    told = [reason["en" if english else "zh"] for reason in member["reasons"]]
                    reasons.setdefault(member["person"], (", " if english else ",").join(told))
        members = [(member, reasons.get(member.code, "")) for member in crew.members]
        moments = [
            (label, moment)
            for label, moment in (
                (_("派出"), crew.offered_at), (_("签收"), crew.acked_at), (_("出发"), crew.departed_at),
                (_("到场"), crew.arrived_at), (_("离开"), crew.left_at),
            )
            if moment is not None
        ]  # fmt: skip
        level = {"refused": "act", "recalled": "", "left": "fine"}.get(crew.state, "know")
        lines.append(
            {
                "crew": crew,
                "words": crew_state_words(crew.state),
                "level": level,
                "members": members,
                "moments": moments,
            }
        )
    return lines


def proposal_lines(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the proposed crews with names, minutes and reasons in the reader's language, the best first."""
    told = language()
    lines = []
    for proposal in stored["proposals"]:
        members = left_out_lines(proposal["members"])
        lines.append(
            {
                "names": (", " if told == "en" else "、").join(member["name"] for member in members),
                "codes": ",".join(member["code"] for member in members),
                "arrival_minutes": proposal["arrival_minutes"],
                "members": members,
                "breaches": [breach[told] for breach in proposal["breaches"]],
            }
        )
    return lines


def left_out_lines(ranked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return people of a recommendation with their reasons as one text; each person once."""
    english = is_english()
    lines: dict[str, dict[str, Any]] = {}
    for row in ranked:
        reasons = (", " if english else ",").join(
            reason["en" if english else "zh"] for reason in row["reasons"]
        )
        lines.setdefault(
            row["person"],
            {
                "code": row["person"], "name": row["name"], "office": row["office"], "shift": row["shift"],
                "reasons": reasons,
            },
        )  # fmt: skip
    return list(lines.values())


def trail_lines(trail: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the trail, the latest first, in words."""
    english = is_english()
    lines = []
    for line in reversed(trail):
        words = TRAIL_VERBS[line.verb][english] if line.verb in TRAIL_VERBS else verb_words(line.verb)
        late = ""
        if line.is_late:
            late = _("%(time)s 补传") % {"time": timezone.localtime(line.recorded_at).strftime("%m-%d %H:%M")}
        extra = line.details.get("clause") or line.details.get("number") or line.details.get("into") or ""
        lines.append(
            {"line": line, "words": words, "late": late, "extra": extra if isinstance(extra, str) else ""}
        )
    return lines
