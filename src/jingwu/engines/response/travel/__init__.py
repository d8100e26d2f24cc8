"""Travel: minutes from posts to areas, by straight lines, by streets, or learnt from recorded chains."""

from jingwu.engines.response.travel.access import AccessFit, fit_access_law
from jingwu.engines.response.travel.chains import ChainCounts, CleanChains, busy_at, clean_chains
from jingwu.engines.response.travel.distance import travel_by_distance
from jingwu.engines.response.travel.laws import RootLawFit, fit_square_root_law, speed_by_hour
from jingwu.engines.response.travel.streets import travel_by_streets
from jingwu.numerics.globe import great_circle_km

__all__ = [
    "AccessFit",
    "ChainCounts",
    "CleanChains",
    "RootLawFit",
    "busy_at",
    "clean_chains",
    "fit_access_law",
    "fit_square_root_law",
    "great_circle_km",
    "speed_by_hour",
    "travel_by_distance",
    "travel_by_streets",
]
