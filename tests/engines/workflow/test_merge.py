"""Offline changes: nothing lost, nothing twice, whatever the order."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.engines.workflow import (
    Change,
    Outcome,
    Record,
    changed_fields,
    from_plain,
    receive,
    receive_all,
    to_plain,
)
from jingwu.terms.refusal import BadInput

START = Record.start({"place": "东门", "result": "", "count": 1})


def change(id: str, branch: str, number: int, base: int = 0, **fields: Any) -> Change:
    return Change(id, branch, number, base, fields)


def test_two_devices_one_field_keep_both_values() -> None:
    first, second = change("c1", "phone-a", 1, place="西门"), change("c2", "phone-b", 1, place="南门")
    record, results = receive_all(START, [first, second])
    assert [result.outcome for result in results] == [Outcome.MERGED, Outcome.CONFLICT]
    assert results[1].conflicts == ("place",)
    assert record.conflicts == {"place": ("西门", "南门")}
    assert record.settled == {"result": "", "count": 1}
    swapped, _ = receive_all(START, [second, first])
    assert swapped.conflicts == record.conflicts, "whoever came first"


def test_different_fields_and_equal_values_are_no_conflict() -> None:
    record, results = receive_all(
        START,
        [
            change("c1", "a", 1, place="西门"),
            change("c2", "b", 1, result="调解"),
            change("c3", "c", 1, place="西门"),
        ],
    )
    assert record.conflicts == {}
    assert record.settled == {"place": "西门", "result": "调解", "count": 1}
    assert {result.outcome for result in results} == {Outcome.MERGED}


def test_three_two_one_ends_as_one_two_three() -> None:
    changes = [change(f"c{n}", "a", n, place=f"门{n}") for n in (1, 2, 3)]
    for order in itertools.permutations(changes):
        record, _ = receive_all(START, order)
        assert record.settled["place"] == "门3" and record.version == 3


def test_same_change_twice_has_one_effect() -> None:
    once = receive(START, change("c1", "a", 1, place="西门")).record
    again = receive(once, change("c1", "a", 1, place="西门"))
    assert (again.record, again.outcome) == (once, Outcome.ALREADY)
    with pytest.raises(BadInput, match="编号"):
        receive(once, change("c1", "a", 1, place="北门"))


def test_desk_settles_a_conflict_and_a_late_first_change_stays_dead() -> None:
    record, _ = receive_all(START, [change("c1", "a", 2, place="西门"), change("c2", "b", 1, place="南门")])
    settled = receive(record, change("c3", "desk", 1, record.version, place="南门")).record
    assert settled.settled["place"] == "南门"
    late = receive(settled, change("c0", "a", 1, place="北门"))
    assert late.record.settled["place"] == "南门", "the branch's second change had replaced it"
    other = receive(settled, change("c4", "c", 1, place="广场"))
    assert other.outcome is Outcome.CONFLICT, "a third device knew nothing of the settlement"
    assert set(other.record.conflicts["place"]) == {"南门", "广场"}


def test_seen_values_are_replaced() -> None:
    record, _ = receive_all(
        START, [change("c1", "a", 1, place="西门"), change("c2", "b", 1, base=1, place="南门")]
    )
    assert record.settled["place"] == "南门"


def test_photos_grow_and_are_missed_until_they_arrive() -> None:
    first = Change("c1", "a", 1, 0, {}, {"photos": frozenset({"p1", "p2"})})
    second = Change("c2", "b", 1, 0, {}, {"photos": frozenset({"p3"})})
    record, results = receive_all(START, [first, second])
    assert {result.outcome for result in results} == {Outcome.MERGED}
    assert record.sets["photos"] == {"p1", "p2", "p3"}
    assert record.missing("photos", frozenset({"p1", "p3"})) == {"p2"}
    assert record.missing("voice", frozenset()) == frozenset()


def test_impossible_changes_are_refused() -> None:
    with pytest.raises(BadInput):
        receive(START, change("c1", "a", 1, base=1, place="西门"))
    for bad in (("", "a", 1, 0), ("c", "", 1, 0), ("c", "a", 0, 0), ("c", "a", 1, -1)):
        with pytest.raises(ValueError):
            Change(*bad)


def test_a_device_sends_only_what_differs() -> None:
    base, mine = {"a": 1, "b": None}, {"a": 1, "b": 2, "c": None}
    assert changed_fields(base, mine) == {"b": 2, "c": None}


VALUES = st.sampled_from(["甲", "乙", "丙", 0, False, None, ["x"], {"k": 1}])
FIELDS = st.dictionaries(st.sampled_from(["place", "result", "note"]), VALUES, min_size=1)


@st.composite
def storms(draw: st.DrawFn) -> tuple[Record, list[Change]]:
    """A record with some history, and changes that devices made since without hearing of each other."""
    record = START
    for number in range(1, draw(st.integers(0, 3)) + 1):
        record = receive(record, Change(f"h{number}", "desk", number, record.version, draw(FIELDS))).record
    changes = []
    for branch in draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4)):
        base = draw(st.integers(0, record.version))
        for number in range(1, draw(st.integers(1, 3)) + 1):
            added = draw(st.dictionaries(st.just("photos"), st.frozensets(st.sampled_from("xyz"))))
            changes.append(Change(f"{branch}{number}", branch, number, base, draw(FIELDS), added))
    return record, changes


def _content(record: Record) -> Any:
    heads = {name: [(h.change, h.value) for h in item.heads] for name, item in record.fields.items()}
    return heads, record.conflicts, record.settled, record.sets, record.version, record.received


@given(storms(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=200)
def test_any_order_with_repeats_gives_the_same_record(
    storm: tuple[Record, list[Change]], random: Any
) -> None:
    record, changes = storm
    shuffled = [*changes, *random.choices(changes, k=len(changes))] if changes else []
    random.shuffle(shuffled)
    assert _content(receive_all(record, shuffled)[0]) == _content(receive_all(record, changes)[0])


@given(storms())
@settings(deadline=None)
def test_the_last_word_of_every_device_is_kept_until_somebody_settles(
    storm: tuple[Record, list[Change]],
) -> None:
    record, changes = storm
    merged, _ = receive_all(record, changes)
    last: dict[tuple[str, str], Any] = {}
    for item in changes:
        for name, value in item.fields.items():
            last[item.branch, name] = value
    for (_, name), value in last.items():
        assert json.dumps(value) in {json.dumps(kept) for kept in merged.fields[name].values}
    settle = Change("z", "desk", 99, merged.version, dict.fromkeys(merged.fields, "定"))
    done = receive(merged, settle).record
    assert done.conflicts == {} and set(done.settled.values()) == {"定"}


@given(storms())
@settings(deadline=None)
def test_a_record_survives_its_column(storm: tuple[Record, list[Change]]) -> None:
    record, _ = receive_all(*storm)
    assert _content(from_plain(json.loads(json.dumps(to_plain(record))))) == _content(record)
