"""The benchmark's reader and scorer, by hand-made rosters; small instances to their optimum."""

from __future__ import annotations

from pathlib import Path

import pytest

from jingwu.engines.rostering import check, objective_of, solve
from jingwu.engines.rostering.checking import rules_of
from jingwu.engines.rostering.curtois_qu import BEST_KNOWN, parse, problem_of, score
from jingwu.engines.rostering.solution import Roster
from jingwu.terms.duty import Severity
from jingwu.terms.refusal import BadInput

TINY = """
SECTION_HORIZON
7

SECTION_SHIFTS
D,480,
N,600,D

SECTION_STAFF
A,D=7|N=1,2880,960,4,2,2,1
B,D=7|N=0,2880,0,7,1,1,0

SECTION_DAYS_OFF
A,0

SECTION_SHIFT_ON_REQUESTS
B,1,D,3

SECTION_SHIFT_OFF_REQUESTS
A,2,D,2

SECTION_COVER
1,D,1,100,1
2,D,1,100,1
3,N,0,100,5
"""


def rows(a: str, b: str) -> dict[str, list[str]]:
    """Return two rows from strings with '.' for a day off."""
    return {"A": [c.strip(".") for c in a], "B": [c.strip(".") for c in b]}


def test_the_scorer_counts_requests_and_cover_by_hand() -> None:
    # B's wish for day 1 unmet (3), A works day 2 against the wish (2), nobody on D on day 1 (100),
    # one night nobody asked for (5).
    judged = score(parse(TINY), rows("..DN...", "..D...."))
    assert judged.violations == ()
    assert judged.objective == 3 + 2 + 100 + 1 + 5


@pytest.mark.parametrize(
    ("a", "b", "broken"),
    [
        ("D.DD...", ".......", "works on day 0"),
        (".D.DD..", ".......", "1 days on"),
        (".DD.DD.", ".......", "1 days off"),
        (".NN....", ".......", "2 × N"),
        (".ND....", ".......", "D after N"),
        (".DDDDD.", ".......", "5 days on"),
        ("..D....", ".......", "480 minutes"),
        ("..DD...", ".....D.", "1 weekends"),
    ],
)
def test_the_scorer_sees_each_hard_rule(a: str, b: str, broken: str) -> None:
    judged = score(parse(TINY), rows(a, b))
    assert any(broken in words for words in judged.violations), judged.violations


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("D.DD...", "......."),
        (".D.DD..", "......D"),
        (".DD.DD.", "DDDDDDD"),
        (".NN....", "N......"),
        ("..DN...", "..D...."),
    ],
)
def test_the_house_rules_agree_with_the_scorer(a: str, b: str) -> None:
    instance = parse(TINY)
    problem = problem_of(instance)
    cells = rows(a, b)
    roster = Roster(problem.start, ("A", "B"), tuple(tuple(row) for row in cells.values()))
    breaches = check(problem, roster)
    judged = score(instance, cells)
    assert objective_of(breaches) == judged.objective
    assert any(b.severity is Severity.LAW for b in breaches) == bool(judged.violations)


def test_an_unreadable_line_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        parse(TINY.replace("N,600,D", "N,long,D"), name="tiny.txt")
    assert "tiny.txt" in refused.value.message_en and "line 7" in refused.value.message_en


def test_small_instances_reach_their_proved_optimum(shared_data: Path) -> None:
    for number in (2, 3):
        text = (shared_data / "rostering" / "curtois_qu" / f"Instance{number}.txt").read_text()
        instance = parse(text)
        problem = problem_of(instance)
        solution = solve(problem, seconds=30, seed=1)
        assert solution.roster is not None
        judged = score(instance, dict(zip(solution.roster.people, solution.roster.cells, strict=True)))
        assert judged.violations == ()
        assert judged.objective == solution.objective == solution.bound == BEST_KNOWN[number]


def test_the_search_stops_once_the_gap_asked_for_is_proved(shared_data: Path) -> None:
    instance = parse((shared_data / "rostering" / "curtois_qu" / "Instance1.txt").read_text())
    problem = problem_of(instance)
    assert len(rules_of(problem)) == 6 + 5 * 8
    solution = solve(problem, seconds=20, seed=1, gap=0.09)
    assert solution.objective is not None and solution.objective >= 607
    # Good enough was asked for: the search may stop as soon as 9 % are proved.
    assert solution.gap <= 0.09 and solution.bound <= 607
