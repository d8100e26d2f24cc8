"""A district's facts: the frozen `District`, its reader for folders and workbooks, and its writer."""

from jingwu.planning.district.columns import CATEGORIES, Calls, Workload
from jingwu.planning.district.facts import District
from jingwu.planning.district.mapping import ColumnMapping, TableMapping, parse_mapping, read_mapping
from jingwu.planning.district.reader import preview, read_district, sheets
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
from jingwu.planning.district.schema import suggest_mapping
from jingwu.planning.district.write import write_district

__all__ = [
    "CATEGORIES",
    "Beat",
    "Calls",
    "Certificate",
    "ColumnMapping",
    "District",
    "FactReport",
    "MapBackground",
    "MapLine",
    "Note",
    "Office",
    "Person",
    "Rank",
    "TableCount",
    "TableMapping",
    "Workload",
    "parse_mapping",
    "preview",
    "read_district",
    "read_mapping",
    "sheets",
    "suggest_mapping",
    "write_district",
]
