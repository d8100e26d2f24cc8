"""Reads the table of people: categories, ages, ID numbers, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from jingwu.planning.district.frame import FINE, SWAPPED, ZERO, country_frame, frame_of_points, judge_points
from jingwu.planning.district.id_number import birth_date_of
from jingwu.planning.district.read_places import Codes
from jingwu.planning.district.read_rows import Row, rows
from jingwu.planning.district.records import Certificate, Office, Person, Rank
from jingwu.planning.district.vocabulary import (
    MODULE_WORDS,
    PERSON_WORDS,
    RANK_WORDS,
    SOURCE_WORDS,
    TRUTH_WORDS,
    USUAL_SOURCE,
)
from jingwu.sheets.table_input import TableInput
from jingwu.sheets.times import find_writing, read_dates
from jingwu.sheets.words import words_of
from jingwu.terms.duty import DutyModule
from jingwu.terms.people import FundingSource, PersonCategory

HOME_MARGIN_DEGREES = 2.0  # people commute; beyond that the point is a slip
MAX_CERTIFICATES = 50
_CATEGORIES = words_of(PersonCategory, PERSON_WORDS)
_SOURCES = words_of(FundingSource, SOURCE_WORDS)
_RANKS = words_of(Rank, RANK_WORDS)
_MODULES = words_of(DutyModule, MODULE_WORDS)


@dataclass(frozen=True)
class AgeRule:
    """The day ages are told on and the least age by category; a category not named has none."""

    today: date
    minimum_age_years: Mapping[PersonCategory, int]


def read_people(
    source: TableInput,
    offices: Mapping[str, int] | None,
    beats: Mapping[str, int] | None,
    ages: AgeRule,
) -> list[tuple[int, Person]]:
    """Return the usable people with their row numbers, in the file's order.

    ``offices`` or ``beats`` None = there is no such table, and references are not kept.
    """
    codes, found = Codes(), []
    for row in rows(source, dates=("birth_date",)):
        code = row.code("code", required=True)
        category = row.member("category", _CATEGORIES)
        if category is None and row.good:
            row.bad("category", "required")
        fields = _fields(row, offices, beats)
        fields["birth_date"] = _birth_date(row, category, ages)
        fields["id_number"] = _id_number(row, fields["birth_date"])
        fields["certificates"] = _certificates(row)
        if not row.good or category is None or not codes.first(row, "code", code, code):
            continue
        fields["source"] = fields["source"] or USUAL_SOURCE[category]
        try:
            found.append((row.number, Person(code=code, category=category, **fields)))  # type: ignore[arg-type]
        except ValueError:
            row.bad("code", "bad_text", code)
    return found


def _fields(
    row: Row, offices: Mapping[str, int] | None, beats: Mapping[str, int] | None
) -> dict[str, object]:
    home_lon, home_lat = row.place("home_lon", "home_lat")
    minutes = row.number_in("weekly_minutes", 0, 7 * 1440)
    return {
        "source": row.member("source", _SOURCES),
        "rank": row.member("rank", _RANKS),
        "grassroots_years": row.number_in("grassroots_years", 0, 60),
        "police_background": row.truth("police_background", TRUTH_WORDS),
        "skills": row.words("skills"),
        "office": None if offices is None else row.reference("office", offices, "unknown_office"),
        "home_lon": home_lon,
        "home_lat": home_lat,
        "weekly_minutes": None if minutes is None else round(minutes),
        "module": row.member("module", _MODULES),
        "role": row.text("role"),
        "beat": None if beats is None else row.reference("beat", beats, "unknown_beat"),
        "group": row.text("group") or None,
        "is_lead": row.truth("is_lead", TRUTH_WORDS) or False,
        "recused_from": row.words("recused_from"),
    }


def _birth_date(row: Row, category: PersonCategory | None, ages: AgeRule) -> date | None:
    born = row.day("birth_date")
    if born is None:
        return None
    if born > ages.today:
        row.bad("birth_date", "born_in_future", born.isoformat())
        return None
    age = ages.today.year - born.year - ((ages.today.month, ages.today.day) < (born.month, born.day))
    least = None if category is None else ages.minimum_age_years.get(category)
    if least is not None and age < least:
        row.bad("birth_date", "too_young", born.isoformat(), limit=least)
    return born


def _id_number(row: Row, born: object) -> str | None:
    number = row.code("id_number").upper()
    if not number or not row.good:
        return None
    told = birth_date_of(number)
    if told is None:
        row.bad("id_number", "id_check_digit", number)
    elif born is not None and told != born:
        row.bad("id_number", "id_birth", number)
    return number


def _certificates(row: Row) -> tuple[Certificate, ...]:
    found = []
    for word in row.words("certificates")[:MAX_CERTIFICATES]:
        name, _, expiry = word.replace("：", ":").partition(":")
        expires = None
        if expiry.strip():
            writing = find_writing([expiry.strip()])
            day = None if writing is None else read_dates([expiry.strip()], writing)[0][0]
            if day is None or np.isnat(day):
                row.bad("certificates", "certificate", word)
                continue
            expires = day.astype(date)
        if not name.strip():
            row.bad("certificates", "certificate", word)
            continue
        found.append(Certificate(name.strip(), expires))
    return tuple(found)


def judge_homes(
    source: TableInput, people: list[tuple[int, Person]], offices: tuple[Office, ...], zone: str
) -> tuple[Person, ...]:
    """Return the people whose home may be where it says: within reach of the offices, or of each other."""
    numbers = [number for number, person in people if person.home_lon is not None]
    lon = np.array([p.home_lon for _, p in people if p.home_lon is not None], float)
    lat = np.array([p.home_lat for _, p in people if p.home_lat is not None], float)
    country = country_frame(zone, lon, lat)
    by = (np.array([o.lon for o in offices]), np.array([o.lat for o in offices])) if offices else (lon, lat)
    frame = frame_of_points(*by, country)
    frame = frame if frame == country else frame.wider(HOME_MARGIN_DEGREES)
    verdicts = judge_points(lon, lat, frame)
    for place in np.flatnonzero(verdicts != FINE):
        code = {ZERO: "zero_point", SWAPPED: "swapped"}.get(int(verdicts[place]), "outside")
        source.bad(numbers[place], "home_lon", code, f"{lon[place]:g}, {lat[place]:g}")
    return tuple(person for number, person in people if number not in source.bad_rows)
