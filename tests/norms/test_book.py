"""Reading, layering, dating and versioning of norms."""

from __future__ import annotations

import json
import pickle
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jingwu.norms import PACKAGED, LocalValue, NormBook, Status, load
from jingwu.norms.checks import BEGINNING, prove
from jingwu.terms.refusal import BadInput

DAY = date(2026, 11, 1)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def refused(*folders: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(BadInput) as caught:
        load(*folders)
    return [(problem.file, problem.column, problem.code) for problem in caught.value.problems]


def test_packaged_norms_hold_together_on_every_day_of_change() -> None:
    book = load()
    prove(book)
    assert len(book) > 200
    for norm in book.norms.values():
        assert norm.title and norm.description and norm.reference and norm.unit
        assert all(value.status is norm.status for value in norm.values)


def test_every_packaged_file_is_read() -> None:
    files = {str(path.relative_to(PACKAGED)) for path in PACKAGED.rglob("*.yaml")}
    assert {value.file for norm in load().norms.values() for value in norm.values} == files


def test_folder_adds_a_dated_value_as_local(tmp_path: Path) -> None:
    write(tmp_path, "response.yaml", "target_minutes: {values: {2026-03-01: 7}}")
    book = load(tmp_path)
    assert book.at(date(2026, 2, 28)).response.target_minutes == 5
    assert book.at(date(2026, 3, 1)).response.target_minutes == 7
    first, second = book.history("response.target_minutes")
    assert (first.value, first.status, first.layer) == (5, Status.SOURCE_ARTICLE, 0)
    assert (second.value, second.status, second.file) == (7, Status.LOCAL, "response.yaml")
    assert load().at(DAY).response.target_minutes == 5, "the packaged book is untouched"


def test_later_folder_and_hand_added_value_win(tmp_path: Path) -> None:
    city = write(tmp_path / "city", "team.yaml", "auxiliaries: {values: {2026-01-01: 6}}")
    district = write(tmp_path / "district", "team.yaml", "auxiliaries: {values: {2025-01-01: 7}}")
    book = load(city, district)
    assert book.at(DAY).team.auxiliaries == 7, "the district's word stands though it is older"
    assert load(district, city).at(DAY).team.auxiliaries == 6
    by_hand = book.with_values([LocalValue("team.auxiliaries", date(2026, 6, 1), 8, "局发〔2026〕1号")])
    assert [by_hand.at(day).team.auxiliaries for day in (date(2026, 5, 31), date(2026, 6, 1))] == [7, 8]
    assert by_hand.overtaken(DAY) == ()
    assert book.overtaken(DAY) == ("team.auxiliaries",)


def test_folder_may_bring_norms_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        "dogs.yaml",
        "per_household:\n  title: 每户犬只\n  description: Dogs per household\n"
        "  metadata: {unit: count, status: local, reference: 市养犬规定}\n"
        "  values: {2024-01-01: 1, 2027-01-01: null}\n",
    )
    book = load(tmp_path)
    assert book.at(DAY).value("dogs.per_household") == 1
    for day in (date(2023, 12, 31), date(2027, 1, 1)):
        with pytest.raises(BadInput, match=r"dogs\.per_household"):
            book.at(day).value("dogs.per_household")
    assert book.norm("dogs.per_household").label("en") == "Dogs per household"
    assert book.norm("dogs.per_household").label("zh-hans") == "每户犬只"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("team.yaml", "auxiliaries: {values: {2026-01-01: many}}", ("team.auxiliaries", "norms.kind")),
        ("team.yaml", "auxiliaries: {values: {2026-01-01: -1}}", ("team.auxiliaries", "norms.bounds")),
        ("team.yaml", "auxiliaries: {values: {2026-01-01: .nan}}", ("team.auxiliaries", "norms.kind")),
        ("team.yaml", "auxiliaries: {values: {soon: 5}}", ("team.auxiliaries", "norms.date")),
        ("team.yaml", "auxiliaries: {values: 5}", ("team.auxiliaries", "norms.values")),
        (
            "team.yaml",
            "auxiliaries: {value: {2026-01-01: 5}}",
            ("team.auxiliaries.value.2026-01-01", "norms.key"),
        ),
        ("team.yaml", "horses: {values: {2026-01-01: 5}}", ("team.horses", "norms.lacking")),
        (
            "team.yaml",
            "auxiliaries: {colour: red, values: {2026-01-01: 5}}",
            ("team.auxiliaries", "norms.field"),
        ),
        (
            "team.yaml",
            "auxiliaries: {metadata: {status: rumour}, values: {2026-01-01: 5}}",
            ("team.auxiliaries", "norms.status"),
        ),
        ("team.yaml", "- a list", ("team", "norms.tree")),
        ("mix.yaml", "reserve_share: {values: {2026-01-01: 30}}", ("mix.reserve_share", "norms.bounds")),
        ("lead.yaml", "min_rank: {values: {2026-01-01: emperor}}", ("lead", "norms.scheme")),
    ],
)
def test_bad_norms_are_refused_by_file_and_key(
    tmp_path: Path, name: str, text: str, expected: tuple[str, str]
) -> None:
    found = refused(write(tmp_path, name, text))
    assert expected in {(key, code) for _, key, code in found}
    if expected[1] not in {"norms.scheme"}:
        assert {file for file, _, _ in found} == {name}


