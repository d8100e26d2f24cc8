"""Why a roster cannot be: a smallest set of demands, rules and facts in conflict, and what it would take.

Rows of the model are switched by one literal for each rule and subject; CP-SAT names a set that cannot hold
together, which is then thinned one by one until every member is needed (deletion filter, Chinneck 2008).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ortools.sat.python import cp_model

from jingwu.engines.rostering.checking import rules_of
from jingwu.engines.rostering.model import LinearModel, Row
from jingwu.engines.rostering.problem import RosterProblem, Subject
from jingwu.engines.rostering.solution import Words
from jingwu.engines.rostering.solvers import WORKERS
from jingwu.terms.duty import Severity

Key = tuple[str, Subject | None]
"""Rule id and subject (a person, or posts of a day; None = the rule as a whole)."""

SUBJECTS_SHOWN = 6


@dataclass(frozen=True)
class ConflictPart:
    """One thing that takes part in the conflict; ``subjects`` are the people or day-and-post it binds."""

    rule_id: str
    severity: Severity
    subjects: tuple[Subject, ...]
    words: Words


@dataclass(frozen=True)
class Relaxation:
    """A way out: give way on one rule by ``amount`` of its own units and the rest of the conflict holds."""

    rule_id: str
    severity: Severity
    amount: int
    words: Words


@dataclass(frozen=True)
class WhyNot:
    """The answer: ``possible`` rosters have no conflict; ``minimal`` says that every part is needed."""

    possible: bool
    minimal: bool
    conflict: tuple[ConflictPart, ...]
    relaxations: tuple[Relaxation, ...]


@dataclass
class _Deadline:
    seconds: float

    def __post_init__(self) -> None:
        self._end = time.perf_counter() + self.seconds

    def left(self) -> float:
        return max(0.05, self._end - time.perf_counter())

    def passed(self) -> bool:
        return time.perf_counter() >= self._end


def why_not(
    problem: RosterProblem, *, seconds: float, seed: int = 0, must: frozenset[str] | None = None
) -> WhyNot:
    """Return why no roster meets all laws and the rules named in ``must`` (default: the minimum cover).

    ``must`` are ids of norms or goals to be taken as binding, "cover" for the head-counts. ``minimal`` is
    False when the time ran out before every part was shown to be needed.
    """
    model = LinearModel(problem, frozenset({"cover"}) if must is None else must)
    for rule in rules_of(problem):
        rule.add(model)
    deadline = _Deadline(seconds)
    rules = _tagged(model, whole=True)
    core = _core(model, rules, deadline, seed)
    if core is None:
        return WhyNot(True, True, (), ())
    kept, sure = _thin(model, core, {}, deadline, seed)
    parts = {key: rows for key, rows in _tagged(model, whole=False).items() if (key[0], None) in kept}
    subjects = _core(model, parts, deadline, seed)
    if subjects is not None:
        parts, sure_subjects = _thin(model, subjects, {}, deadline, seed)
        sure = sure and sure_subjects
    return WhyNot(False, sure, _parts(problem, parts), _relaxations(model, parts, deadline, seed))


def _tagged(model: LinearModel, *, whole: bool) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in model.rows:
        if row.tag:
            found.setdefault((row.tag, None if whole else row.subject), []).append(row)
    return found


def _base(model: LinearModel) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    cp = cp_model.CpModel()
    variables = [cp.new_int_var(lo, hi, "") for lo, hi in zip(model.lower, model.upper, strict=True)]
    for row in model.rows:
        if not row.tag:
            _put(cp, variables, row, [])
    return cp, variables


def _put(
    cp: cp_model.CpModel,
    variables: list[cp_model.IntVar],
    row: Row,
    extra: list[tuple[int, cp_model.IntVar]],
) -> cp_model.Constraint:
    total = cp_model.LinearExpr.weighted_sum(
        [variables[v] for _, v in row.terms] + [v for _, v in extra],
        [c for c, _ in row.terms] + [c for c, _ in extra],
    )
    lower = cp_model.INT32_MIN if row.lower is None else row.lower
    upper = cp_model.INT32_MAX if row.upper is None else row.upper
    return cp.add_linear_constraint(total, lower, upper)


def _solver(deadline: _Deadline, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_time_in_seconds = deadline.left()
    return solver


def _core(
    model: LinearModel, groups: dict[Key, list[Row]], deadline: _Deadline, seed: int
) -> dict[Key, list[Row]] | None:
    """Return the groups CP-SAT names as sufficient for the conflict, None when they all hold together."""
    cp, variables = _base(model)
    literals = {}
    for key, rows in groups.items():
        literal = cp.new_bool_var("")
        literals[literal.index] = key
        for row in rows:
            _put(cp, variables, row, []).only_enforce_if(literal)
        cp.add_assumption(literal)
    solver = _solver(deadline, seed)
    # Core extraction is only defined for one worker.
    solver.parameters.num_workers = 1
    status = solver.solve(cp)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    if status != cp_model.INFEASIBLE:
        return dict(groups)
    named = [
        literals[index] for index in solver.sufficient_assumptions_for_infeasibility() if index in literals
    ]
    return {key: groups[key] for key in named} or dict(groups)


def _holds(model: LinearModel, groups: dict[Key, list[Row]], deadline: _Deadline, seed: int) -> bool | None:
    """Return whether the groups hold together, None when time ran out."""
    cp, variables = _base(model)
    for rows in groups.values():
        for row in rows:
            _put(cp, variables, row, [])
    status = _solver(deadline, seed).solve(cp)
    if status == cp_model.INFEASIBLE:
        return False
    return True if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _thin(
    model: LinearModel,
    groups: dict[Key, list[Row]],
    needed: dict[Key, list[Row]],
    deadline: _Deadline,
    seed: int,
) -> tuple[dict[Key, list[Row]], bool]:
    """Return a conflict no member of which can be left out, and whether that was shown in time."""
    kept = {**needed, **groups}
    sure = True
    # Blocks first: a conflict is mostly a few parts of many.
    block = max(1, len(groups) // 4)
    while True:
        waiting = [key for key in kept if key not in needed]
        for first in range(0, len(waiting), block):
            if deadline.passed():
                return kept, False
            without = {key: rows for key, rows in kept.items() if key not in waiting[first : first + block]}
            holds = _holds(model, without, deadline, seed)
            if holds is False:
                kept = without
            elif holds is None:
                sure = False
        if block == 1:
            return kept, sure
        block = max(1, block // 4)


def _named(problem: RosterProblem) -> dict[str, tuple[str, str, Severity]]:
    return {rule.spec.id: (rule.name_zh, rule.name_en, rule.spec.severity) for rule in rules_of(problem)}


def _parts(problem: RosterProblem, groups: dict[Key, list[Row]]) -> tuple[ConflictPart, ...]:
    names = _named(problem)
    subjects: dict[str, list[Subject]] = {}
    for tag, subject in groups:
        found = subjects.setdefault(tag, [])
        if subject is not None:
            found.append(subject)
    parts = []
    for tag, about in subjects.items():
        zh, en, severity = names[tag]
        parts.append(ConflictPart(tag, severity, tuple(about), _listed(zh, en, about)))
    return tuple(parts)


def _listed(zh: str, en: str, about: list[Subject]) -> Words:
    if not about:
        return Words(zh, en)
    shown, more = about[:SUBJECTS_SHOWN], len(about) - SUBJECTS_SHOWN
    listed_zh, listed_en = "、".join(one.zh for one in shown), ", ".join(one.en for one in shown)
    if more > 0:
        return Words(f"{zh}：{listed_zh}等 {len(about)} 项", f"{en}: {listed_en} and {more} more")
    return Words(f"{zh}：{listed_zh}", f"{en}: {listed_en}")


def _relaxations(
    model: LinearModel, groups: dict[Key, list[Row]], deadline: _Deadline, seed: int
) -> tuple[Relaxation, ...]:
    """Return, for each rule of the conflict, how far it alone must give way; the cheapest first."""
    names = _named(model.problem)
    found = []
    for tag in dict.fromkeys(key[0] for key in groups):
        amount = _least_give(model, groups, tag, deadline, seed)
        if amount is None:
            continue
        zh, en, severity = names[tag]
        if severity is Severity.LAW and tag not in ("leave", "pins"):
            words = Words(
                f"“{zh}”属法定，不得放宽（若放宽须 {amount}）",
                f"'{en}' is law and cannot give way (it would take {amount})",
            )
        elif tag == "leave":
            words = Words(f"调整休假 {amount} 天", f"move {amount} days of leave")
        elif tag == "pins":
            words = Words(f"松开 {amount} 个固定班次", f"release {amount} pins")
        elif tag == "cover":
            words = Words(f"少排 {amount} 人次（留作空缺）", f"leave {amount} places open")
        else:
            words = Words(f"放宽“{zh}”{amount}", f"relax '{en}' by {amount}")
        found.append(Relaxation(tag, severity, amount, words))
    binding = (Severity.LAW,)
    return tuple(
        sorted(
            found,
            key=lambda item: (
                item.severity in binding and item.rule_id not in ("leave", "pins"),
                item.amount,
            ),
        )
    )


def _least_give(
    model: LinearModel, groups: dict[Key, list[Row]], tag: str, deadline: _Deadline, seed: int
) -> int | None:
    cp, variables = _base(model)
    gives = []
    for key, rows in groups.items():
        for row in rows:
            if key[0] != tag:
                _put(cp, variables, row, [])
                continue
            reach = sum(abs(c) * max(abs(model.upper[v]), abs(model.lower[v])) for c, v in row.terms)
            reach += abs(row.lower or 0) + abs(row.upper or 0)
            give = cp.new_int_var(0, reach, "")
            gives.append(give)
            _put(cp, variables, row, [(1 if row.upper is None else -1, give)])
    cp.minimize(cp_model.LinearExpr.sum(gives))
    solver = _solver(deadline, seed)
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return round(solver.objective_value)
