"""A provider of messages slow enough to be killed in the middle."""

from __future__ import annotations

import time
from typing import Any


class Slow:
    """Takes every message, after a while."""

    def send(self, notice: Any) -> None:
        time.sleep(2.0)
