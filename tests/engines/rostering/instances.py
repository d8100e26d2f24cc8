"""Small problems of columns, their relaxation, and what a solver that knows no columns proves of them."""

from __future__ import annotations

import numpy as np

from jingwu.engines.rostering import Roster, RosterProblem
from jingwu.engines.rostering.columns.core import Core
from jingwu.engines.rostering.columns.generation import Generation
from jingwu.engines.rostering.columns.master import Master
from jingwu.engines.rostering.curtois_qu import Instance, parse
from jingwu.engines.rostering.race import Race
from jingwu.engines.rostering.solve import build_model
from jingwu.engines.rostering.solvers import run_cp_sat


def small_instance(seed: int) -> Instance:
    """Return five people, ten days and two kinds, with everything else drawn from ``seed``."""
    random = np.random.default_rng(seed)
    people, days = [f"P{number}" for number in range(5)], range(10)

    def wishes() -> list[str]:
        return [
            f"{random.choice(people)},{day},{random.choice(['D', 'N'])},{random.integers(1, 4)}"
            for day in random.choice(10, 4, replace=False)
        ]

    staff = [
        f"{person},D={random.integers(4, 9)}|N={random.integers(0, 4)},{480 * random.integers(6, 9)},"
        f"{480 * random.integers(2, 6)},{random.integers(3, 6)},{random.integers(1, 3)},"
        f"{random.integers(1, 3)},{random.integers(0, 2)}"
        for person in people
    ]
    lines = ["SECTION_HORIZON", "10", "SECTION_SHIFTS", "D,480,", "N,600,D", "SECTION_STAFF", *staff]
    lines += ["SECTION_SHIFT_ON_REQUESTS", *wishes(), "SECTION_SHIFT_OFF_REQUESTS", *wishes()]
    lines += ["SECTION_COVER", *(f"{d},D,{random.integers(1, 4)},100,1" for d in days)]
    lines += [f"{d},N,{random.integers(0, 2)},100,1" for d in days]
    return parse("\n".join(lines))


def three_people() -> Instance:
    """Return three people for eighteen places of nine days, who can fill twelve of them at most."""
    return parse(
        "\n".join(
            ["SECTION_HORIZON", "9", "SECTION_SHIFTS", "D,480,", "SECTION_STAFF"]
            # Four days each, of which no run may be shorter than two: together they miss some of the places.
            + [f"P{number},D=9,1920,0,3,2,2,9" for number in range(3)]
            + ["SECTION_COVER", *(f"{day},D,2,100,1" for day in range(9))]
        )
    )


def proved_roster(problem: RosterProblem) -> tuple[Roster, int] | None:
    """Return the best roster and its objective as CP-SAT proves it, None when there is none."""
    race = Race(problem, 30.0)
    run_cp_sat(build_model(problem), race, seed=1)
    if race.impossible:
        return None
    assert race.roster is not None and race.objective is not None and race.objective - race.bound < 1
    return race.roster, race.objective


def root_of(core: Core) -> Generation:
    """Return the solved relaxation of a core."""
    generation = Generation(Master(core, list(range(core.people)), np.zeros(core.rows, np.int64)))
    generation.run(should_stop=lambda: False)
    return generation