def test_broken_yaml_names_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "a/b.yaml", "x:\n  values: {2026-01-01: 1\n")
    write(tmp_path, "c.yaml", "x: {values: {2026-01-01: 1}}\nx: {values: {2026-01-01: 2}}\n")
    with pytest.raises(BadInput) as caught:
        load(tmp_path)
    write(tmp_path, "d.yaml", "x: {values: {2026-13-45: 1}}\n")
    (tmp_path / "e.yaml").write_bytes("x: 标准".encode("gbk"))
    assert {("d.yaml", "", "norms.yaml"), ("e.yaml", "", "norms.unreadable")} <= set(refused(tmp_path))
    assert {(p.file, p.code) for p in caught.value.problems} == {
        (str(Path("a/b.yaml")), "norms.yaml"),
        ("c.yaml", "norms.yaml"),
    }
    assert all(problem.row > 0 for problem in caught.value.problems)
    assert "c.yaml" in caught.value.message("en") or "a/b.yaml" in caught.value.message("en")


def test_one_norm_in_two_files_of_a_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "appraisal.yaml", "stars: {public_share: {values: {2026-01-01: 0.5}}}")
    write(tmp_path, "appraisal/stars.yaml", "public_share: {values: {2026-01-01: 0.5}}")
    assert ("appraisal.stars.public_share", "norms.twice") in {
        (key, code) for _, key, code in refused(tmp_path)
    }


def test_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere")[0][2] == "norms.no_folder"


def test_words_and_times_are_not_turned_into_something_else(tmp_path: Path) -> None:
    write(
        tmp_path,
        "x.yaml",
        "y:\n  title: 词\n  description: words\n  metadata: {unit: list, status: local, reference: z}\n"
        "  values: {2026-01-01: [off, no, 18:00, 007, 1e3, true]}\n",
    )
    assert load(tmp_path).at(DAY).value("x.y") == ("off", "no", "18:00", "007", 1000.0, True)


def test_version_follows_the_values_in_force_only(tmp_path: Path) -> None:
    book = load()
    same = load(write(tmp_path / "a", "team.yaml", "auxiliaries: {values: {2023-01-01: 5}}"))
    other = load(write(tmp_path / "b", "team.yaml", "auxiliaries: {values: {2026-06-01: 6}}"))
    assert same.version(DAY) == book.version(DAY), "saying the same again changes nothing"
    assert other.version(date(2026, 5, 31)) == book.version(date(2026, 5, 31))
    assert other.version(DAY).digest != book.version(DAY).digest
    assert other.version(DAY).newest == date(2026, 6, 1)
    assert str(other.version(DAY)).startswith("2026-06-01+")
    assert other.at(DAY).version == other.version(DAY)


def test_norms_travel_to_another_process() -> None:
    norms = load().at(DAY)
    twin = pickle.loads(pickle.dumps(norms))
    assert twin == norms and twin.modules == norms.modules and twin.response == norms.response


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.one_of(st.none(), st.integers(0, 20).map(lambda n: n / 20))),
        unique_by=lambda pair: pair[0],
        max_size=6,
    ),
    st.integers(-10, 1000),
)
def test_the_latest_local_value_not_after_the_day_counts(
    stated: list[tuple[int, float | None]], offset: int
) -> None:
    start = date(2024, 1, 1)
    key = "age.min_share"
    book: NormBook = load().with_values(
        [LocalValue(key, start + timedelta(days), value, "r") for days, value in stated]
    )
    begun = [pair for pair in stated if pair[0] <= offset]
    expected = max(begun)[1] if begun else 0.4
    assert book.at(start + timedelta(offset)).age.min_share == expected


def test_two_values_of_one_date_are_refused() -> None:
    day = BEGINNING + timedelta(10)
    with pytest.raises(BadInput):
        load().with_values(
            [LocalValue("age.min_share", day, 0.1, "r"), LocalValue("age.min_share", day, 0.2, "r")]
        )


def test_asking_for_many_days_stays_right() -> None:
    book = load().with_values([LocalValue("age.min_share", date(2025, 1, 1), 0.2, "r")])
    days = [date(2024, 11, 1) + timedelta(n) for n in range(130)]
    for day in (*days, *days):
        norms = book.at(day)
        assert norms.day == day
        assert norms.age.min_share == (0.2 if day >= date(2025, 1, 1) else 0.4)
    assert book.at(days[-1]) is book.at(days[-1])


def test_approved_values_never_keep_the_others_from_being_read() -> None:
    stale = [
        LocalValue("team.horses", date(2025, 1, 1), 3, "r"),
        LocalValue("mix.reserve_share", date(2025, 1, 1), 0.5, "r"),
        LocalValue("age.min_share", date(2025, 1, 1), 0.2, "r"),
    ]
    norms = load().with_values(stale, approved=True).at(DAY)
    assert norms.age.min_share == 0.2 and norms.team.headcount == 14
    with pytest.raises(BadInput, match="mix"):
        _ = norms.mix


def test_values_kept_as_json_are_read_back() -> None:
    value = json.loads('{"rest": ["2027-01-01"], "worked": ["2027-01-02"]}')
    book = load().with_values([LocalValue("calendar.years.2027", date(2026, 11, 1), value, "r")])
    calendar = book.at(date(2026, 11, 2)).calendar
    assert calendar.years[2027].worked == (date(2027, 1, 2),)
    assert calendar.working_calendar().is_working_day(date(2027, 1, 2))
    opening = json.loads(json.dumps({str(n): [["09:00", "17:00"]] for n in range(1, 8)}))
    changed = load().with_values([LocalValue("calendar.opening", date(2027, 1, 1), opening, "r")])
    assert changed.at(date(2027, 1, 1)).calendar.opening[7] == ((time(9), time(17)),)
    for bad in ({"rest": ["soon"], "worked": []}, {"rest": ["2026-01-01"], "worked": []}, {"rest": []}):
        with pytest.raises(BadInput):
            load().with_values([LocalValue("calendar.years.2027", date(2026, 11, 1), bad, "r")])
