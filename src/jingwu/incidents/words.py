"""Words of codes in the reader's language, from the engine's tables and the room's choices."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jingwu.engines.workflow import DISPATCH, INCIDENT
from jingwu.journal.language import is_english

_STATES = {state.code: (state.zh, state.en) for state in INCIDENT.states}
_CREW_STATES = {state.code: (state.zh, state.en) for state in DISPATCH.states}


def state_words(code: str) -> str:
    """Return an incident's state in words."""
    return _STATES[code][is_english()] if code in _STATES else code


def crew_state_words(code: str) -> str:
    """Return a crew's state in words."""
    return _CREW_STATES[code][is_english()] if code in _CREW_STATES else code


def verb_words(code: str) -> str:
    """Return a step of an incident in words; a verb outside the table stands for itself."""
    for table in (INCIDENT, DISPATCH):
        if code in table.verbs:
            return table.verbs[code][is_english()]
    return code


def measure_words(code: str) -> str:
    """Return the name of a step whose time is measured."""
    return {
        "ack": _("签收"),
        "depart": _("出警"),
        "arrive": _("到场"),
        "handle": _("现场处置"),
        "feedback": _("反馈"),
    }[code]
