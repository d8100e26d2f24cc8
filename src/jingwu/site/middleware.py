"""How a page says no: an expected refusal, and a database that cannot be reached, become clear pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from psycopg.errors import UntranslatableCharacter
from whitenoise.middleware import WhiteNoiseMiddleware

from jingwu.site.views.errors import unavailable
from jingwu.terms.refusal import BadInput, ChangedMeanwhile, NotAllowed, Refusal, Unknown

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (NotAllowed, 403),
    (Unknown, 404),
    (ChangedMeanwhile, 409),
    (BadInput, 422),
    (Refusal, 409),
)


NUL_SIGN = BadInput(
    "input.nul",
    "内容含有无法保存的字符(空字符)。",
    "The text holds a sign that cannot be stored (NUL).",
)


class StaticFiles(WhiteNoiseMiddleware):
    """Serves the collected files, each in one piece.

    WhiteNoise streams them by a synchronous iterator, which under ASGI Django reads wholly into memory all
    the same, with a warning for each. They are compressed and small, and browsers keep them for good.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """Return the file, the part of it that was asked for, or that it has not changed."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as opened:
                content = opened.read()
        return HttpResponse(content, status=int(found.status), headers=dict(found.headers))


class RefusalMiddleware:
    """Shows a `Refusal` that a view did not handle as its message with the ways out, never as a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for an expected refusal or an unreachable database; leave all else to Django."""
        if isinstance(exception, Refusal):
            return refusal_page(request, exception)
        if isinstance(exception, OperationalError | InterfaceError):
            log.error("the database cannot be reached: %s", exception)
            return unavailable(request)
        if isinstance(exception, DataError) and _holds_nul(exception):
            return refusal_page(request, NUL_SIGN)
        return None


def _holds_nul(error: DataError) -> bool:
    """Return whether the text held NUL: the driver says so itself, of text within JSON the database does."""
    return "NUL" in str(error) or isinstance(error.__cause__, UntranslatableCharacter)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the whole page, or for a request by htmx the box put on top of the page that asked."""
    status = next(number for kind, number in STATUS if isinstance(refusal, kind))
    if request.headers.get("HX-Request") == "true":
        html = render_to_string("site/parts/refusal.html", {"refusal": refusal}, request)
        response = HttpResponse(html, status=status)
        response["HX-Retarget"] = "#refusals"
        response["HX-Reswap"] = "innerHTML show:top"
        return response
    if "application/json" in request.headers.get("Accept", ""):
        words = {
            "code": refusal.code,
            "message": refusal.message(get_language() or ""),
            "fields": refusal.fields,
        }
        return HttpResponse(json.dumps(words, ensure_ascii=False), "application/json", status=status)
    html = render_to_string("site/refused.html", {"refusal": refusal}, request)
    return HttpResponse(html, status=status)
