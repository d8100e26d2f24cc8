"""A Period is half-open, carries a time zone and never runs backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.terms.period import Period

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(days=60))


@given(INSTANTS, LENGTHS)
def test_contains_its_start_but_not_its_end(start: datetime, length: timedelta) -> None:
    period = Period(start, start + length)
    assert start in period
    assert start + length not in period
    assert period.duration == length


@given(INSTANTS, LENGTHS, INSTANTS, LENGTHS)
def test_overlap_is_symmetric_and_adjacent_periods_do_not_overlap(
    start: datetime, length: timedelta, other_start: datetime, other_length: timedelta
) -> None:
    one, other = Period(start, start + length), Period(other_start, other_start + other_length)
    assert one.overlaps(other) == other.overlaps(one)
    assert not one.overlaps(Period(one.end, one.end + length))


def test_refuses_naive_and_backward_times() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="end after"):
        Period(noon, noon)
