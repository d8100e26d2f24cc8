"""Encryption of single fields: ciphertext with suite and key id, blind index, masked display.

It lives in ``people`` because this is the lowest room that stores personal data, and everything above may use
it; the journal and the offices below hold none. Nothing in here knows a table.
"""

from jingwu.people.vault.fields import BlindIndexField, EncryptedTextField
from jingwu.people.vault.masks import mask_id_number, mask_name, mask_phone
from jingwu.people.vault.sealed import Sealed, blind_index, needs_rotation, reseal, seal

__all__ = [
    "BlindIndexField",
    "EncryptedTextField",
    "Sealed",
    "blind_index",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "needs_rotation",
    "reseal",
    "seal",
]
