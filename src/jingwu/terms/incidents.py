"""What happens: categories and priorities of incidents (reference §2.4)."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """P1 urgent … P4 not urgent; the smaller number goes first."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4


class IncidentCategory(StrEnum):
    """The default dictionary of incident categories."""

    CRIME = "crime"
    PUBLIC_ORDER = "public_order"
    DISPUTE = "dispute"
    HELP = "help"
    TRAFFIC = "traffic"
    FIRE_DISASTER = "fire_disaster"
    MASS_INCIDENT = "mass_incident"
    FRAUD = "fraud"
    CLUE = "clue"
    COMPLAINT_POLICE = "complaint_police"
    NON_POLICE = "non_police"
    CONSULT = "consult"


class AreaType(StrEnum):
    """Time norms differ between urban, suburban and rural areas."""

    URBAN = "urban"
    SUBURBAN = "suburban"
    RURAL = "rural"
