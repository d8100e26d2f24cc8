"""The Earth as the sphere that distances within a district are measured on."""

from __future__ import annotations

import math

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius (2a + b) ÷ 3 of WGS 84 (IUGG). Over a district a sphere is good to 0.3 %."""
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_METRES / 180
"""Of latitude, and of longitude on the equator."""
