"""Verbs of the room ``people``."""

from jingwu.people.actions.accounts import (
    change_password,
    count_failed_sign_in,
    create_account,
    forget_failed_sign_ins,
    freeze_account,
    grant_role,
    reset_password,
    revoke_role,
    unfreeze_account,
)
from jingwu.people.actions.demo import DEMO_PASSWORD, create_demo_accounts
from jingwu.people.actions.looking import note_look
from jingwu.people.actions.persons import (
    NewAssignment,
    NewCertificate,
    NewPerson,
    assign,
    create_people,
    end_assignment,
    unmask,
    update_person,
    withdraw_people,
)
from jingwu.people.actions.sessions import end_session, follow_session, start_session, touch_session

__all__ = [
    "DEMO_PASSWORD",
    "NewAssignment",
    "NewCertificate",
    "NewPerson",
    "assign",
    "change_password",
    "count_failed_sign_in",
    "create_account",
    "create_demo_accounts",
    "create_people",
    "end_assignment",
    "end_session",
    "follow_session",
    "forget_failed_sign_ins",
    "freeze_account",
    "grant_role",
    "note_look",
    "reset_password",
    "revoke_role",
    "start_session",
    "touch_session",
    "unfreeze_account",
    "unmask",
    "update_person",
    "withdraw_people",
]
