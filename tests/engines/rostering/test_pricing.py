"""The dynamic programme against complete enumeration, and its bound."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.rostering.columns.pricing import PersonLimits, Pricer
from jingwu.engines.rostering.columns.programme import INFINITE

MINUTES = np.array([480, 600], np.int64)
SUCCESSION = np.array([[True, True], [False, True]])


def lawful(row: tuple[int, ...], limits: PersonLimits, weekend_part: np.ndarray) -> bool:
    """Judge a schedule (−1 off) from the words of the rules alone."""
    days = len(row)
    if any(not limits.allowed[day, kind] for day, kind in enumerate(row)):
        return False
    total = sum(int(MINUTES[kind]) for kind in row if kind >= 0)
    if not limits.min_minutes <= total <= limits.max_minutes:
        return False
    if any(row.count(kind) > limits.max_counts[kind] for kind in range(2)):
        return False
    if any(a >= 0 and b >= 0 and not SUCCESSION[a, b] for a, b in itertools.pairwise(row)):
        return False
    weekends, worked = 0, False
    for day in range(days):
        if weekend_part[day] == 1:
            weekends += worked
            worked = False
        if weekend_part[day]:
            worked = worked or row[day] >= 0
    weekends += worked
    if limits.max_weekends >= 0 and weekends > limits.max_weekends:
        return False
    first = 0
    for is_off, group in itertools.groupby(kind < 0 for kind in row):
        length = len(list(group))
        inner = first > 0 and first + length < days
        if is_off and inner and length < limits.min_off:
            return False
        if not is_off and (length > limits.max_work or (inner and length < limits.min_work)):
            return False
        first += length
    return True


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_cheapest_schedule_is_the_cheapest_of_all(data: st.DataObject) -> None:
    days = data.draw(st.integers(3, 7))
    seed = data.draw(st.integers(0, 10_000))
    random = np.random.default_rng(seed)
    limits = PersonLimits(
        allowed=random.random((days, 3)) < 0.9,
        max_work=int(random.integers(1, days + 1)),
        min_work=1,
        min_off=int(random.integers(1, 4)),
        max_weekends=int(random.integers(-1, 3)),
        min_minutes=int(random.choice([0, 960])),
        max_minutes=int(random.choice([1440, 2400, 10_000])),
        max_counts=random.integers(0, days + 1, 2),
    )
    limits.min_work = int(random.integers(1, min(3, limits.max_work) + 1))
    weekend_part = np.zeros(days, np.int64)
    weekend_part[-2:] = (1, 2)
    cost = random.integers(-9, 10, (days, 3)).astype(float)
    pricer = Pricer(limits, MINUTES, SUCCESSION, weekend_part)
    value, schedule = pricer.cheapest(cost, exact=True)
    rows = [row for row in itertools.product((-1, 0, 1), repeat=days) if lawful(row, limits, weekend_part)]
    if not rows:
        assert value >= INFINITE
        return
    best = min(sum(cost[day, kind] for day, kind in enumerate(row)) for row in rows)
    assert value == best
    assert lawful(tuple(int(kind) for kind in schedule), limits, weekend_part)
    assert pricer.bound <= best + 1e-9
    limit = best + int(random.integers(0, 12))
    cheap = sorted(row for row in rows if sum(cost[day, kind] for day, kind in enumerate(row)) <= limit)
    found = pricer.below(cost, limit + 1e-6, len(cheap))
    assert found is not None
    assert sorted(tuple(-1 if kind == 2 else kind for kind in row) for row in found.tolist()) == cheap
    assert pricer.below(cost, limit + 1e-6, len(cheap) - 1) is None


def test_priced_counts_give_a_lawful_schedule_and_a_true_bound() -> None:
    days = 14
    random = np.random.default_rng(3)
    limits = PersonLimits(
        allowed=np.ones((days, 3), np.bool_),
        max_work=5,
        min_work=2,
        min_off=2,
        max_weekends=-1,
        min_minutes=0,
        max_minutes=days * 600,
        max_counts=np.array([3, 2]),
    )
    cost = -random.random((days, 3)) * 10
    cost[:, 2] = 0.0
    exact = Pricer(limits, MINUTES, SUCCESSION, np.zeros(days, np.int64))
    best, _ = exact.cheapest(cost, exact=True)
    priced = Pricer(limits, MINUTES, SUCCESSION, np.zeros(days, np.int64), layer_limit=0)
    for _ in range(5):
        value, schedule = priced.cheapest(cost)
        assert (np.bincount(schedule[schedule >= 0], minlength=2) <= limits.max_counts).all()
        assert priced.bound <= best + 1e-9 <= value + 2e-9
