"""Training and mediation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jingwu.norms.schemes.team import require


@dataclass(frozen=True)
class TaskTag:
    """A named entry of a fixed list: code, Chinese and English name."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class TrainingLevel:
    """One of the nine levels: the stage and the months of service it spans (both ends count)."""

    stage: int
    first_month: int
    last_month: int
    zh: str
    en: str


@dataclass(frozen=True)
class Training:
    """三阶段九层级. Source: reference §1.4, §5."""

    levels: Mapping[int, TrainingLevel]
    mentors: int
    mentor_min_level: int
    mentor_min_years: float
    projects_per_level: int
    topics_per_person: int
    topic_max_authors: int
    scenario_classes: tuple[TaskTag, ...]
    scenario_pass_points: float
    scenario_rubric_points: Mapping[str, float]
    overdue_days: int
    placement_max_level: int

    def __post_init__(self) -> None:
        require(sorted(self.levels) == list(range(1, len(self.levels) + 1)), "levels are numbered from 1")
        month = 1
        for number in sorted(self.levels):
            level = self.levels[number]
            require(level.first_month == month, f"L{number} does not begin where the one before ends")
            month = level.last_month + 1
        require(
            len({item.code for item in self.scenario_classes}) == len(self.scenario_classes), "a class twice"
        )
        require(sum(self.scenario_rubric_points.values()) == 100, "the rubric does not sum to 100")

    def level_due(self, months: int) -> int:
        """Return the level whose months include ``months`` full months of service plus one."""
        due = [number for number, level in self.levels.items() if level.first_month <= months + 1]
        return max(due, default=1)


@dataclass(frozen=True)
class MediationRules:
    """Steps, attempts and deadlines of mediation. Source: reference 3.09–3.11, §2.5."""

    steps: tuple[TaskTag, ...]
    liaison_crew: Mapping[str, int]
    public_order_max_attempts: int
    public_order_second_within_working_days: int
    public_order_first_within_working_days: int
    people_default_days: int
    judicial_confirmation_days: int
    case_days: int
    case_extension_days: int
    case_max_extensions: int
    follow_up_days: tuple[int, ...]
    recurrence_days: int
