"""Cipher suites: what turns bytes into sealed bytes; a national one (SM4-GCM, SM3) joins by one class."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class WrongKey(Exception):
    """The sealed bytes were not made with this key, for this column, or were changed since."""


class CipherSuite(Protocol):
    """Authenticated encryption, a keyed digest and key derivation, all of one family."""

    name: str

    def derive(self, secret: bytes, purpose: str) -> bytes:
        """Return a 32-byte key for one purpose from a secret of any length."""

    def seal(self, key: bytes, plain: bytes, context: bytes) -> bytes:
        """Return the sealed bytes; ``context`` is authenticated but not stored."""

    def open(self, key: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return the plain bytes, or raise WrongKey."""

    def digest(self, key: bytes, plain: bytes) -> bytes:
        """Return the keyed digest for the blind index."""


class International:
    """AES-256-GCM with random 96-bit nonces, HMAC-SHA-256, HKDF-SHA-256.

    Random nonces are safe for 2³² messages a key (NIST SP 800-38D §8.3), far beyond what a district seals.
    """

    name = "intl"
    NONCE_BYTES = 12

    def derive(self, secret: bytes, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=b"jingwu.vault", info=purpose.encode()).derive(secret)

    def seal(self, key: bytes, plain: bytes, context: bytes) -> bytes:
        nonce = os.urandom(self.NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, context)

    def open(self, key: bytes, sealed: bytes, context: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[: self.NONCE_BYTES], sealed[self.NONCE_BYTES :], context)
        except (InvalidTag, ValueError) as error:
            raise WrongKey from error

    def digest(self, key: bytes, plain: bytes) -> bytes:
        return hmac.new(key, plain, hashlib.sha256).digest()


SUITES: dict[str, CipherSuite] = {"intl": International()}
