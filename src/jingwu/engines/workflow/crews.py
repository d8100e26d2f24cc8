"""Who may do what, and whether a crew is lawful (reference §3.3): the matrix and the eight validators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jingwu.terms.duty import Severity
from jingwu.terms.people import PersonCategory
from jingwu.terms.refusal import Refusal


class Permit(StrEnum):
    """✔ may; ◐ only with a named responsible officer on the same task; ✎ may draft; ✘ never."""

    MAY = "may"
    WITH_OFFICER = "with_officer"
    DRAFT = "draft"
    NEVER = "never"


_O, _Q, _W, _G, _V, _M = (
    PersonCategory.OFFICER,
    PersonCategory.AUX_DUTY,
    PersonCategory.AUX_CLERICAL,
    PersonCategory.GRID_WORKER,
    PersonCategory.VOLUNTEER,
    PersonCategory.MEDIATOR,
)
# Reference §3.3. A category that is not named may not; 'lead' rows are the guards of the transition tables.
PERMITS: Mapping[str, Mapping[PersonCategory, Permit]] = {
    "register_incident": {
        _O: Permit.MAY, _Q: Permit.MAY, _W: Permit.MAY, _G: Permit.DRAFT, _V: Permit.DRAFT,
        PersonCategory.POLICE_ASSISTANT: Permit.DRAFT,
    },
    "grade_incident": {_O: Permit.MAY},
    "dispatch_incident": {_O: Permit.MAY},
    "attend_incident": {_O: Permit.MAY, _Q: Permit.WITH_OFFICER, _G: Permit.WITH_OFFICER},
    "write_disposal": {_O: Permit.MAY, _Q: Permit.DRAFT, _W: Permit.DRAFT},
    "close_incident": {_O: Permit.MAY, _Q: Permit.DRAFT, _W: Permit.DRAFT},
    "host_public_order_mediation": {_O: Permit.MAY},
    "help_public_order_mediation": {
        _O: Permit.MAY, _Q: Permit.WITH_OFFICER, _G: Permit.WITH_OFFICER, _V: Permit.WITH_OFFICER,
        _M: Permit.WITH_OFFICER,
    },
    "host_people_mediation": {_M: Permit.MAY},
    "order_rectification": {_O: Permit.MAY, _Q: Permit.WITH_OFFICER, _W: Permit.DRAFT},
    "report_hazard": {_O: Permit.MAY, _Q: Permit.MAY, _W: Permit.MAY, _G: Permit.MAY, _V: Permit.MAY},
    "visit_household": {_O: Permit.MAY, _Q: Permit.MAY, _W: Permit.DRAFT, _G: Permit.MAY},
    "approve_roster": {_O: Permit.DRAFT},
}  # fmt: skip


def permit(action: str, category: PersonCategory) -> Permit:
    """Return what a person of ``category`` may do about ``action``. Raises KeyError on an unknown action."""
    return PERMITS[action].get(category, Permit.NEVER)


@dataclass(frozen=True)
class TaskFacts:
    """What is to be done: task tags (``inspection``, ``weapon``, ``danger`` …) and the parties' ids."""

    tags: frozenset[str] = frozenset()
    needs_presence: bool = True
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CrewMember:
    """One person proposed for a task.

    ``related_to`` are ids of parties he or she is related to or in conflict with; ``certificates`` only
    those valid on the day; ``supervises`` says that he or she is a social supervisor of the same office.
    """

    person: str
    category: PersonCategory
    on_duty: bool = True
    responsible_officer: str | None = None
    related_to: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    insured: bool = False
    supervises: bool = False


@dataclass(frozen=True)
class CrewRules:
    """The figures behind the validators; from the norms ``groups`` and ``incidents.forbidden_tasks``.

    ``needed_certificates`` maps a task tag to the certificates somebody carrying it must hold;
    ``risky_tasks`` are the tags for which a volunteer must be insured.
    """

    min_officers_attending: int
    min_officers_special: int
    special_tasks: frozenset[str]
    max_auxiliaries_per_officer: int
    forbidden_tasks: Mapping[PersonCategory, frozenset[str]]
    needed_certificates: Mapping[str, frozenset[str]] = field(default_factory=dict)
    risky_tasks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 1 <= self.min_officers_attending <= self.min_officers_special:
            raise ValueError("an attended incident takes at least one officer, a special one no fewer")


@dataclass(frozen=True)
class Breach:
    """One validator not kept: its number in reference §3.3, whom it concerns, and why."""

    rule: int
    code: str
    persons: tuple[str, ...]
    zh: str
    en: str

    @property
    def severity(self) -> Severity:
        """Rules 1, 2 and 4 are law; the others may be overridden with a reason."""
        return Severity.LAW if self.rule in NEVER_OVERRIDDEN else Severity.NORM


NEVER_OVERRIDDEN = frozenset({1, 2, 4})  # reference §3.3 (8)
_AUXILIARIES = frozenset({PersonCategory.AUX_DUTY, PersonCategory.AUX_CLERICAL})
_UNPAID = frozenset({PersonCategory.VOLUNTEER, PersonCategory.POLICE_ASSISTANT})


