"""The data folder of a measurement: a database of its own with the demo district."""

from __future__ import annotations

import os


def prepare(folder: str) -> None:
    """Start a database of its own and fill it with the demo district."""
    os.environ |= {
        "JINGWU_DATA": folder,
        "DJANGO_SETTINGS_MODULE": "jingwu.site.settings",
        "JINGWU_DEMO": "1",
    }
    from jingwu.site.commands.serve import prepare_database

    prepare_database()
    from jingwu.planning.demo import ensure_demo

    ensure_demo(seed=1, tell=lambda words: None)
