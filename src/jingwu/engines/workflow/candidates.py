"""Whom to send: crews ranked with reasons, and why everybody else was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jingwu.engines.workflow.crews import (
    CrewMember,
    CrewRules,
    TaskFacts,
    Verdict,
    check_crew,
)
from jingwu.terms.duty import DutyState
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import BadInput


@dataclass(frozen=True)
class Candidate:
    """One person as the duty room and the response engine see him or her now.

    ``travel_minutes`` None: no position known. ``rest_minutes`` is the rest before the present shift, None
    when unknown; ``shift_ends_minutes`` how long the shift still lasts. ``on_task`` names the incident the
    person is bound to, empty when free.
    """

    member: CrewMember
    state: DutyState
    office: str
    beat: str = ""
    on_task: str = ""
    open_tasks: int = 0
    travel_minutes: float | None = None
    rest_minutes: float | None = None
    shift_ends_minutes: float | None = None

    def __post_init__(self) -> None:
        if self.travel_minutes is not None and not self.travel_minutes >= 0:
            raise ValueError("travel minutes are not negative")

    @property
    def person(self) -> str:
        """The person's id."""
        return self.member.person


@dataclass(frozen=True)
class RecommendRules:
    """Penalties in minutes beside travel, limits, and how many auxiliaries make a full group.

    From the norms ``incidents`` and ``groups``.
    """

    other_beat_minutes: float
    other_office_minutes: float
    per_open_task_minutes: float
    tired_minutes: float
    standby_minutes: float
    min_rest_minutes: float
    max_travel_minutes: float
    auxiliaries_per_officer: int
    proposals: int = 3


@dataclass(frozen=True)
class Reason:
    """One part of a rank: minutes added (0 for a mere remark), and the words for it."""

    code: str
    minutes: float
    zh: str
    en: str


@dataclass(frozen=True)
class Ranked:
    """One person of a proposal with score in minutes (less is better) and its parts, which sum to it."""

    person: str
    score_minutes: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Proposal:
    """One crew to send: its officers first; ``arrival_minutes`` is when the first officer is there."""

    members: tuple[Ranked, ...]
    arrival_minutes: float
    score_minutes: float
    verdict: Verdict

    @property
    def persons(self) -> tuple[str, ...]:
        """The ids of the crew."""
        return tuple(member.person for member in self.members)


@dataclass(frozen=True)
class LeftOut:
    """One person not to send, and every reason why."""

    person: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Recommendation:
    """Crews, best first, those left out, and one sentence; stored with the dispatch as it was shown."""

    proposals: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    zh: str
    en: str


def recommend(
    task: TaskFacts,
    place: tuple[str, str],
    candidates: Iterable[Candidate],
    rules: RecommendRules,
    crew_rules: CrewRules,
) -> Recommendation:
    """Return the crews to send to a task in ``place`` (office, beat), ranked, with reasons.

    An officer's score is travel plus penalties in minutes; a crew is an officer, as many further officers
    as the task needs, and the free auxiliaries led by them (1+2). Only lawful crews are proposed. Equal
    scores are ordered by id, so the same facts give the same answer.

    Raises
        BadInput: the same person is listed twice.

    Source: reference §2.4 (at least one officer), §3.3 (validators), 1.13 (1+2).
    """
    people = sorted(candidates, key=lambda candidate: candidate.person)
    if len({candidate.person for candidate in people}) != len(people):
        raise BadInput("recommend.twice", "候选人重复", "a candidate is listed twice")
    fit: dict[str, tuple[Candidate, Ranked]] = {}
    left_out: dict[str, LeftOut] = {}
    for candidate in people:
        reasons = _obstacles(task, candidate, rules, crew_rules)
        if reasons:
            left_out[candidate.person] = LeftOut(candidate.person, tuple(reasons))
        else:
            fit[candidate.person] = (candidate, _rank(candidate, place, rules))
    officers = sorted(
        (pair for pair in fit.values() if pair[0].member.category is PersonCategory.OFFICER),
        key=lambda pair: (pair[1].score_minutes, pair[0].person),
    )
    proposals = _proposals(task, officers, fit, rules, crew_rules)
    used = {person for proposal in proposals for person in proposal.persons}
    for person in fit:
        if person not in used and person not in left_out:
            left_out[person] = LeftOut(person, (_not_needed(fit[person][0], bool(proposals)),))
    zh, en = _sentence(proposals, officers, left_out, task, crew_rules)
    return Recommendation(proposals, tuple(left_out[p] for p in sorted(left_out)), zh, en)


def _obstacles(
    task: TaskFacts, candidate: Candidate, rules: RecommendRules, crew_rules: CrewRules
) -> list[Reason]:
    found = []
    if candidate.state not in (DutyState.ON_DUTY, DutyState.STANDBY) or not candidate.member.on_duty:
        found.append(Reason("off_duty", 0.0, "不在岗", "not on duty"))
    if candidate.on_task:
        found.append(Reason("busy", 0.0, f"正在处置 {candidate.on_task}", f"bound to {candidate.on_task}"))
    if candidate.travel_minutes is None:
        found.append(Reason("no_position", 0.0, "位置未知", "position unknown"))
    elif candidate.travel_minutes > rules.max_travel_minutes:
        minutes = f"{candidate.travel_minutes:.0f}"
        found.append(Reason("too_far", 0.0, f"路程 {minutes} 分钟,过远", f"{minutes} minutes away, too far"))
    # The rules that concern one person alone; those of a whole crew are checked on the crew.
    verdict = check_crew(task, (candidate.member,), crew_rules)
    found += [
        Reason(breach.code, 0.0, breach.zh, breach.en) for breach in verdict.breaches if breach.rule >= 4
    ]
    return found


