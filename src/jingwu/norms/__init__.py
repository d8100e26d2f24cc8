"""Floor 3: rules as dated data, read by day.

``load(*directories).at(day)`` gives the typed schemes; the data is in ``norms/data``, one file per scheme.
"""

from jingwu.norms.book import DatedValue, LocalValue, Norm, NormBook, NormVersion, Status, thaw
from jingwu.norms.reader import PACKAGED, load
from jingwu.norms.view import Norms

__all__ = [
    "PACKAGED", "DatedValue", "LocalValue", "Norm", "NormBook", "NormVersion", "Norms", "Status",
    "load", "thaw",
]  # fmt: skip
