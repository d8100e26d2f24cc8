"""Server-paged tables: order, pages and filters live in the query string."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Row:
    name: str
    gap: float | None


ROWS = [Row("乙", 2.0), Row("甲", None), Row("丙", -1.0), Row("丁", 7.5)]
SHOW = (
    "{% load tables %}{% paginate rows per=per sorts='gap,name' as page %}"
    "{% for row in page %}{{ row.name }}{% endfor %}"
)


def show(query: str, rows: Any = ROWS, per: int = 50, source: str = SHOW) -> str:
    request = RequestFactory().get(f"/x/{query}")
    return Template(source).render(Context({"request": request, "rows": rows, "per": per}))


def test_order_both_ways_with_the_unknown_last() -> None:
    assert show("?sort=gap") == "丙乙丁甲"
    assert show("?sort=-gap") == "丁乙丙甲"


def test_a_field_that_is_not_on_the_list_changes_nothing() -> None:
    assert show("?sort=__class__") == show("") == "乙甲丙丁"


def test_bad_page_numbers_show_the_first_or_the_last_page() -> None:
    assert show("?page=abc", per=3) == "乙甲丙"
    assert show("?page=99", per=3) == "丁"
    assert show("?page=-1", per=3) == "丁"


def test_dictionaries_sort_like_objects() -> None:
    assert show("?sort=gap", rows=[{"name": "b", "gap": 2}, {"name": "a", "gap": 1}]) == "ab"


def test_a_header_turns_rising_falling_and_back_and_keeps_the_filter() -> None:
    header = "{% load tables %}{% sort_header 'gap' 'G' %}"
    assert "?q=%E6%9C%9B&amp;sort=gap" in show("?q=望&page=4", source=header)
    assert "?q=x&amp;sort=-gap" in show("?q=x&sort=gap", source=header)
    assert 'href="?q=x"' in show("?q=x&sort=-gap", source=header)


@given(total=st.integers(0, 60), per=st.integers(1, 13))
def test_pages_cover_every_row_once(total: int, per: int) -> None:
    rows = [Row(f"{number},", number) for number in range(total)]
    seen = "".join(
        show(f"?page={page}", rows=rows, per=per) for page in range(1, max(1, -(-total // per)) + 1)
    )
    assert seen == "".join(row.name for row in rows)


def test_the_pager_links_every_page_and_marks_the_current() -> None:
    source = "{% load tables %}{% paginate rows per=per as page %}{% pager page %}"
    text = show("?page=2&q=x", rows=list(range(9)), per=3, source=source)
    assert 'href="?q=x&amp;page=1"' in text and 'href="?q=x&amp;page=3"' in text
    assert '<span aria-current="page">2</span>' in text
    assert "href" not in show("", rows=[1], source=source)
