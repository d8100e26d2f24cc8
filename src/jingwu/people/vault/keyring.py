"""The keys: by id, the first of them current; where they come from is the settings' business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from jingwu.people.vault.suites import SUITES, CipherSuite

MIN_SECRET_CHARS = 32


@dataclass(frozen=True)
class Keyring:
    """Keys by id, which of them seals, and the key of the blind index (which never rotates by itself)."""

    suite: CipherSuite
    current: str
    keys: Mapping[str, bytes]
    index_key: bytes

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"the current key {self.current!r} is not on the ring")


def parse(text: str, index_secret: str, suite_name: str = "intl") -> Keyring:
    """Return the ring of "id:secret,id:secret", current first; a secret without id is key "1".

    Raises:
        ImproperlyConfigured: a short secret, an id twice, or an unknown suite.
    """
    if suite_name not in SUITES:
        raise ImproperlyConfigured(
            f"JINGWU_CIPHER_SUITE must be one of {', '.join(SUITES)}, not {suite_name!r}"
        )
    suite = SUITES[suite_name]
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, colon, secret = part.strip().partition(":")
        if not colon:
            key_id, secret = "1", key_id
        if not key_id.isalnum() or key_id in keys:
            raise ImproperlyConfigured(
                f"JINGWU_FIELD_KEYS: the key id {key_id!r} is empty, odd or given twice"
            )
        if len(secret) < MIN_SECRET_CHARS:
            raise ImproperlyConfigured(
                f"JINGWU_FIELD_KEYS: key {key_id} is under {MIN_SECRET_CHARS} characters"
            )
        keys[key_id] = suite.derive(secret.encode(), "field")
    return Keyring(suite, next(iter(keys)), keys, suite.derive(index_secret.encode(), "index"))


def ring() -> Keyring:
    """Return the ring the settings name."""
    return _parsed(settings.FIELD_KEYS, settings.FIELD_INDEX_KEY, settings.CIPHER_SUITE)


@lru_cache(maxsize=4)
def _parsed(text: str, index_secret: str, suite_name: str) -> Keyring:
    return parse(text, index_secret, suite_name)
