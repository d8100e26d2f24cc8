"""A sealed value: the ciphertext as stored, opened only where the code says so in words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from jingwu.people.vault.keyring import ring
from jingwu.people.vault.suites import SUITES, WrongKey


@dataclass(frozen=True)
class Sealed:
    """Ciphertext "suite:key id:base64" bound to its column; printing it never shows the plain text."""

    token: str
    context: str

    def reveal(self) -> str:
        """Return the plain text.

        Raises:
            WrongKey: the key is not on the ring, or the value was changed or moved from another column.
        """
        suite_name, key_id, body = self._parts()
        suite, key = SUITES.get(suite_name), ring().keys.get(key_id)
        if suite is None or key is None:
            raise WrongKey(f"no key {suite_name}:{key_id} on the ring")
        try:
            sealed = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise WrongKey from error
        return suite.open(key, sealed, self.context.encode()).decode()

    def masked(self, mask: Callable[[str], str]) -> str:
        """Return what may be shown without a reason."""
        return mask(self.reveal())

    def _parts(self) -> tuple[str, str, str]:
        parts = self.token.split(":")
        if len(parts) != 3:
            raise WrongKey("not a sealed value")
        return parts[0], parts[1], parts[2]

    def __str__(self) -> str:
        return "••••••"

    def __repr__(self) -> str:
        return "Sealed(…)"


def seal(plain: str, context: str) -> Sealed:
    """Return ``plain`` sealed with the current key for the column ``context`` ("table.column")."""
    keys = ring()
    body = keys.suite.seal(keys.keys[keys.current], plain.encode(), context.encode())
    return Sealed(f"{keys.suite.name}:{keys.current}:{base64.b64encode(body).decode()}", context)


def needs_rotation(sealed: Sealed) -> bool:
    """Return whether another suite or key than the current one sealed the value."""
    keys = ring()
    return not sealed.token.startswith(f"{keys.suite.name}:{keys.current}:")


def reseal(sealed: Sealed) -> Sealed:
    """Return the same plain text under the current suite and key."""
    return seal(sealed.reveal(), sealed.context)


def blind_index(plain: str, context: str) -> str:
    """Return the keyed digest by which equal values of one column find each other; case and blanks aside."""
    keys = ring()
    normal = "".join(plain.split()).upper()
    return keys.suite.digest(keys.index_key, f"{context}\n{normal}".encode()).hex()
