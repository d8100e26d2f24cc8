"""Encrypted columns: sealed in the table, bound to their column, rotated by key id, found by blind index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from jingwu.people import actions, queries
from jingwu.people.access import SYSTEM
from jingwu.people.models import Person
from jingwu.people.vault import Sealed, blind_index, mask_id_number, mask_name, mask_phone, seal
from jingwu.people.vault.keyring import parse
from jingwu.people.vault.suites import SUITES, International, WrongKey
from jingwu.terms.people import FundingSource, PersonCategory

ID_NUMBER = "99010119900501002X"
PHONE = "19900001234"


@given(st.text(min_size=1))
def test_what_is_sealed_opens_again_and_is_nowhere_in_the_token(plain: str) -> None:
    sealed = seal(plain, "t.c")
    assert sealed.reveal() == plain
    assert seal(plain, "t.c").token != sealed.token  # a fresh nonce each time
    if len(plain) > 3:
        assert plain not in sealed.token


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(WrongKey):
        Sealed(seal(PHONE, "a.phone").token, "a.id_number").reveal()


@pytest.mark.parametrize(
    "token", ["", "intl:1", "intl:9:AAAA", "gm:1:AAAA", "intl:1:no base64!", "intl:1:AAAA"]
)
def test_a_broken_token_is_refused(token: str) -> None:
    with pytest.raises(WrongKey):
        Sealed(token, "t.c").reveal()


def test_a_changed_character_is_noticed() -> None:
    token = seal(PHONE, "t.c").token
    changed = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    with pytest.raises(WrongKey):
        Sealed(changed, "t.c").reveal()


def test_printing_never_shows_the_plain_text() -> None:
    sealed = seal(PHONE, "t.c")
    assert PHONE not in f"{sealed} {sealed!r} {[sealed]}"


def test_masks_follow_the_reference() -> None:
    assert mask_id_number("1101011949123100" + "2X") == "1101**********002X"
    assert mask_phone("13812341234") == "138****1234"
    assert mask_name("张某某") == "张**"
    assert mask_phone("110") == "***" and mask_id_number("") == ""


@pytest.mark.parametrize(
    "text", ["short", "1:" + "a" * 40 + ",1:" + "b" * 40, ":" + "a" * 40, "a b:" + "a" * 40]
)
def test_unusable_keys_stop_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        parse(text, "i" * 40)


def test_unknown_suite_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="rot13"):
        parse("k" * 40, "i" * 40, "rot13")


def test_blind_index_is_keyed_and_bound_to_its_column(settings: Any) -> None:
    index = blind_index(ID_NUMBER, "a.id")
    assert index == blind_index(" 990101 19900501 002x", "a.id")  # blanks and case do not count
    assert index != blind_index(ID_NUMBER, "a.other")
    settings.FIELD_INDEX_KEY = "another secret of enough length!!"
    assert index != blind_index(ID_NUMBER, "a.id")


@pytest.fixture
def person(tree: Any, now: datetime) -> Person:
    row = actions.NewPerson(
        "A-1", "民警 0001", tree.office, PersonCategory.OFFICER, FundingSource.ESTABLISHMENT,
        id_number=ID_NUMBER, phone=PHONE,
    )  # fmt: skip
    return Person.objects.get(pk=actions.create_people([row], by=SYSTEM, at=now)["A-1"])


def raw(person: Person, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM people_person WHERE id = %s", [person.pk])
        return cursor.fetchone()[0]


def test_the_table_holds_no_plain_text(person: Person) -> None:
    assert raw(person, "id_number").startswith("intl:") and ID_NUMBER not in raw(person, "id_number")
    assert isinstance(person.id_number, Sealed) and person.id_number.reveal() == ID_NUMBER
    assert queries.masked("A-1") == {"id_number": "9901**********002X", "phone": "199****1234"}


def test_equal_values_are_found_by_the_blind_index(person: Person, tree: Any) -> None:
    assert queries.by_id_number("99010119900501002x", [tree.district_path]) == "A-1"
    assert queries.by_id_number("990101199005010038", [tree.district_path]) is None
    assert queries.by_id_number(ID_NUMBER, [tree.other_district_path]) is None


def test_an_encrypted_column_cannot_be_searched() -> None:
    with pytest.raises(TypeError, match="blind index"):
        Person.objects.filter(phone=PHONE).exists()


def test_saving_another_field_keeps_the_token(person: Person) -> None:
    before = raw(person, "id_number")
    person.name = "民警 0002"
    person.save(update_fields=["name"])
    person.save()
    assert raw(person, "id_number") == before
    assert raw(person, "id_number_index")


def test_rotation_reseals_every_value_under_the_first_key(person: Person, settings: Any) -> None:
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = "2:" + "n" * 40 + ",1:" + old
    assert Person.objects.get(pk=person.pk).phone.reveal() == PHONE  # the old key still opens
    call_command("rotate_field_keys", verbosity=0)
    assert raw(person, "phone").startswith("intl:2:")
    settings.FIELD_KEYS = "2:" + "n" * 40
    fresh = Person.objects.get(pk=person.pk)
    assert (fresh.phone.reveal(), fresh.id_number.reveal()) == (PHONE, ID_NUMBER)


def test_losing_the_key_is_loud(person: Person, settings: Any) -> None:
    settings.FIELD_KEYS = "2:" + "n" * 40
    with pytest.raises(WrongKey, match="no key"):
        Person.objects.get(pk=person.pk).phone.reveal()


def test_another_suite_joins_beside_the_first(
    person: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class National(International):
        name = "gm"

    monkeypatch.setitem(SUITES, "gm", National())
    settings.CIPHER_SUITE = "gm"
    assert Person.objects.get(pk=person.pk).phone.reveal() == PHONE
    call_command("rotate_field_keys", verbosity=0)
    assert raw(person, "phone").startswith("gm:1:")
    assert Person.objects.get(pk=person.pk).phone.reveal() == PHONE
