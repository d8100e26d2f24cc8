"""What the reader found: counts per table, the period covered, and every problem in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from jingwu.sheets.table_input import TableCount
from jingwu.terms.refusal import InputProblem


@dataclass(frozen=True)
class Note:
    """Something the reader assumed or did not find; no problem, but said."""

    code: str
    text_zh: str
    text_en: str

    def text(self, language: str) -> str:
        """Return the note in ``language``."""
        return self.text_en if language.startswith("en") else self.text_zh


@dataclass(frozen=True)
class FactReport:
    """The report on handed-in facts.

    ``problems`` are the first of each kind, for showing; ``problem_count`` and ``counts`` by code are exact.
    ``blocking``: nothing can be read on; ``accepted``: a `District` came of it.
    ``headers``: table → the file's header → our column, as understood.
    """

    tables: tuple[TableCount, ...] = ()
    period: tuple[date, date] | None = None
    problems: tuple[InputProblem, ...] = ()
    problem_count: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blocking: bool = False
    accepted: bool = False
    digest: str = ""

    def __post_init__(self) -> None:
        if self.problem_count < len(self.problems):
            raise ValueError("the exact count cannot be below the problems shown")
        if self.blocking and self.accepted:
            raise ValueError("blocking problems and accepted facts exclude each other")

    @property
    def clean(self) -> bool:
        """Return whether nothing at all is wrong."""
        return self.problem_count == 0
