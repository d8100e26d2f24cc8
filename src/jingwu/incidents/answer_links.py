"""The half of an answer link that is not stored, and of a progress link all of it."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.crypto import constant_time_compare, salted_hmac


def answer_proof(code: str) -> str:
    """Return what proves that an answer link's code came from us."""
    return salted_hmac("incidents.answer", code, algorithm="sha256").hexdigest()[:32]


def is_answer_proof(code: str, proof: str) -> bool:
    """Return whether the proof fits the code."""
    return constant_time_compare(answer_proof(code), proof)


def progress_token(number: str, last_day: date) -> str:
    """Return the token without which nobody learns how a report stands; it is good up to ``last_day``."""
    mac = salted_hmac("incidents.progress", f"{number} {last_day:%Y%m%d}", algorithm="sha256").hexdigest()[
        :32
    ]
    return f"{last_day:%Y%m%d}-{mac}"


def progress_day(number: str, token: str) -> date | None:
    """Return the last day of a progress token, None for one that is not ours."""
    try:
        last_day = datetime.strptime(token.split("-", 1)[0], "%Y%m%d").date()
    except ValueError:
        return None
    return last_day if constant_time_compare(progress_token(number, last_day), token) else None
