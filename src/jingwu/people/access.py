"""The guard of every door, under the name the rooms above use (it stands in ``jingwu.journal.access``)."""

from jingwu.journal.access import (
    EVERYWHERE,
    allowed,
    may,
    require,
    roles_for,
    scope_paths,
    signed_in,
    within,
)
from jingwu.journal.actor import SYSTEM, Actor, Acts
from jingwu.journal.permissions import ADMINISTRATORS, PERMISSIONS

__all__ = [
    "ADMINISTRATORS",
    "EVERYWHERE",
    "PERMISSIONS",
    "SYSTEM",
    "Actor",
    "Acts",
    "allowed",
    "may",
    "require",
    "roles_for",
    "scope_paths",
    "signed_in",
    "within",
]
