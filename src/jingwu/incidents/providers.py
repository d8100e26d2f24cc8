"""How a message leaves the house: one small interface, named by the environment."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Protocol

from django.utils.module_loading import import_string

SETTING = "JINGWU_NOTICE_PROVIDER"
DEFAULT = "jingwu.incidents.providers.InApp"
ANSWER_SETTING = "JINGWU_NOTICE_ANSWER_SECONDS"


class HasText(Protocol):
    """A message as a provider sees it."""

    pk: int
    kind: str
    text: str


class NoticeProvider(Protocol):
    """Sends one message, or raises; the worker alone calls it, from several threads, never a page."""

    def send(self, notice: HasText) -> None:
        """Hand the message over."""


class InApp:
    """Messages stay in the application: on the desk's list and in the field app."""

    def send(self, notice: HasText) -> None:
        """Take the message; it is shown from its row."""


@lru_cache(maxsize=1)
def provider() -> NoticeProvider:
    """Return the provider named by JINGWU_NOTICE_PROVIDER (a dotted path), by default our own."""
    made: NoticeProvider = import_string(os.environ.get(SETTING, DEFAULT))()
    return made


def answer_seconds() -> float:
    """Return for how many seconds an answer of the provider is waited for (JINGWU_NOTICE_ANSWER_SECONDS)."""
    return float(os.environ.get(ANSWER_SETTING, "10"))
