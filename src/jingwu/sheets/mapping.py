"""How one handed-in table reads: which header is which column, which word stands for which of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class TableMapping:
    """How one foreign table reads.

    ``columns``: ours → theirs; ``values``: ours → {their word or pattern: our word}; ``constants``: ours →
    the word for every row; ``leave_out``: theirs → words or patterns of rows that are no facts of this
    table (an officer's own log among the calls); ``time_format``: one of the writings of `times`.
    """

    file: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    leave_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time_format: str = ""

    def leaves_out(self, header: str, text: str) -> bool:
        """Return whether a row with this text under their header is no fact of this table."""
        folded = text.strip().casefold()
        return any(fnmatchcase(folded, pattern.casefold()) for pattern in self.leave_out.get(header, ()))

    def translate(self, column: str, text: str) -> str:
        """Return our word for theirs: an exact entry first, then the first pattern that fits, else itself."""
        entries = self.values.get(column)
        if entries is None:
            return text
        if text in entries:
            return entries[text]
        folded = text.strip().casefold()
        for pattern, ours in entries.items():
            if fnmatchcase(folded, pattern.casefold()):
                return ours
        return text
