"""Error pages in both languages: what happened, and how to mend it."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(f"site/errors/{status}.html", {}, request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a request that cannot be understood."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for an address the account may not open."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for an address that leads nowhere."""
    return _page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form whose secret has expired; what was typed is still in the browser."""
    return HttpResponse(render_to_string("site/errors/csrf.html", {}, request), status=403)


def _bare(request: HttpRequest, status: int) -> HttpResponse:
    # rendered without the request: no context processor may touch the part that has just failed
    try:
        html = render_to_string(f"site/errors/{status}.html", {"request": None})
    except Exception:
        log.exception("the error page %s itself failed", status)
        return HttpResponse(
            "云上警务室暂时无法打开此页,请稍后再试。 / This page cannot be opened now; please try again.",
            "text/plain; charset=utf-8",
            status=status,
        )
    return HttpResponse(html, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an error of the program; its template needs neither database nor session."""
    return _bare(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Return the page for a service that is starting or a database that cannot be reached."""
    response = _bare(request, 503)
    response["Retry-After"] = "10"
    # the page holds no input, so trying again by itself loses nothing
    response["Refresh"] = "10"
    return response