@dataclass(frozen=True)
class Verdict:
    """What the validators say about one crew."""

    breaches: tuple[Breach, ...]

    @property
    def lawful(self) -> bool:
        """Whether nothing is breached that can never be overridden."""
        return all(breach.severity is not Severity.LAW for breach in self.breaches)

    @property
    def clean(self) -> bool:
        """Whether nothing is breached at all."""
        return not self.breaches

    def require(self, overrides: Mapping[str, str] | None = None) -> None:
        """Return quietly when every breach is overridden with a reason and none is of law.

        Raises
            Refusal: naming every breach that stands.
        """
        given = {code for code, reason in (overrides or {}).items() if reason.strip()}
        standing = [b for b in self.breaches if b.severity is Severity.LAW or b.code not in given]
        if standing:
            raise Refusal(
                f"crew.{standing[0].code}",
                ";".join(breach.zh for breach in standing),
                "; ".join(breach.en for breach in standing),
                fields={breach.code: breach.zh for breach in standing},
            )


def check_crew(task: TaskFacts, crew: tuple[CrewMember, ...], rules: CrewRules) -> Verdict:
    """Return every breach of the validators of reference §3.3 by this crew.

    Source: reference §3.3, assignment validators (1)–(8).
    """
    breaches = [
        *_enough_officers(task, crew, rules),
        *_led_auxiliaries(crew),
        *_span_of_officers(crew, rules),
        *_forbidden_tasks(task, crew, rules),
        *_papers(task, crew, rules),
        *_recusal(task, crew),
        *_exclusive_roles(crew),
    ]
    return Verdict(tuple(breaches))


def _enough_officers(task: TaskFacts, crew: tuple[CrewMember, ...], rules: CrewRules) -> list[Breach]:
    if not task.needs_presence:
        return []
    special = sorted(task.tags & rules.special_tasks)
    least = rules.min_officers_special if special else rules.min_officers_attending
    there = [m for m in crew if m.category is PersonCategory.OFFICER and m.on_duty]
    if len(there) >= least:
        return []
    why_zh, why_en = (f"({'、'.join(special)})", f" for {', '.join(special)}") if special else ("", "")
    return [
        Breach(
            1,
            "too_few_officers",
            tuple(member.person for member in crew),
            f"须有 {least} 名在岗民警到场{why_zh},现有 {len(there)} 名",
            f"{least} officer(s) on duty must attend{why_en}, there are {len(there)}",
        )
    ]


def _led_auxiliaries(crew: tuple[CrewMember, ...]) -> list[Breach]:
    leaders = {m.person for m in crew if m.category is PersonCategory.OFFICER and m.on_duty}
    return [
        Breach(
            2,
            "auxiliary_without_officer",
            (member.person,),
            f"辅警 {member.person} 没有同组在岗的责任民警",
            f"auxiliary {member.person} has no responsible officer on duty on this task",
        )
        for member in crew
        if member.category in _AUXILIARIES and member.responsible_officer not in leaders
    ]


def _span_of_officers(crew: tuple[CrewMember, ...], rules: CrewRules) -> list[Breach]:
    led: dict[str, list[str]] = {}
    for member in crew:
        if member.category in _AUXILIARIES and member.responsible_officer is not None:
            led.setdefault(member.responsible_officer, []).append(member.person)
    most = rules.max_auxiliaries_per_officer
    return [
        Breach(
            3,
            "too_many_auxiliaries",
            (officer, *persons),
            f"民警 {officer} 带 {len(persons)} 名辅警,最多 {most} 名",
            f"officer {officer} leads {len(persons)} auxiliaries, {most} at most",
        )
        for officer, persons in sorted(led.items())
        if len(persons) > most
    ]


def _forbidden_tasks(task: TaskFacts, crew: tuple[CrewMember, ...], rules: CrewRules) -> list[Breach]:
    wanted = task.tags | ({"attend"} if task.needs_presence else frozenset())
    found = []
    for member in crew:
        forbidden = sorted(wanted & rules.forbidden_tasks.get(member.category, frozenset()))
        if forbidden:
            found.append(
                Breach(
                    4,
                    "forbidden_task",
                    (member.person,),
                    f"{member.person} 的身份不得承担: {'、'.join(forbidden)}",
                    f"{member.person}'s category never carries: {', '.join(forbidden)}",
                )
            )
    return found


def _papers(task: TaskFacts, crew: tuple[CrewMember, ...], rules: CrewRules) -> list[Breach]:
    needed: frozenset[str] = frozenset().union(
        *(rules.needed_certificates.get(tag, frozenset()) for tag in task.tags)
    )
    found = []
    for member in crew:
        lacking = sorted(needed - member.certificates)
        if lacking:
            found.append(
                Breach(
                    5,
                    "certificate",
                    (member.person,),
                    f"{member.person} 缺有效证书: {'、'.join(lacking)}",
                    f"{member.person} lacks a valid certificate: {', '.join(lacking)}",
                )
            )
        if member.category in _UNPAID and not member.insured and task.tags & rules.risky_tasks:
            found.append(
                Breach(
                    5,
                    "insurance",
                    (member.person,),
                    f"{member.person} 未投保人身意外险",
                    f"{member.person} has no accident insurance",
                )
            )
    return found


def _recusal(task: TaskFacts, crew: tuple[CrewMember, ...]) -> list[Breach]:
    return [
        Breach(
            6,
            "recusal",
            (member.person,),
            f"{member.person} 与当事人有关系,应当回避",
            f"{member.person} is related to a party and must stand back",
        )
        for member in crew
        if member.related_to & task.parties
    ]


def _exclusive_roles(crew: tuple[CrewMember, ...]) -> list[Breach]:
    return [
        Breach(
            7,
            "supervisor_helps",
            (member.person,),
            f"{member.person} 是本警务室社会监督员,不得参与勤务",
            f"{member.person} supervises this office and may not help it",
        )
        for member in crew
        if member.supervises
    ]
