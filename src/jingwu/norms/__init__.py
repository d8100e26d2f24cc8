"""Floor 3: rules as dated data, read by day.

``load(*directories).at(day)`` gives the typed schemes; the data is in ``norms/data``, one file per scheme.
"""

from jingwu.norms.book import DatedValue, LocalValue, Norm, NormBook, NormVersion, Status, freeze, thaw
from jingwu.norms.checks import check_value, prove
from jingwu.norms.reader import PACKAGED, load, read_value
from jingwu.norms.view import Norms

__all__ = [
    "PACKAGED", "DatedValue", "LocalValue", "Norm", "NormBook", "NormVersion", "Norms", "Status",
    "check_value", "freeze", "load", "prove", "read_value", "thaw",
]  # fmt: skip
