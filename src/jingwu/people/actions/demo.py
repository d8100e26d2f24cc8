# catalogue: data - both languages stand side by side
"""Accounts of the demo: one a role, with one password that the sign-in page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from jingwu.journal.actor import SYSTEM
from jingwu.people.actions.accounts import create_account, grant_role
from jingwu.people.models import Account, Person
from jingwu.terms.people import AccountRole
from jingwu.terms.refusal import Refusal

DEMO_PASSWORD = "jingwu-demo"  # noqa: S105 - shown on the sign-in page, in demo mode only

# sign-in name, what the sign-in page calls it, role, and whether it counts for the district or one office
DEMO_ACCOUNTS: tuple[tuple[str, str, AccountRole, str], ...] = (
    ("manager", "分局管理者", AccountRole.DISTRICT_MANAGER, "district"),
    ("manager2", gettext_noop("分局管理者(复核)"), AccountRole.DISTRICT_MANAGER, "district"),
    ("chief", "警务长", AccountRole.CHIEF, "office"),
    ("officer", "民警", AccountRole.OFFICER, "office"),
    ("auxiliary", "辅警", AccountRole.AUXILIARY, "office"),
    ("grid", "网格员", AccountRole.GRID_WORKER, "office"),
    ("volunteer", "志愿者", AccountRole.VOLUNTEER, "office"),
    ("assessor", "考核员", AccountRole.ASSESSOR, "district"),
    ("sysadmin", "系统管理员", AccountRole.SYSTEM_ADMIN, "district"),
    ("secadmin", "安全管理员", AccountRole.SECURITY_ADMIN, "district"),
    ("auditor", "审计管理员", AccountRole.AUDIT_ADMIN, "district"),
)


@transaction.atomic
def create_demo_accounts(
    *, district_code: str, office_code: str, persons: Mapping[str, str] | None = None, at: datetime
) -> list[str]:
    """Open the demo accounts that do not exist yet and return the sign-in names made; demo mode only.

    ``persons``: the person behind an account, as sign-in name → person's code.

    Raises:
        Refusal: outside demo mode, where a password everybody knows has no business.
    """
    if not settings.DEMO:
        raise Refusal(
            "accounts.demo_only",
            "演示账号只在演示模式(JINGWU_DEMO)下建立。",
            "Demo accounts are made in demo mode (JINGWU_DEMO) only.",
        )
    made = []
    units = {"district": district_code, "office": office_code}
    behind = persons or {}
    ids = dict(Person.objects.filter(code__in=behind.values()).values_list("code", "pk"))
    for name, label, role, level in DEMO_ACCOUNTS:
        if Account.objects.filter(sign_in_name=name).exists():
            continue
        account = create_account(
            sign_in_name=name, label=label, password=DEMO_PASSWORD, by=SYSTEM, at=at,
            is_demo=True, must_change_password=False, person_id=ids.get(behind.get(name, "")),
        )  # fmt: skip
        grant_role(account.pk, role, unit_code=units[level], by=SYSTEM, at=at)
        made.append(name)
    return made
