"""A district's facts: the frozen `District`, its reader for folders and workbooks, and its writer."""

from jingwu.planning.district.columns import CATEGORIES, Calls, Workload
from jingwu.planning.district.facts import District
from jingwu.planning.district.records import (
    Beat,
    Certificate,
    MapBackground,
    MapLine,
    Office,
    Person,
    Rank,
)
from jingwu.planning.district.report import FactReport, Note, TableCount

__all__ = [
    "CATEGORIES",
    "Beat",
    "Calls",
    "Certificate",
    "District",
    "FactReport",
    "MapBackground",
    "MapLine",
    "Note",
    "Office",
    "Person",
    "Rank",
    "TableCount",
    "Workload",
]
