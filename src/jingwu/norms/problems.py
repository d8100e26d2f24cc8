"""Collecting what is wrong with norms, so that all of it is said at once."""

from __future__ import annotations

from jingwu.terms.refusal import BadInput, InputProblem


class Problems:
    """A growing list of problems; `refuse` raises them together when there are any."""

    def __init__(self) -> None:
        self.found: list[InputProblem] = []

    def add(self, file: str, key: str, code: str, zh: str, en: str, *, row: int = 0, value: str = "") -> None:
        """Note one problem with a norm (``key`` goes where a table would name its column)."""
        self.found.append(InputProblem(file, row, key, code, zh, en, value=value, blocking=True))

    def refuse(self) -> None:
        """Raise `BadInput` with every problem noted so far; return quietly when there is none."""
        if not self.found:
            return
        first = self.found[0]
        where = " ".join(part for part in (first.file, first.column) if part)
        more_zh = f"(另有 {len(self.found) - 1} 处)" if len(self.found) > 1 else ""
        more_en = f" (and {len(self.found) - 1} more)" if len(self.found) > 1 else ""
        raise BadInput(
            "norms.bad",
            f"标准有误: {where}: {first.reason_zh}{more_zh}",
            f"the norms cannot be used: {where}: {first.reason_en}{more_en}",
            problems=self.found,
            fields={problem.column: problem.reason_zh for problem in self.found if problem.column},
        )
