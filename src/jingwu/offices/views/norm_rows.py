"""Norms and proposals as rows of the pages, values in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from jingwu.journal.access import may
from jingwu.journal.actor import Acts
from jingwu.norms import DatedValue, NormBook, freeze
from jingwu.offices.norm_words import Value, in_print, in_words
from jingwu.offices.queries import LocalNormFacts, UnitFacts
from jingwu.offices.words import SCHEMES, STATUS, STATUS_KIND, UNITS

LEVELS = {"proposed": "soon", "approved": "fine", "refused": "act", "withdrawn": ""}


@dataclass(frozen=True)
class Row:
    """One norm on a day."""

    key: str
    scheme: str
    scheme_words: str
    title: str
    value: Value
    unit: str
    status: str
    status_words: str
    status_kind: str
    reference: str
    note: str
    start: date | None
    is_local: bool
    is_ended: bool
    is_overtaken: bool


@dataclass(frozen=True)
class Stated:
    """One line of a norm's history."""

    start: date
    value: Value
    is_local: bool
    is_now: bool
    status_words: str
    status_kind: str
    reference: str


@dataclass(frozen=True)
class Proposal:
    """A local value with its norm's name, and what the reader may do with it."""

    facts: LocalNormFacts
    title: str
    value: Value
    before: Value
    level: str
    may_decide: bool
    may_withdraw: bool


def row(book: NormBook, key: str, day: date, *, overtaken: Collection[str], language: str) -> Row:
    """Return one norm on ``day``; one that has not begun shows no value."""
    norm = book.norm(key)
    stated = norm.at(day)
    status = (stated.status if stated else norm.status).value
    scheme = key.split(".")[0]
    return Row(
        key=key, scheme=scheme, scheme_words=str(SCHEMES.get(scheme, scheme)), title=norm.label(language),
        value=in_words(book, key, stated.value) if stated else Value("–"),
        unit=str(UNITS.get(norm.unit, "")), status=status, status_words=str(STATUS[status]),
        status_kind=STATUS_KIND[status], reference=in_print(stated.reference if stated else norm.reference),
        note=norm.note(language), start=stated.start if stated else None,
        is_local=stated is not None and stated.layer > 0,
        is_ended=stated is not None and stated.value is None, is_overtaken=key in overtaken,
    )  # fmt: skip


def rows(book: NormBook, day: date, *, overtaken: Collection[str], language: str) -> list[Row]:
    """Return every norm that has begun by ``day``, scheme by scheme."""
    order = {name: place for place, name in enumerate(SCHEMES)}
    found = [
        row(book, key, day, overtaken=overtaken, language=language)
        for key, norm in book.norms.items()
        if norm.at(day) is not None
    ]
    return sorted(found, key=lambda one: order.get(one.scheme, len(order)))


def chosen(found: Iterable[Row], *, text: str, scheme: str, status: str) -> list[Row]:
    """Return the rows that match: words in title, key, reference or note; one scheme; one status."""
    words = text.lower().split()
    return [
        one
        for one in found
        if (not scheme or one.scheme == scheme)
        and (not status or one.status == status)
        and all(
            word in f"{one.title} {one.key} {one.reference} {one.note} {one.scheme_words}".lower()
            for word in words
        )
    ]


def schemes(found: Iterable[Row]) -> list[tuple[str, str, int]]:
    """Return key, words and number of norms of every scheme, in the page's order."""
    counts: dict[tuple[str, str], int] = {}
    for one in found:
        counts[one.scheme, one.scheme_words] = counts.get((one.scheme, one.scheme_words), 0) + 1
    return [(*names, count) for names, count in counts.items()]


def sentence(one: Row, day: date) -> str:
    """Return what holds on ``day``, since when and on whose word."""
    if one.start is None:
        return _("%(title)s在 %(day)s 还没有开始适用。") % {"title": one.title, "day": day}
    facts = {"title": one.title, "value": one.value.text, "start": one.start, "status": one.status_words}
    if one.is_ended:
        return _("%(title)s从 %(start)s 起已终止。") % facts
    return _("%(title)s:%(value)s,自 %(start)s 起,性质为“%(status)s”。") % facts


def history(book: NormBook, key: str, day: date) -> list[Stated]:
    """Return every value ever stated, the newest first, marking the one in force on ``day``."""
    now = book.norm(key).at(day)
    return [_stated(book, key, item, item is now) for item in reversed(book.history(key))]


def _stated(book: NormBook, key: str, item: DatedValue, is_now: bool) -> Stated:
    status = item.status.value
    return Stated(
        item.start, in_words(book, key, item.value), item.layer > 0, is_now, str(STATUS[status]),
        STATUS_KIND[status], in_print(item.reference),
    )  # fmt: skip


def proposals(facts: Sequence[LocalNormFacts], book: NormBook, *, by: Acts, language: str) -> list[Proposal]:
    """Return local values as rows, with what ``by`` may do."""
    found = []
    today = timezone.localdate()
    for one in facts:
        norm = book.norms.get(one.key)
        now = norm.at(today) if norm else None
        is_own = one.proposed_by_id == by.actor.account_id
        found.append(
            Proposal(
                one, norm.label(language) if norm else one.key, in_words(book, one.key, freeze(one.value)),
                in_words(book, one.key, now.value) if now else Value("–"), LEVELS[one.state],
                may_decide=one.is_waiting and not is_own and may(by, "norms.approve", org=one.org_path),
                may_withdraw=one.is_waiting and is_own,
            )
        )  # fmt: skip
    return found


def query(unit: UnitFacts, day: date) -> str:
    """Return the query string that keeps unit and day while going from page to page."""
    return urlencode({"unit": unit.code, "day": day.isoformat()})
