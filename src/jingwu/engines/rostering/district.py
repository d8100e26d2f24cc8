"""The rosters of a whole district: offices side by side on an executor, then people lent between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from jingwu.engines.rostering.checking import check, objective_of
from jingwu.engines.rostering.problem import OFF, RosterProblem
from jingwu.engines.rostering.rules.eligibility import obstacle
from jingwu.engines.rostering.solution import OpenShift, Roster, Solution, Words
from jingwu.engines.rostering.solve import solve
from jingwu.terms.duty import Severity


@dataclass(frozen=True)
class Loan:
    """One person of ``home`` works an open shift of ``host``; ``saved`` is harm avoided less harm at home."""

    person: str
    home: str
    host: str
    day: int
    shift: str
    saved: int
    words: Words


@dataclass(frozen=True)
class DistrictSolution:
    """Everybody's rosters; lent people keep a free cell at home on the day of the loan."""

    offices: Mapping[str, Solution]
    loans: tuple[Loan, ...]
    still_open: Mapping[str, tuple[OpenShift, ...]]

    @property
    def objective(self) -> int:
        """Return the sum of the offices' objectives before loans."""
        return sum(solution.objective or 0 for solution in self.offices.values())


def solve_district(
    offices: Mapping[str, RosterProblem],
    *,
    executor: Executor,
    seconds_per_office: float,
    seed: int = 0,
    gap: float = 0.01,
    work_limit: float | None = None,
    may_lend: Callable[[str, str], bool] | None = None,
) -> DistrictSolution:
    """Return all offices' rosters, solved over ``executor``, and loans that fill what stays open.

    ``may_lend(home, host)`` says which offices share people (default: any two). All offices must share
    start, days and the codes of the shifts lent. Each office gets its own seed, so the order of completion
    does not matter.
    """
    waiting = {
        name: executor.submit(_one, problem, seconds_per_office, seed + number, gap, work_limit)
        for number, (name, problem) in enumerate(sorted(offices.items()))
    }
    solved = {name: future.result() for name, future in waiting.items()}
    loans = lend(offices, {name: s.roster for name, s in solved.items() if s.roster}, solved, may_lend)
    return DistrictSolution(solved, loans, _still_open(solved, loans))


def _one(problem: RosterProblem, seconds: float, seed: int, gap: float, work_limit: float | None) -> Solution:
    return solve(problem, seconds=seconds, seed=seed, gap=gap, work_limit=work_limit)


def lend(
    offices: Mapping[str, RosterProblem],
    rosters: Mapping[str, Roster],
    solved: Mapping[str, Solution],
    may_lend: Callable[[str, str], bool] | None = None,
) -> tuple[Loan, ...]:
    """Return loans for open shifts, worst first: the free person of another office who is hurt least.

    A loan must break no law of the lender's own rules and cost less at home than it saves.
    """
    needs = sorted(
        ((item.harm, host, item) for host, solution in solved.items() for item in solution.open_shifts),
        key=lambda need: (-need[0], need[1], need[2].day, need[2].shifts),
    )
    # Rosters at home with loans put in: a lent day is a worked day for rest and hours.
    carried = dict(rosters)
    loans: list[Loan] = []
    base = {name: _personal(offices[name], roster) for name, roster in rosters.items()}
    for _, host, item in needs:
        for _ in range(item.missing):
            best: tuple[int, str, str, str] | None = None
            for home in sorted(carried):
                if home == host or (may_lend is not None and not may_lend(home, host)):
                    continue
                found = _cheapest_lender(offices, carried[home], base[home], home, host, item)
                if found is not None and (best is None or found < best):
                    best = found
            if best is None or best[0] >= item.harm // item.missing:
                continue
            cost, home, person, shift = best
            carried[home] = carried[home].with_cell(person, item.day, shift)
            base[home] = _personal(offices[home], carried[home])
            saved = item.harm // item.missing - cost
            loans.append(
                Loan(
                    person,
                    home,
                    host,
                    item.day,
                    shift,
                    saved,
                    Words(
                        f"{home} 的 {person} 支援 {host}：{item.words_zh}",
                        f"{person} of {home}: {item.words_en}",
                    ),
                )
            )
    return tuple(loans)


def _personal(problem: RosterProblem, roster: Roster) -> int:
    """Return what a roster costs apart from cover."""
    return objective_of(tuple(b for b in check(problem, roster) if b.kind != "cover"))


def _cheapest_lender(
    offices: Mapping[str, RosterProblem], roster: Roster, base: int, home: str, host: str, item: OpenShift
) -> tuple[int, str, str, str] | None:
    problem, there = offices[home], offices[host]
    demands = [d for d in there.demand if d.day == item.day and d.shifts == item.shifts]
    best: tuple[int, str, str, str] | None = None
    for person in problem.people:
        if roster.at(person.id, item.day) != OFF or item.day in problem.leave_days[person.id]:
            continue
        counted = [
            d
            for d in demands
            if (not d.skill or d.skill in person.skills)
            and (not d.categories or person.category in d.categories)
        ]
        if not any(d.minimum and (d.role or d.skill) == item.role for d in counted):
            continue
        for shift in item.shifts:
            if shift not in problem.shift_by_code:
                continue
            if obstacle(person, there.shift_by_code[shift], there.dates[item.day]):
                continue
            after = check(problem, roster.with_cell(person.id, item.day, shift))
            if any(b.severity is Severity.LAW and b.person == person.id for b in after):
                continue
            cost = objective_of(tuple(b for b in after if b.kind != "cover")) - base
            candidate = (cost, home, person.id, shift)
            if best is None or candidate < best:
                best = candidate
    return best


def _still_open(solved: Mapping[str, Solution], loans: tuple[Loan, ...]) -> dict[str, tuple[OpenShift, ...]]:
    left: dict[str, tuple[OpenShift, ...]] = {}
    for host, solution in solved.items():
        filled = [loan for loan in loans if loan.host == host]
        remaining = []
        for item in solution.open_shifts:
            here = [loan for loan in filled if loan.day == item.day and loan.shift in item.shifts]
            used = here[: item.missing]
            filled = [loan for loan in filled if loan not in used]
            if len(used) < item.missing:
                share = item.harm // item.missing
                missing = item.missing - len(used)
                remaining.append(replace(item, missing=missing, harm=share * missing))
        left[host] = tuple(remaining)
    return left
