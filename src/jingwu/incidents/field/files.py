"""Photos and voice notes: checked for what they are, stripped of what nobody asked for, kept sealed."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

from jingwu.incidents.field.protocol import ID_FORM
from jingwu.people.vault.keyring import ring
from jingwu.terms.refusal import BadInput

# pictures beyond this are bombs: a phone's largest sensor has 200 million pixels, the app sends 1600 × 1600
PIXELS_AT_MOST = 60_000_000
SIDE_AT_MOST = 2400
JPEG_QUALITY = 85
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
VOICE_MARKS = ((b"\x1aE\xdf\xa3", 0, "audio/webm"), (b"OggS", 0, "audio/ogg"), (b"ftyp", 4, "audio/mp4"))


@dataclass(frozen=True)
class CleanFile:
    """What is kept of an upload."""

    content: bytes
    media_type: str
    width: int = 0
    height: int = 0

    @property
    def sha256(self) -> str:
        """Return the digest of what is kept."""
        return hashlib.sha256(self.content).hexdigest()


def clean_photo(content: bytes) -> CleanFile:
    """Return the photo drawn anew as JPEG: upright, no EXIF, no place, nothing hidden behind the picture.

    Raises
        BadInput: it is not a photo, or one that would not fit into memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of metadata that nobody keeps
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=PHOTO_FORMATS) as picture:
                if picture.width * picture.height > PIXELS_AT_MOST:
                    raise Image.DecompressionBombError
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadInput(
            "field.photo_too_large",
            "照片像素过大,请重新拍摄。",
            "The photo has too many pixels; take it again.",
        ) from error
    except Exception as error:  # whatever Pillow raises over damaged bytes: struct.error, SyntaxError, …
        raise BadInput(
            "field.not_a_photo",
            "这个文件不是照片(JPEG、PNG、WebP)。",
            "This file is not a photo (JPEG, PNG, WebP).",
        ) from error
    upright.thumbnail((SIDE_AT_MOST, SIDE_AT_MOST))
    # a fresh image: what Pillow carries along from the file (info, profiles, comments) stays behind
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return CleanFile(out.getvalue(), "image/jpeg", fresh.width, fresh.height)


def clean_voice(content: bytes) -> CleanFile:
    """Return the voice note as it is, when its first bytes are those of a sound file; raises BadInput."""
    for mark, offset, media_type in VOICE_MARKS:
        if content[offset : offset + len(mark)] == mark:
            return CleanFile(content, media_type)
    raise BadInput("field.not_a_voice_note", "这个文件不是录音。", "This file is not a voice note.")


def keep(file_id: str, clean: CleanFile) -> tuple[str, str]:
    """Write the sealed bytes into the media folder and return the path below it and the key's id.

    The name is new each time and the bytes are on the disk before this returns: an acknowledged photo
    survives the loss of power, and a transaction that fails leaves a file nobody refers to, never half a one.
    """
    if not ID_FORM.fullmatch(file_id):
        raise ValueError("a file's id becomes part of a path")
    keys = ring()
    name = f"field/{clean.sha256[:2]}/{file_id}-{os.urandom(6).hex()}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    sealed = keys.suite.seal(keys.keys[keys.current], clean.content, f"field_file:{file_id}".encode())
    with path.open("xb") as out:
        out.write(sealed)
        out.flush()
        os.fsync(out.fileno())
    return name, keys.current


def read(file_id: str, path: str, key_id: str) -> bytes:
    """Return the bytes of a kept file."""
    keys = ring()
    sealed = (Path(settings.MEDIA_ROOT) / path).read_bytes()
    return keys.suite.open(keys.keys[key_id], sealed, f"field_file:{file_id}".encode())