def _rank(candidate: Candidate, place: tuple[str, str], rules: RecommendRules) -> Ranked:
    travel = candidate.travel_minutes or 0.0
    reasons = [Reason("travel", travel, f"路程 {travel:.1f} 分钟", f"{travel:.1f} minutes away")]
    office, beat = place
    if candidate.office != office:
        reasons.append(Reason("other_office", rules.other_office_minutes, "其他警务室", "of another office"))
    elif candidate.beat and candidate.beat != beat:
        reasons.append(Reason("other_beat", rules.other_beat_minutes, "其他警格", "of another beat"))
    else:
        reasons.append(Reason("own_beat", 0.0, "本警格", "of this beat"))
    if candidate.open_tasks:
        minutes = candidate.open_tasks * rules.per_open_task_minutes
        reasons.append(
            Reason(
                "open_tasks",
                minutes,
                f"手上 {candidate.open_tasks} 件未结",
                f"{candidate.open_tasks} open tasks",
            )
        )
    if candidate.rest_minutes is not None and candidate.rest_minutes < rules.min_rest_minutes:
        hours = candidate.rest_minutes / 60
        reasons.append(
            Reason(
                "tired", rules.tired_minutes, f"班前仅休息 {hours:.1f} 小时", f"only {hours:.1f} h of rest"
            )
        )
    if candidate.state is DutyState.STANDBY:
        reasons.append(Reason("standby", rules.standby_minutes, "备勤", "on stand-by"))
    return Ranked(candidate.person, sum(reason.minutes for reason in reasons), tuple(reasons))


def _proposals(
    task: TaskFacts,
    officers: list[tuple[Candidate, Ranked]],
    fit: Mapping[str, tuple[Candidate, Ranked]],
    rules: RecommendRules,
    crew_rules: CrewRules,
) -> tuple[Proposal, ...]:
    special = not task.tags.isdisjoint(crew_rules.special_tasks)
    needed = crew_rules.min_officers_special if special else crew_rules.min_officers_attending
    proposals: list[Proposal] = []
    for first in range(len(officers)):
        others = [pair for index, pair in enumerate(officers) if index != first]
        # Each crew is led by another officer; the best of the rest complete it.
        crew = [officers[first], *others[: needed - 1]]
        if len(crew) < needed:
            break
        for officer, _ in tuple(crew):
            crew += _auxiliaries_of(officer, fit)[: rules.auxiliaries_per_officer]
        verdict = check_crew(task, tuple(candidate.member for candidate, _ in crew), crew_rules)
        if verdict.lawful and not any(_same_crew(crew, proposal) for proposal in proposals):
            arrival = min(candidate.travel_minutes or 0.0 for candidate, _ in crew[:needed])
            score = sum(rank.score_minutes for _, rank in crew[:needed]) / needed
            proposals.append(Proposal(tuple(rank for _, rank in crew), arrival, score, verdict))
        if len(proposals) == rules.proposals:
            break
    return tuple(sorted(proposals, key=lambda proposal: (proposal.score_minutes, proposal.persons)))


def _auxiliaries_of(
    officer: Candidate, fit: Mapping[str, tuple[Candidate, Ranked]]
) -> list[tuple[Candidate, Ranked]]:
    led = [
        pair
        for pair in fit.values()
        if pair[0].member.category is PersonCategory.AUX_DUTY
        and pair[0].member.responsible_officer == officer.person
    ]
    return sorted(led, key=lambda pair: (pair[1].score_minutes, pair[0].person))


def _same_crew(crew: list[tuple[Candidate, Ranked]], proposal: Proposal) -> bool:
    return {candidate.person for candidate, _ in crew} == set(proposal.persons)


def _not_needed(candidate: Candidate, found: bool) -> Reason:
    if candidate.member.category is PersonCategory.OFFICER and found:
        return Reason("farther", 0.0, "有更合适的民警", "others are better placed")
    if candidate.member.category is PersonCategory.AUX_DUTY:
        return Reason(
            "officer_not_proposed", 0.0, "责任民警不在推荐力量中", "the responsible officer is not proposed"
        )
    return Reason("cannot_lead", 0.0, "不能单独承担该任务", "may not carry the task alone")


def _sentence(
    proposals: tuple[Proposal, ...],
    officers: list[tuple[Candidate, Ranked]],
    left_out: Mapping[str, LeftOut],
    task: TaskFacts,
    crew_rules: CrewRules,
) -> tuple[str, str]:
    if proposals:
        best = proposals[0]
        lead, minutes = best.persons[0], f"{best.arrival_minutes:.0f}"
        others = len(best.members) - 1
        return (
            f"推荐 {lead}{f' 带 {others} 人' if others else ''},约 {minutes} 分钟到场",
            f"send {lead}{f' with {others} more' if others else ''}, on scene in about {minutes} minutes",
        )
    special = not task.tags.isdisjoint(crew_rules.special_tasks)
    least = crew_rules.min_officers_special if special else crew_rules.min_officers_attending
    return (
        f"没有合法力量:需要 {least} 名在岗空闲民警,现有 {len(officers)} 名"
        f"({len(left_out)} 人不可派,原因见列表)",
        f"no lawful crew: {least} free officer(s) on duty needed, {len(officers)} there "
        f"({len(left_out)} people cannot go, see why)",
    )
