"""The keys of outboxes: one an account, derived on the server, kept by the phone only while signed in.

So a second account on the phone can neither read nor change what the first one has not yet uploaded, and the
first one's next sign-in opens it again, however long that takes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from jingwu.people.vault.keyring import ring
from jingwu.people.vault.suites import International
from jingwu.terms.refusal import BadInput

NONCE_BYTES = 12
FORMAT = "jingwu-outbox-1"
# OWASP's figure for PBKDF2-HMAC-SHA256 (2023); a file that asks for more than ten times it is a trap
ITERATIONS_AT_MOST = 6_000_000
# what reading a file of any content may raise: JSON that is none, too deep or of another shape, odd numbers
_UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Exported:
    """An opened export: whose it is, and the parcel only that account's signed-in phone could have sealed."""

    account_id: int
    content: dict[str, Any]


def outbox_keys(account_id: int) -> dict[str, str]:
    """Return the account's outbox keys in base64 by key id, the current one first.

    WebCrypto knows AES-GCM and nothing national, so these keys are AES whatever suite seals the columns.
    """
    return {
        key_id: base64.b64encode(_key(secret, account_id)).decode() for key_id, secret in ring().keys.items()
    }


def _key(secret: bytes, account_id: int) -> bytes:
    return International().derive(secret, f"field-outbox:{account_id}")


def open_parcel(account_id: int, key_id: str, sealed: bytes) -> bytes:
    """Return what the account's phone sealed; the nonce stands first.

    Raises
        BadInput: another account's key sealed it, or somebody changed it since.
    """
    secret = ring().keys.get(key_id)
    if secret is None:
        raise _foreign()
    try:
        return AESGCM(_key(secret, account_id)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise _foreign() from error


def open_export(text: str, pass_phrase: str) -> Exported:
    """Return what is in an exported file: the pass phrase opens the outside, the account's key the inside.

    Raises
        BadInput: not such a file, a wrong pass phrase, or a parcel that no phone of that account sealed.
    """
    try:
        plain = json.loads(text)
        salt, nonce, body = (base64.b64decode(plain[name], validate=True) for name in ("salt", "iv", "data"))
        rounds = int(plain["iterations"])
        if plain["format"] != FORMAT or not 1 <= rounds <= ITERATIONS_AT_MOST:
            raise ValueError("another format")
    except _UNREADABLE as error:
        raise _no_export() from error
    key = PBKDF2HMAC(SHA256(), 32, salt, rounds).derive(pass_phrase.encode())
    try:
        outer = json.loads(AESGCM(key).decrypt(nonce, body, FORMAT.encode()))
    except (InvalidTag, ValueError, RecursionError) as error:
        raise BadInput(
            "field.wrong_pass_phrase", "口令不对,或文件已损坏。",
            "The pass phrase is wrong, or the file is damaged.",
            fields={"pass_phrase": "口令不对 / wrong"},
        ) from error  # fmt: skip
    try:
        account_id, key_id = int(outer["account"]), str(outer["key_id"])
        inner = json.loads(open_parcel(account_id, key_id, base64.b64decode(outer["parcel"], validate=True)))
        if not isinstance(inner, dict):
            raise TypeError("an outbox is an object")
    except _UNREADABLE as error:
        raise _no_export() from error
    return Exported(account_id, inner)


def _no_export() -> BadInput:
    return BadInput(
        "field.no_export", "这不是警格通导出的加密文件。", "This is not an encrypted export of the field app."
    )


def _foreign() -> BadInput:
    return BadInput(
        "field.foreign_parcel", "文件不是由该账号的手机封存的,或已被改动。",
        "The file was not sealed by a phone of that account, or was changed since.",
    )  # fmt: skip
