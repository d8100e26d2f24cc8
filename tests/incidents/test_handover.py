"""The handover names what is open: incidents with clocks, promises, check-ins; nothing of other offices."""

from __future__ import annotations

from typing import Any

from incident_case import Case

from jingwu.duty.sources import open_items


def test_the_next_shift_is_told_what_is_open(
    make_case: Any, officer: Any, client_for: Any, tree: Any
) -> None:
    case: Case = make_case().triage(priority=2).dispatch()
    office_id = case.row.office_id
    (item,) = open_items(office_id, case.at)
    assert item.kind == "incident" and item.level in ("know", "soon") and item.due_at == case.row.due_at
    assert "望江路 12 号" in item.zh and "派警" in item.zh and "dispatched" in item.en
    late = open_items(office_id, case.later(60))
    assert late[0].level == "act" and "超时" in late[0].zh and "overdue" in late[0].en
    page = client_for(officer).get(f"/duty/handover/?office={tree.office}").content.decode()
    assert "没有未了的事" not in page


def test_a_check_in_due_is_an_item_of_its_own(make_case: Any) -> None:
    case: Case = make_case().bring_to("on_scene")
    kinds = {item.kind for item in open_items(case.row.office_id, case.at)}
    assert kinds == {"incident", "timer"}


def test_what_is_closed_or_of_another_office_is_not_told(make_case: Any, tree: Any) -> None:
    from jingwu.offices.models import Office

    case: Case = make_case().bring_to("closed")
    assert open_items(case.row.office_id, case.at) == ()
    make_case()
    other = Office.objects.get(unit__code=tree.office2)
    assert open_items(other.pk, case.at) == ()
