"""What a change of cells would newly break: the one comparison every step is judged by."""

from __future__ import annotations

from jingwu.engines.rostering import Breach, Roster, RosterProblem, check
from jingwu.terms.duty import Severity

Mark = tuple[str, str, int | None, float]


def marks(problem: RosterProblem, roster: Roster) -> frozenset[Mark]:
    """Return what tells the breaches of a roster apart."""
    return frozenset(_mark(breach) for breach in check(problem, roster))


def newly(
    problem: RosterProblem, known: frozenset[Mark], after: Roster, *, with_cover: bool = False
) -> tuple[Breach, ...]:
    """Return the breaches of laws and norms in ``after`` that are not ``known``, the gravest first.

    Goals are no breach to speak of; head-counts are left out unless ``with_cover``.
    """
    return tuple(
        breach
        for breach in check(problem, after)
        if breach.severity is not Severity.GOAL
        and (with_cover or breach.kind != "cover")
        and _mark(breach) not in known
    )


def _mark(breach: Breach) -> Mark:
    return (breach.rule_id, breach.person, breach.day, breach.amount)
