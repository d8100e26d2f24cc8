"""Under the engines: a solver that prints nothing, and ways on the globe."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from jingwu.numerics.globe import great_circle_km
from jingwu.terms.earth import METRES_PER_DEGREE

SOLVE = """
from jingwu.numerics.highs import quiet_highs
highs = quiet_highs()
highs.addVar(0.0, 1.0)
highs.run()
"""


def test_no_banner_and_no_log_reach_standard_output() -> None:
    # a process of its own: the banner comes with the first solver of a process only
    done = subprocess.run([sys.executable, "-c", SOLVE], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_a_degree_of_latitude_is_one_on_the_same_sphere() -> None:
    places = np.array([[114.3, 30.0], [114.3, 31.0], [np.nan, 30.0]])
    km = great_circle_km(places, places[:2])
    assert km[0, 1] == km[1, 0] == pytest.approx(METRES_PER_DEGREE / 1000)
    assert km[0, 0] == 0.0 and np.isnan(km[2]).all()
