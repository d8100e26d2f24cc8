"""Hot places and hours: density, local clusters, near repeats, scans, and their honest score. Places only."""

from jingwu.engines.response.hotspots.clusters import LocalClusters, local_clusters
from jingwu.engines.response.hotspots.density import kernel_density
from jingwu.engines.response.hotspots.facts import EventFacts, Grid, metres_of
from jingwu.engines.response.hotspots.repeats import NearRepeats, near_repeats
from jingwu.engines.response.hotspots.scan import HotWindow, hot_window
from jingwu.engines.response.hotspots.score import (
    FORECASTERS,
    Backtest,
    CellScore,
    backtest,
    choose_cells,
    score_cells,
)

__all__ = [
    "FORECASTERS",
    "Backtest",
    "CellScore",
    "EventFacts",
    "Grid",
    "HotWindow",
    "LocalClusters",
    "NearRepeats",
    "backtest",
    "choose_cells",
    "hot_window",
    "kernel_density",
    "local_clusters",
    "metres_of",
    "near_repeats",
    "score_cells",
]
