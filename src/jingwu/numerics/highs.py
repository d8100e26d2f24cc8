"""A HiGHS that says nothing: standard output is for results, which programs read too."""

from __future__ import annotations

import highspy


class _QuietHighs(highspy.Highs):
    """HiGHS without its banner, which its constructor prints before an option can be set."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def quiet_highs() -> highspy.Highs:
    """Return an empty model that prints nothing, neither now nor while it is solved."""
    return _QuietHighs()  # type: ignore[no-untyped-call] # its constructor carries no types
