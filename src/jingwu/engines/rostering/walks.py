"""Walks: everybody's lawful days as a path through states, beside the cells, for a far stronger linear bound.

Windows and forbidden pairs let a relaxation work half a night and half a day everywhere; a path through the
states *kind of the last shift, days on in a row, nights in a row* cannot. Every whole roster has just one
walk, so that arcs may stay continuous: the bound is that of columns, without pricing.
Source: the regular constraint as a network flow (Côté, Gendron & Rousseau 2007, CPAIOR).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jingwu.engines.rostering.columns.core import Core, build_core
from jingwu.engines.rostering.model import LinearModel, Terms
from jingwu.engines.rostering.rules import Rule, active_rules
from jingwu.engines.rostering.rules.base import runs
from jingwu.engines.rostering.rules.consecutive_nights import ConsecutiveNights
from jingwu.engines.rostering.rules.consecutive_work import ConsecutiveWork
from jingwu.terms.duty import Severity

State = tuple[int, int, int]
"""Class of the last shift (−1: off), days on in a row, nights in a row."""

OFF_STATE: State = (-1, 0, 0)

Place = tuple[int | None, State]
"""In which time apart (None: in the common flow) and in which state."""

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
class _Node:
    """A state on one morning: how many begin the horizon in it, the arcs that end there and that begin."""

    people: int = 0
    arriving: Terms = field(default_factory=list)
    leaving: Terms = field(default_factory=list)


@dataclass(frozen=True)
class _Apart:
    """Days (first to last) on which somebody walks apart from the group."""

    row: int
    first: int
    last: int


@dataclass
class _Walkers:
    """People alike on one common flow; who is barred otherwise than most (leave, a pin) walks apart then.

    ``apart_from_start``: from the first day on until that is over, so that the flow has just the walks that
    these people can have. Without it one walker goes apart for those days, and which one the flow leaves
    open: it may give one person's leave to another, but is smaller. ``members`` are rows of the problem; the
    first stands for all of them in the model's cells.
    """

    model: LinearModel
    core: Core
    members: Sequence[int]
    apart_from_start: bool

    def __post_init__(self) -> None:
        self.limits = self.core.limits[self.members[0]]
        self.follows = self.core.succession[self.members[0]]
        self.night = [shift.is_night for shift in self.core.problem.shifts]
        kinds = range(self.core.kinds)
        alike: dict[tuple[bytes, bool], int] = {}
        self.classes = [alike.setdefault((self.follows[k].tobytes(), self.night[k]), k) for k in kinds]
        allowed = [self.core.limits[row].allowed for row in self.members]
        seen = Counter(table.tobytes() for table in allowed)
        self.common = next(t for t in allowed if t.tobytes() == seen.most_common(1)[0][0])
        """Days × (kinds + 1): what most of them may work; the last column is a day off."""
        self.apart: list[_Apart] = []
        for row, table in zip(self.members, allowed, strict=True):
            times = list(runs((table != self.common).any(axis=1).tolist(), True))
            if times and self.apart_from_start:
                times = [(0, sum(times[-1]))]
            self.apart += [_Apart(row, first, first + length - 1) for first, length in times]

    def start(self, row: int) -> State:
        """Return the state in which somebody's horizon begins, from the days before it."""
        place, state = self.model.place, OFF_STATE
        for code in self.core.problem.people[row].history.last_shifts:
            state = self.after(state, place[code]) if code in place else OFF_STATE
        return state

    def after(self, state: State, kind: int) -> State:
        """Return the state after a shift; what has no limit is not counted."""
        most_days, most_nights = self.limits.max_work, self.limits.max_nights
        days = min(state[1] + 1, most_days) if most_days < self.core.endless else 0
        nights = min(state[2] + 1, most_nights) if self.night[kind] and most_nights < self.core.endless else 0
        return self.classes[kind], days, nights

    def may(self, state: State, kind: int) -> bool:
        """Return whether a shift may come the day after a state."""
        if state[1] >= self.limits.max_work or (self.night[kind] and state[2] >= self.limits.max_nights):
            return False
        return state[0] < 0 or bool(self.follows[state[0], kind])

    def write(self) -> None:
        """Write the arcs, the flow through them, and the cells they stand for."""
        layer: dict[Place, _Node] = {}
        begins = {time.row: index for index, time in enumerate(self.apart) if time.first == 0}
        for row in self.members:
            layer.setdefault((begins.get(row), self.start(row)), _Node()).people += 1
        for day in range(self.core.days):
            self._go_apart(day, layer)
            layer = self._day(day, layer)

    def _go_apart(self, day: int, layer: dict[Place, _Node]) -> None:
        """Let one walker in any state leave the common flow for each time apart that begins on this day."""
        for index, time in enumerate(self.apart):
            if time.first != day or day == 0:
                continue
            going: Terms = []
            for (within, state), node in list(layer.items()):
                if within is None:
                    arc = self.model.variable(0, 1)
                    going.append((1, arc))
                    node.leaving.append((1, arc))
                    layer.setdefault((index, state), _Node()).arriving.append((-1, arc))
            self.model.add(going, lower=1, upper=1)

    def _day(self, day: int, layer: dict[Place, _Node]) -> dict[Place, _Node]:
        """Write the arcs of one day and return the places where they end."""
        model, kinds = self.model, self.core.kinds
        following: dict[Place, _Node] = {}
        cells: list[Terms] = [[] for _ in range(kinds)]
        for (within, state), node in layer.items():
            time = None if within is None else self.apart[within]
            allowed = self.common[day] if time is None else self.core.limits[time.row].allowed[day]
            then = within if time is not None and day < time.last else None
            for kind in range(kinds + 1):
                if not allowed[kind] or (kind < kinds and not self.may(state, kind)):
                    continue
                arc = model.variable(0, len(self.members) if time is None else 1)
                node.leaving.append((1, arc))
                to = OFF_STATE if kind == kinds else self.after(state, kind)
                following.setdefault((then, to), _Node()).arriving.append((-1, arc))
                if kind < kinds:
                    cells[kind].append((1, arc))
            model.add([*node.leaving, *node.arriving], lower=node.people, upper=node.people)
        for kind, arcs in enumerate(cells):
            model.add([*arcs, (-1, model.cell(self.members[0], day, kind))], lower=0, upper=0)
        return following


def _is_walked(rule: Rule, core: Core) -> bool:
    if rule.kind not in WALKED or rule.spec.severity is not Severity.LAW:
        return False
    if isinstance(rule, ConsecutiveWork):
        return rule.minimum == 1
    return isinstance(rule, ConsecutiveNights) or rule.spec.id not in core.unexpressed


def write_walks(
    model: LinearModel,
    groups: Iterable[Sequence[int]] | None = None,
    *,
    apart_from_start: bool = False,
) -> int:
    """Add everybody's walk to a model, drop the rows it makes superfluous, and return the first arc's index.

    ``groups`` (rows) walk together; their cells are those of the first of them, and ``apart_from_start`` says
    when those on leave leave them (``_Walkers``). Without groups everybody walks alone, and variables from
    the first arc on may be continuous.
    """
    core = build_core(model.problem)
    walked = {rule.spec.id for rule in active_rules(model.problem) if _is_walked(rule, core)}
    first = len(model.cost)
    model.rows = [row for row in model.rows if row.tag not in walked]
    for members in groups if groups is not None else ([row] for row in range(core.people)):
        _Walkers(model, core, members, apart_from_start).write()
    return first
