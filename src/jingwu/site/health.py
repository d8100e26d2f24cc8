"""Is it alive, is it ready: two addresses for whoever watches the site from outside."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

WORKER_SILENT_AFTER = timedelta(seconds=60)  # the worker's heart beats every ten seconds


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process runs; touches nothing else, so that a slow database does not restart it."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether requests can be served: database, migrations and, if needed, a worker; else 503."""
    checks = {"database": _database()}
    if checks["database"] == "ok":
        checks["migrations"] = _migrations()
        checks["worker"] = _worker()
    needed = [name for name in checks if name != "worker" or settings.READY_NEEDS_WORKER]
    ready = all(checks[name] == "ok" for name in needed)
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} pending" if missing else "ok"


def _worker() -> str:
    from procrastinate.contrib.django.models import ProcrastinateWorker

    since = timezone.now() - WORKER_SILENT_AFTER
    return "ok" if ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists() else "silent"


healthz.verb = "anyone"  # type: ignore[attr-defined]
readyz.verb = "anyone"  # type: ignore[attr-defined]
