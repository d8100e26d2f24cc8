"""A phone of the tests: writes changes down as the field app does."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from PIL import Image

from jingwu.incidents.field.protocol import Batch, PhoneChange


@dataclass
class Phone:
    """One account's phone, whose clock may be wrong by ``off`` seconds handed to each call as ``said``."""

    account: Any
    code: str = field(default_factory=lambda: str(uuid4()))
    numbers: dict[str, int] = field(default_factory=dict)

    def change(
        self,
        target: str,
        said: datetime,
        *,
        base: int = 0,
        act: dict[str, Any] | None = None,
        photos: tuple[str, ...] = (),
        **fields: Any,
    ) -> PhoneChange:
        self.numbers[target] = self.numbers.get(target, 0) + 1
        added = {"photos": frozenset(photos)} if photos else {}
        return PhoneChange(
            str(uuid4()), target, self.numbers[target], base, said, fields, added, act or {}
        )  # fmt: skip

    def batch(self, sent: datetime, *changes: PhoneChange, account_id: int | None = None) -> Batch:
        return Batch(account_id or self.account.pk, self.code, sent, changes)

    def plain(self, sent: datetime, *changes: PhoneChange) -> dict[str, Any]:
        return {
            "account": self.account.pk, "device": self.code, "sent_at": sent.isoformat(),
            "changes": [
                {"id": one.id, "target": one.target, "number": one.number, "base_version": one.base_version,
                 "said_at": one.said_at.isoformat(), **one.content()}
                for one in changes
            ],
        }  # fmt: skip


def photo(colour: str = "red", *, exif: bool = True, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a JPEG, with a camera's place and model in it unless ``exif`` is off."""
    picture = Image.new("RGB", size, colour)
    out = io.BytesIO()
    data = Image.Exif()
    if exif:
        data[0x0110] = "SECRET-CAMERA"
        data.get_ifd(0x8825)[1] = "N"
        data.get_ifd(0x8825)[2] = (30.0, 30.0, 30.0)
    picture.save(out, "JPEG", exif=data, comment=b"SECRET-COMMENT")
    return out.getvalue()
