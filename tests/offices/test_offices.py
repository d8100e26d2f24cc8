"""Units, offices and beats: a tree whose paths follow every move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jingwu.journal import queries as journal
from jingwu.offices import actions, queries
from jingwu.people.access import SYSTEM
from jingwu.terms.people import OrgLevel
from jingwu.terms.places import ConnectionStatus, ZoneKind
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal


def test_tree_is_read_by_scope(tree: Any) -> None:
    assert [unit.code for unit in queries.units([tree.other_district_path])] == [
        tree.other_district, tree.other_station, tree.other_office,
    ]  # fmt: skip
    assert [office.code for office in queries.offices([tree.district_path])] == [tree.office, tree.office2]
    assert [beat.code for beat in queries.beats([tree.office_path])] == [tree.beat, tree.beat2]
    assert queries.offices([]) == [] and queries.beats([]) == []
    first = queries.office(tree.office)
    assert (first.station_name, first.path, len(first.opening_minutes)) == ("甲一派出所", tree.office_path, 7)
    assert queries.district_of(first.path).code == tree.district  # type: ignore[union-attr]


def test_moving_a_station_takes_everything_below_along(
    tree: Any, now: datetime, sysadmin: Any, manager: Any
) -> None:
    with pytest.raises(NotAllowed):
        actions.move_unit(tree.station, tree.other_district, seen=1, by=manager, at=now, reason="撤并")
    actions.move_unit(tree.station, tree.other_district, seen=1, by=sysadmin, at=now, reason="撤并")
    assert queries.office(tree.office).path == f"{tree.other_district_path}{tree.station}/{tree.office}/"
    assert queries.offices([tree.district_path]) == []
    assert len(queries.beats([tree.other_district_path])) == 3
    with pytest.raises(ChangedMeanwhile):
        actions.move_unit(tree.station, tree.district, seen=1, by=sysadmin, at=now, reason="撤并")
    line = journal.page(journal.LineFilter(verb="offices.move")).lines[0]
    assert line.details["units"] == 3 and line.reason == "撤并"


def test_a_unit_is_never_below_itself_nor_on_a_wrong_level(tree: Any, now: datetime) -> None:
    with pytest.raises(BadInput):
        actions.move_unit(tree.district, tree.station, seen=1, by=SYSTEM, at=now, reason="误")
    with pytest.raises(BadInput):
        actions.create_unit(
            level=OrgLevel.CITY, code="9909", name="错", parent_code=tree.district, by=SYSTEM, at=now
        )
    with pytest.raises(BadInput):
        actions.create_unit(
            level=OrgLevel.STATION, code="99/1", name="错", parent_code=tree.district, by=SYSTEM, at=now
        )


def test_codes_are_unique_and_nothing_is_half_written(tree: Any, now: datetime) -> None:
    rows = [
        actions.NewOffice("N1", "新室", tree.station),
        actions.NewOffice(tree.office, "重号", tree.station),
    ]
    with pytest.raises(BadInput):
        actions.open_offices(rows, by=SYSTEM, at=now)
    assert [office.code for office in queries.offices([tree.district_path])] == [tree.office, tree.office2]


def test_half_a_position_is_refused() -> None:
    with pytest.raises(ValueError, match="half"):
        actions.NewOffice("N1", "新室", "S", lon=104.0)
    with pytest.raises(ValueError, match="seven"):
        actions.NewOffice("N1", "新室", "S", opening_minutes=((0, 60),))


def test_second_writer_of_an_office_is_told(tree: Any, now: datetime, manager: Any, stranger: Any) -> None:
    change = {"connection_status": ConnectionStatus.CONNECTED.value}
    with pytest.raises(NotAllowed):
        actions.update_office(tree.office, change, seen=1, by=stranger, at=now)
    actions.update_office(tree.office, change, seen=1, by=manager, at=now)
    with pytest.raises(ChangedMeanwhile):
        actions.update_office(tree.office, {"address": "某路 1 号"}, seen=1, by=manager, at=now)
    facts = queries.office(tree.office)
    assert (facts.connection_status, facts.address) == (ConnectionStatus.CONNECTED, "")
    with pytest.raises(BadInput):
        actions.update_office(tree.office, {"unit_id": 3}, seen=2, by=manager, at=now)


def test_a_beat_changes_office_within_scope_only(tree: Any, now: datetime, manager: Any) -> None:
    actions.move_beat(tree.beat, tree.office2, seen=1, by=manager, at=now, reason="重划")
    assert queries.beats_by_code([tree.beat])[tree.beat].office_code == tree.office2
    with pytest.raises(NotAllowed):
        actions.move_beat(tree.beat, tree.other_office, seen=2, by=manager, at=now, reason="重划")
    actions.update_beat(tree.beat, {"population": 6000}, seen=2, by=manager, at=now)
    assert queries.beats_by_code([tree.beat])[tree.beat].population == 6000
    assert journal.of_record("offices", "beat", queries.beats_by_code([tree.beat])[tree.beat].id)


def test_withdrawing_what_is_referred_to_is_refused(tree: Any, now: datetime, chief: Any) -> None:
    with pytest.raises(Refusal) as caught:
        actions.withdraw(office_codes=[tree.office], by=SYSTEM, at=now, reason="撤销导入")
    assert caught.value.code == "offices.in_use"
    counts = actions.withdraw(
        office_codes=[tree.office2], beat_codes=[tree.beat3], by=SYSTEM, at=now, reason="撤销导入"
    )
    assert counts == (1, 1)


def test_three_layers_map_onto_each_other(tree: Any, now: datetime) -> None:
    source = ({"kind": "camera", "count": 12},)
    rows = [
        actions.NewCell("W1", "一网格", tree.beat, "Z1", "一智格", source),
        actions.NewCell("W2", "二网格", tree.beat2),
    ]
    actions.map_cells(rows, by=SYSTEM, at=now)
    actions.map_cells([actions.NewCell("W2", "二网格", tree.beat, "Z1")], by=SYSTEM, at=now)
    found = [(cell.grid_code, cell.beat_code, cell.smart_code) for cell in queries.cells([tree.office_path])]
    assert found == [("W1", tree.beat, "Z1"), ("W2", tree.beat, "Z1")]


def test_zones_and_map(tree: Any, now: datetime, manager: Any) -> None:
    actions.add_zone(tree.office, kind=ZoneKind.MEDIATION, name="调解室", seats=8, by=manager, at=now)
    with pytest.raises(BadInput):
        actions.add_zone(tree.office, kind=ZoneKind.MEDIATION, name="调解室", by=manager, at=now)
    assert [zone.seats for zone in queries.zones([tree.district_path])] == [8]
    road = {"name": "一环", "points": [[104.0, 30.5], [104.1, 30.5]], "width": 3}
    facts = queries.MapFacts([], [], [], [road], "自绘")
    actions.set_map_background(tree.district, facts, by=manager, at=now)
    assert queries.map_background(tree.district) == facts
    assert queries.map_background(tree.other_district) is None


def test_facts_of_many_come_in_few_statements(tree: Any) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        queries.offices(["/"])
        queries.beats(["/"])
    assert len(captured) == 2
