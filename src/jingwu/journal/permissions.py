"""Who may do what: one literal table, an action's name → the roles that may do it.

Positive lists only. A role never inherits from another and there is no wildcard, so that a new line gives its
permission to exactly the roles it names. Where is decided by the grant: a role counts from its unit downward.
Source: reference §3.3; the three administrators (三员分立): the system administrator opens accounts and keeps
the organisation, the security administrator gives roles, the audit administrator reads the journal.
"""

from __future__ import annotations

from jingwu.terms.people import AccountRole

MANAGER = AccountRole.DISTRICT_MANAGER
CHIEF = AccountRole.CHIEF
OFFICER = AccountRole.OFFICER
AUXILIARY = AccountRole.AUXILIARY
GRID = AccountRole.GRID_WORKER
VOLUNTEER = AccountRole.VOLUNTEER
ASSESSOR = AccountRole.ASSESSOR
SYSTEM = AccountRole.SYSTEM_ADMIN
SECURITY = AccountRole.SECURITY_ADMIN
AUDIT = AccountRole.AUDIT_ADMIN

ADMINISTRATORS = frozenset({SYSTEM, SECURITY, AUDIT})
"""Nobody holds two of these at once, and none of them together with a role of the daily work."""

PERMISSIONS: dict[str, frozenset[AccountRole]] = {
    # the organisation
    "offices.view": frozenset({MANAGER, CHIEF, OFFICER, AUXILIARY, GRID, ASSESSOR, SYSTEM, SECURITY}),
    "offices.configure": frozenset({SYSTEM}),
    "offices.open_station": frozenset({MANAGER, SYSTEM}),
    "offices.edit": frozenset({MANAGER, SYSTEM}),
    "offices.edit_beats": frozenset({MANAGER}),
    # people
    "people.view": frozenset({MANAGER, CHIEF, OFFICER, ASSESSOR}),
    "people.edit": frozenset({MANAGER, CHIEF}),
    "people.assign": frozenset({MANAGER, CHIEF}),
    "people.unmask": frozenset({CHIEF, OFFICER}),
    # accounts: opened by one administrator, given roles by another
    "accounts.view": frozenset({SYSTEM, SECURITY}),
    "accounts.create": frozenset({SYSTEM}),
    "accounts.reset_password": frozenset({SYSTEM}),
    "accounts.freeze": frozenset({SECURITY}),
    "accounts.grant": frozenset({SECURITY}),
    # the journal
    "journal.read": frozenset({AUDIT}),
    # norms
    "norms.view": frozenset({MANAGER, CHIEF, OFFICER, AUXILIARY, GRID, ASSESSOR, SYSTEM}),
    "norms.propose": frozenset({MANAGER}),
    "norms.approve": frozenset({MANAGER}),
    # facts from files
    "imports.view": frozenset({MANAGER}),
    "imports.run": frozenset({MANAGER}),
    "imports.undo": frozenset({MANAGER}),
    # planning
    "planning.view": frozenset({MANAGER, CHIEF, OFFICER, ASSESSOR}),
    "planning.compute": frozenset({MANAGER, CHIEF}),
    "planning.compare": frozenset({MANAGER, CHIEF, ASSESSOR}),
    "planning.download": frozenset({MANAGER, CHIEF}),
    "planning.approve": frozenset({MANAGER}),
    "planning.deploy": frozenset({MANAGER}),
    # duty
    "duty.view": frozenset({MANAGER, CHIEF, OFFICER, AUXILIARY, GRID, VOLUNTEER, ASSESSOR}),
    "duty.draft": frozenset({CHIEF, OFFICER}),
    "duty.approve": frozenset({CHIEF}),
    "duty.request": frozenset({CHIEF, OFFICER, AUXILIARY}),
    "duty.decide": frozenset({MANAGER, CHIEF}),
    "duty.absence": frozenset({CHIEF, OFFICER}),
    "duty.handover": frozenset({CHIEF, OFFICER, AUXILIARY}),
    # names open incidents and what one shift tells the next: whoever may see incidents
    "duty.read_handover": frozenset({MANAGER, CHIEF, OFFICER, AUXILIARY, ASSESSOR}),
    "duty.need": frozenset({MANAGER, CHIEF}),
    "duty.configure": frozenset({MANAGER}),
    "duty.holidays": frozenset({MANAGER, SYSTEM}),
    # incidents
    "incidents.view": frozenset({MANAGER, CHIEF, OFFICER, AUXILIARY, ASSESSOR}),
    "incidents.register": frozenset({CHIEF, OFFICER, AUXILIARY}),
    "incidents.draft": frozenset({GRID, VOLUNTEER}),
    "incidents.dispatch": frozenset({CHIEF, OFFICER}),
    "incidents.attend": frozenset({CHIEF, OFFICER, AUXILIARY}),
    "incidents.dispose": frozenset({CHIEF, OFFICER}),
    "incidents.draft_disposal": frozenset({AUXILIARY}),
    "incidents.review": frozenset({CHIEF, OFFICER}),
    "incidents.follow_up": frozenset({CHIEF, OFFICER}),
    "incidents.close": frozenset({CHIEF, OFFICER}),
    "incidents.approve_cancel": frozenset({CHIEF, OFFICER}),
    "incidents.reopen": frozenset({CHIEF}),
    "incidents.unmask": frozenset({CHIEF, OFFICER}),
    "incidents.analyse": frozenset({MANAGER, CHIEF, OFFICER, ASSESSOR}),
    "incidents.import": frozenset({MANAGER, CHIEF}),
    "incidents.open_source": frozenset({SYSTEM}),
    "incidents.store_expectation": frozenset({MANAGER}),
    "incidents.plan_patrols": frozenset({CHIEF, OFFICER}),
    "incidents.patrol": frozenset({CHIEF, OFFICER, AUXILIARY, GRID, VOLUNTEER}),
}
