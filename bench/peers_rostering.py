"""Ours beside plain CP-SAT and plain HiGHS models of the same instance, one after another, same time each.

Usage: python bench/peers_rostering.py FILE… [--seconds 60] [--seed 1]

The plain models are what a practitioner would write first: one Boolean for each person, day and shift,
windows for the runs, slack for the cover. Ratios are peer objective ÷ ours (above 1: ours is better).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import highspy
import numpy as np
from ortools.sat.python import cp_model

from jingwu.engines.rostering import solve
from jingwu.engines.rostering.curtois_qu import Instance, parse, problem_of, score

Rows = dict[str, list[str]]


def plain_cp_sat(instance: Instance, seconds: float, seed: int) -> tuple[Rows | None, float]:
    """Return the roster and bound of a plain CP-SAT model with 8 workers."""
    model = cp_model.CpModel()
    days, codes = range(instance.days), list(instance.minutes)
    cost = []
    x = {(p, d, s): model.new_bool_var("") for p in instance.staff for d in days for s in codes}
    works = {}
    for person, limits in instance.staff.items():
        for day in days:
            works[person, day] = model.new_bool_var("")
            model.add(sum(x[person, day, s] for s in codes) == works[person, day])
            if day in instance.days_off.get(person, ()):
                model.add(works[person, day] == 0)
        for day in days[1:]:
            for s in codes:
                for after in instance.not_after[s]:
                    model.add_implication(x[person, day - 1, s], x[person, day, after].Not())
        for s, most in limits.max_shifts.items():
            model.add(sum(x[person, d, s] for d in days) <= most)
        total = sum(instance.minutes[s] * x[person, d, s] for d in days for s in codes)
        model.add_linear_constraint(total, limits.min_minutes, limits.max_minutes)
        on = [works[person, day] for day in days]
        for first in range(instance.days - limits.max_run):
            model.add(sum(on[first : first + limits.max_run + 1]) <= limits.max_run)
        for least, flip in ((limits.min_run, False), (limits.min_off, True)):
            state = [v.Not() if flip else v for v in on]
            for length in range(1, least):
                for first in range(1, instance.days - length):
                    inside = [v.Not() for v in state[first : first + length]]
                    model.add_bool_or([state[first - 1], *inside, state[first + length]])
        weekends = []
        for saturday in range(5, instance.days, 7):
            worked = model.new_bool_var("")
            for day in (saturday, saturday + 1):
                if day < instance.days:
                    model.add_implication(on[day], worked)
            weekends.append(worked)
        model.add(sum(weekends) <= limits.max_weekends)
    for person, day, s, weight in instance.on:
        cost.append(weight * (1 - x[person, day, s]))
    for person, day, s, weight in instance.off:
        cost.append(weight * x[person, day, s])
    for day, s, need, under, over in instance.cover:
        short, extra = model.new_int_var(0, need, ""), model.new_int_var(0, len(instance.staff), "")
        model.add(sum(x[p, day, s] for p in instance.staff) + short - extra == need)
        cost += [under * short, over * extra]
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, solver.best_objective_bound
    rows = {
        p: [next((s for s in codes if solver.value(x[p, d, s])), "") for d in days] for p in instance.staff
    }
    return rows, solver.best_objective_bound


class PlainHighs:
    """The same model in rows and columns for HiGHS."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.lp = instance, highspy.Highs()
        self.lp.silent()
        self.codes = list(instance.minutes)
        self.offset = 0.0
        days, staff = instance.days, list(instance.staff)
        self.at = {}
        for person in staff:
            for day in range(days):
                for code in self.codes:
                    self.at[person, day, code] = self._column(0.0, 1.0)
        self._build()

    def _column(self, cost: float, upper: float, integer: bool = True) -> int:
        self.lp.addVar(0.0, upper)
        index = self.lp.getNumCol() - 1
        self.lp.changeColCost(index, cost)
        if integer:
            self.lp.changeColIntegrality(index, highspy.HighsVarType.kInteger)
        return index

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        index = np.array([i for i, _ in terms], np.int32)
        self.lp.addRow(low, high, len(terms), index, np.array([c for _, c in terms], np.float64))

    def _build(self) -> None:
        instance, infinity = self.instance, highspy.kHighsInf
        for person, limits in instance.staff.items():
            on = [[(self.at[person, d, s], 1.0) for s in self.codes] for d in range(instance.days)]
            off = [[(i, -1.0) for i, _ in cell] for cell in on]
            for day, cell in enumerate(on):
                self._row(0, 0 if day in instance.days_off.get(person, ()) else 1, cell)
            for day in range(1, instance.days):
                for s in self.codes:
                    for after in instance.not_after[s]:
                        pair = [(self.at[person, day - 1, s], 1.0), (self.at[person, day, after], 1.0)]
                        self._row(-infinity, 1, pair)
            for s, most in limits.max_shifts.items():
                self._row(0, most, [(self.at[person, d, s], 1.0) for d in range(instance.days)])
            minutes = [
                (self.at[person, d, s], float(instance.minutes[s]))
                for d in range(instance.days)
                for s in self.codes
            ]
            self._row(limits.min_minutes, limits.max_minutes, minutes)
            for first in range(instance.days - limits.max_run):
                self._row(
                    -infinity,
                    limits.max_run,
                    [t for cell in on[first : first + limits.max_run + 1] for t in cell],
                )
            for least, a, b, rhs in ((limits.min_run, on, off, 0), (limits.min_off, off, on, 1)):
                for length in range(1, least):
                    for first in range(1, instance.days - length):
                        terms = (
                            a[first - 1]
                            + [t for cell in b[first : first + length] for t in cell]
                            + a[first + length]
                        )
                        low = 1 - length if rhs == 0 else -1
                        self._row(low, infinity, terms)
            weekends = []
            for saturday in range(5, instance.days, 7):
                worked = self._column(0.0, 1.0)
                weekends.append((worked, 1.0))
                for day in range(saturday, min(saturday + 2, instance.days)):
                    self._row(-infinity, 0, [*on[day], (worked, -1.0)])
            self._row(0, limits.max_weekends, weekends)
        self._prices()

    def _prices(self) -> None:
        instance = self.instance
        price: dict[int, float] = {}
        for person, day, s, weight in instance.on:
            self.offset += weight
            price[self.at[person, day, s]] = price.get(self.at[person, day, s], 0.0) - weight
        for person, day, s, weight in instance.off:
            price[self.at[person, day, s]] = price.get(self.at[person, day, s], 0.0) + weight
        for index, value in price.items():
            self.lp.changeColCost(index, value)
        for day, s, need, under, over in instance.cover:
            short = self._column(under, highspy.kHighsInf, False)
            extra = self._column(over, highspy.kHighsInf, False)
            cover = [(self.at[p, day, s], 1.0) for p in instance.staff]
            self._row(need, need, [*cover, (short, 1.0), (extra, -1.0)])

    def solve(self, seconds: float) -> tuple[Rows | None, float]:
        """Return the roster and the bound after so many seconds."""
        self.lp.setOptionValue("time_limit", seconds)
        self.lp.run()
        info = self.lp.getInfo()
        bound = info.mip_dual_bound + self.offset
        if info.primal_solution_status != 2:
            return None, bound
        value = self.lp.getSolution().col_value
        rows = {
            p: [
                next((s for s in self.codes if value[self.at[p, d, s]] > 0.5), "")
                for d in range(self.instance.days)
            ]
            for p in self.instance.staff
        }
        return rows, bound


def main() -> None:
    """Print one JSON line for each instance."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", nargs="+", type=Path)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    for path in options.files:
        instance = parse(path.read_text(encoding="utf-8"), name=path.name)
        ours = solve(problem_of(instance), seconds=options.seconds, seed=options.seed)
        row: dict[str, object] = {"instance": path.stem, "seconds": options.seconds}
        row["ours"] = {"objective": ours.objective, "bound": ours.bound}
        cp_rows, cp_bound = plain_cp_sat(instance, options.seconds, options.seed)
        highs_rows, highs_bound = PlainHighs(instance).solve(options.seconds)
        for name, rows, bound in (("cp_sat", cp_rows, cp_bound), ("highs", highs_rows, highs_bound)):
            judged = None if rows is None else score(instance, rows)
            if judged is not None and judged.violations:
                sys.exit(f"the plain {name} model of {path.name} is wrong: {judged.violations[:3]}")
            objective = None if judged is None else judged.objective
            row[name] = {"objective": objective, "bound": bound}
            if objective is not None and ours.objective:
                row[f"ratio_{name}"] = round(objective / ours.objective, 3)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
