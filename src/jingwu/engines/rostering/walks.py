"""Walks: everybody's lawful days as a path through states, beside the cells, for a far stronger linear bound.

Windows and forbidden pairs let a relaxation work half a night and half a day everywhere; a path through the
states *kind of the last shift, days on in a row, nights in a row* cannot. Every whole roster has just one
walk, so that arcs may stay continuous: the bound is that of columns, without pricing.
Source: the regular constraint as a network flow (Côté, Gendron & Rousseau 2007, CPAIOR).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.rules import Rule, active_rules
from jingwu.engines.rostering.rules.consecutive_nights import ConsecutiveNights
from jingwu.engines.rostering.rules.consecutive_work import ConsecutiveWork
from jingwu.terms.duty import Severity

State = tuple[int, int, int]
"""Class of the last shift (−1: off), days on in a row, nights in a row."""

OFF_STATE: State = (-1, 0, 0)

WALKED = (
    "consecutive_work",
    "consecutive_nights",
    "min_rest",
    "rest_after_night",
    "succession",
    "weekly_rest",
)
"""Kinds of rules whose rows a walk makes superfluous, where they are law and expressed in the limits."""


@dataclass
class _Walker:
    """One person's states and what may follow them."""

    model: LinearModel
    core: Core
    person: int
    classes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        kinds = range(self.core.kinds)
        self.limits = self.core.limits[self.person]
        self.follows = self.core.succession[self.person]
        self.night = [shift.is_night for shift in self.core.problem.shifts]
        first: dict[tuple[bytes, bool], int] = {}
        self.classes = [first.setdefault((self.follows[k].tobytes(), self.night[k]), k) for k in kinds]

    def start(self) -> State:
        """Return the state in which the horizon begins, from the days before it."""
        place, state = self.model.place, OFF_STATE
        for code in self.core.problem.people[self.person].history.last_shifts:
            state = self.after(state, place[code]) if code in place else OFF_STATE
        return state

    def after(self, state: State, kind: int) -> State:
        """Return the state after a shift."""
        most_days, most_nights = self.limits.max_work, self.limits.max_nights
        nights = min(state[2] + 1, most_nights) if self.night[kind] else 0
        return self.classes[kind], min(state[1] + 1, most_days), nights

    def may(self, state: State, day: int, kind: int) -> bool:
        """Return whether a shift may come on a day after a state."""
        if not self.limits.allowed[day, kind] or state[1] >= self.limits.max_work:
            return False
        if self.night[kind] and state[2] >= self.limits.max_nights:
            return False
        return state[0] < 0 or bool(self.follows[state[0], kind])

    def write(self) -> None:
        """Write the arcs, one unit of flow through them, and the cells they stand for."""
        model, kinds = self.model, self.core.kinds
        layer: dict[State, Terms] = {self.start(): []}
        for day in range(self.core.days):
            following: dict[State, Terms] = {}
            cells: list[Terms] = [[] for _ in range(kinds)]
            for state, arriving in layer.items():
                leaving: Terms = []
                if self.limits.allowed[day, kinds]:
                    arc = model.variable(0, 1)
                    leaving.append((1, arc))
                    following.setdefault(OFF_STATE, []).append((-1, arc))
                for kind in range(kinds):
                    if self.may(state, day, kind):
                        arc = model.variable(0, 1)
                        leaving.append((1, arc))
                        cells[kind].append((1, arc))
                        following.setdefault(self.after(state, kind), []).append((-1, arc))
                unit = 0 if arriving else 1
                model.add([*leaving, *arriving], lower=unit, upper=unit)
            for kind, arcs in enumerate(cells):
                model.add([*arcs, (-1, model.cell(self.person, day, kind))], lower=0, upper=0)
            layer = following


def _is_walked(rule: Rule, core: Core) -> bool:
    if rule.kind not in WALKED or rule.spec.severity is not Severity.LAW:
        return False
    if isinstance(rule, ConsecutiveWork):
        return rule.minimum == 1
    return isinstance(rule, ConsecutiveNights) or rule.spec.id not in core.unexpressed


def write_walks(model: LinearModel) -> int:
    """Add everybody's walk to a model, drop the rows it makes superfluous, and return the first arc's index.

    Variables from there on may be continuous.
    """
    core = build_core(model.problem)
    walked = {rule.spec.id for rule in active_rules(model.problem) if _is_walked(rule, core)}
    first = len(model.cost)
    model.rows = [row for row in model.rows if row.tag not in walked]
    for person in range(core.people):
        _Walker(model, core, person).write()
    return first
