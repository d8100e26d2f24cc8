"""Check-in timers: quiet, due, missed, ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingwu.engines.workflow import CheckInReading, CheckInState, read_check_in

START = datetime(2026, 11, 2, 23, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def read(now: int, signs: tuple[int, ...] = (), left: int | None = None) -> CheckInReading:
    return read_check_in(
        "O1",
        on_scene_at=START,
        signs=[START + sign * MINUTE for sign in signs],
        interval=15 * MINUTE,
        grace=3 * MINUTE,
        partners=["A2", "O1", "A1"],
        chief="L1",
        now=START + now * MINUTE,
        left_at=None if left is None else START + left * MINUTE,
    )


def test_reminded_then_partner_and_chief_are_told() -> None:
    assert [read(now).state for now in (14, 15, 17, 18)] == [
        CheckInState.QUIET, CheckInState.DUE, CheckInState.DUE, CheckInState.MISSED,
    ]  # fmt: skip
    assert read(14).tell == ()
    assert read(16).tell == ("O1",)
    assert read(18).tell == ("A1", "A2", "L1")
    assert read(18).alert_at == START + 18 * MINUTE


def test_a_sign_of_life_starts_anew_and_wrong_clocks_do_not_help() -> None:
    assert read(20, signs=(10,)).state is CheckInState.QUIET
    assert read(20, signs=(10,)).due_at == START + 25 * MINUTE
    assert read(20, signs=(1440, -1440)).state is CheckInState.MISSED


def test_leaving_ends_it() -> None:
    assert read(60, left=20).state is CheckInState.ENDED
    assert read(18, left=20).state is CheckInState.MISSED


@given(st.lists(st.integers(-30, 300)), st.integers(0, 300))
def test_order_of_signs_does_not_matter_and_more_signs_never_alarm(signs: list[int], now: int) -> None:
    reading = read(now, tuple(signs))
    assert reading == read(now, tuple(sorted(signs, reverse=True)))
    if read(now).state is CheckInState.QUIET:
        assert reading.state is CheckInState.QUIET


def test_no_interval_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        read_check_in(
            "O1",
            on_scene_at=START,
            signs=(),
            interval=0 * MINUTE,
            grace=MINUTE,
            partners=(),
            chief="L",
            now=START,
        )
