"""Loaded before anything else (``-p tests.environment``): each run gets a data folder of its own.

pytest-django reads the settings before any conftest is loaded, so the folder must be named earlier still.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

FOLDER = tempfile.mkdtemp(prefix="jingwu-test-")
os.environ["JINGWU_DATA"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "jingwu.site.settings"
for name in ("JINGWU_DEMO", "JINGWU_DEBUG", "JINGWU_POOL"):
    os.environ.pop(name, None)


@atexit.register
def _forget_data_folder() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
