"""Every test run gets a database server and a data folder of its own, thrown away at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Set before the settings are imported: tests never touch the developer's own data.
_FOLDER = Path(tempfile.mkdtemp(prefix="jingwu-test-"))
os.environ["JINGWU_DATA"] = str(_FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jingwu.site.settings")
os.environ.pop("JINGWU_DEMO", None)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@atexit.register
def _forget_data_folder() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with the benchmark data beside the checkout, or skip with the reason."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the benchmark data folder ../shared/data is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Start the embedded server before pytest-django makes the test database."""
    from django.conf import settings

    server = settings.EMBEDDED_POSTGRES
    if server is not None and server.start():
        atexit.register(server.stop)
