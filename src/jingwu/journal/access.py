"""The guard of every door: may this account do this, and where.

``require`` stands at the head of every action, ``allowed`` on every view, ``scope_paths`` in every list. It
stands in the lowest room because the journal and the offices need a guard too; it knows accounts only by
their grants. Rooms above import it by its public name, ``jingwu.people.access``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from jingwu.journal.actor import SYSTEM, Acts
from jingwu.journal.permissions import PERMISSIONS
from jingwu.terms.people import AccountRole
from jingwu.terms.refusal import NotAllowed

EVERYWHERE = "/"
"""The path above every unit."""


class HasPath(Protocol):
    """A record or facts that lie somewhere in the organisation."""

    @property
    def org_path(self) -> str:
        """Return the path of the unit it belongs to."""


def roles_for(verb: str) -> frozenset[AccountRole]:
    """Return the roles that may do ``verb``; an action missing from the table is a programmer's error."""
    try:
        return PERMISSIONS[verb]
    except KeyError:
        raise LookupError(f"{verb!r} is not in jingwu.journal.permissions.PERMISSIONS") from None


def scope_paths(by: Acts, verb: str, *, at: datetime | None = None) -> tuple[str, ...]:
    """Return the paths below which ``by`` may do ``verb``, none inside another; () means nowhere."""
    roles = roles_for(verb)
    if by is SYSTEM:
        return (EVERYWHERE,)
    grants = getattr(by, "grants_at", None)
    if grants is None or not getattr(by, "is_active", False):
        return ()
    paths = sorted({grant.path for grant in grants(at or timezone.now()) if grant.role in roles})
    widest: list[str] = []
    for path in paths:
        if not any(path.startswith(other) for other in widest):
            widest.append(path)
    return tuple(widest)


def may(by: Acts, verb: str, *, org: str | HasPath | None = None, at: datetime | None = None) -> bool:
    """Return whether ``by`` may do ``verb`` in the unit ``org``; without ``org``, anywhere at all."""
    paths = scope_paths(by, verb, at=at)
    if org is None:
        return bool(paths)
    path = org if isinstance(org, str) else org.org_path
    return any(path.startswith(prefix) for prefix in paths)


def require(by: Acts, verb: str, *, org: str | HasPath | None = None, at: datetime | None = None) -> None:
    """Return quietly when ``by`` may do ``verb`` in ``org`` (see ``may``).

    Raises:
        NotAllowed: no role held now permits it, or only elsewhere.
    """
    if may(by, verb, org=org, at=at):
        return
    if org is not None and may(by, verb, at=at):
        raise NotAllowed(
            "access.out_of_scope",
            "这条记录不在您的管辖范围内。",
            "This record lies outside the area you are responsible for.",
        )
    raise NotAllowed(
        "access.not_permitted",
        f"您的角色没有这项权限({verb})。",
        f"Your role does not carry this permission ({verb}).",
    )


def within(field: str, paths: Iterable[str]) -> Q:
    """Return the condition that the path in column ``field`` lies below one of ``paths``; no path, no row."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition


View = Callable[..., HttpResponseBase]


def allowed(verb: str) -> Callable[[View], View]:
    """Guard a view: strangers are sent to the sign-in page, accounts without ``verb`` get NotAllowed.

    It asks for the permission anywhere; the view still names the record's unit in ``require`` or uses
    ``scope_paths``, because the scope is known only once the record is.
    """
    roles_for(verb)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            require(request.user, verb)
            return view(request, *args, **kwargs)

        guarded.verb = verb  # type: ignore[attr-defined]
        return guarded

    return guard


def signed_in(view: View) -> View:
    """Guard a view that every account may use for itself."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded.verb = "signed_in"  # type: ignore[attr-defined]
    return guarded
