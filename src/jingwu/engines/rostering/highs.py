"""A HiGHS that says nothing: every solve of this engine begins with one."""

from __future__ import annotations

import highspy


def quiet_highs() -> highspy.Highs:
    """Return an empty model that prints nothing while it is solved."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call] # its constructor carries no types
    highs.silent()
    return highs
