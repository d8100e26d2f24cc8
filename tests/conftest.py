"""Every test run gets a database server and a data folder of its own, thrown away at the end."""

from __future__ import annotations

import atexit
from pathlib import Path

import pytest

pytest_plugins = ["cast", "served"]

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Let tests with real commits empty the tables afterwards: the journal would refuse."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("ALTER TABLE journal_line DISABLE TRIGGER journal_line_no_truncate")
        cursor.execute("ALTER TABLE journal_head DISABLE TRIGGER journal_head_no_truncate")
