"""Photos as they come from phones and from elsewhere: drawn anew, or refused in words, whatever the bytes."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from jingwu.incidents.field.files import CleanFile, clean_photo
from jingwu.terms.refusal import BadInput

MAKER = b"\x01\x0f\x00\x02"  # EXIF tag 271, a text


def photo(form: str) -> bytes:
    """Return a small picture with EXIF: to be turned by 90°, and a maker's name."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "x"
    out = io.BytesIO()
    Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(out, form, exif=exif.tobytes())
    return out.getvalue()


PHOTOS = {form: photo(form) for form in ("JPEG", "PNG")}


def with_right_sums(content: bytes) -> bytes:
    """Return a PNG whose chunks have the check sums of what they hold, so that it is read to the end."""
    whole, start = bytearray(content), 8
    while start + 12 <= len(whole):
        end = start + 8 + int.from_bytes(whole[start : start + 4], "big")
        if end + 4 > len(whole):
            break
        whole[end : end + 4] = struct.pack(">I", zlib.crc32(whole[start + 4 : end]))
        start = end + 4
    return bytes(whole)


def cleaned(content: bytes) -> CleanFile | None:
    """Return what is kept, None when it is refused in words; any other exception is a fault."""
    try:
        return clean_photo(content)
    except BadInput:
        return None


@pytest.mark.parametrize("form", PHOTOS)
def test_a_photo_is_turned_upright_and_keeps_nothing_but_the_picture(form: str) -> None:
    kept = cleaned(PHOTOS[form])
    assert kept is not None and (kept.width, kept.height) == (32, 48)
    assert b"Exif" not in kept.content and not Image.open(io.BytesIO(kept.content)).getexif()


@pytest.mark.parametrize("form", PHOTOS)
def test_a_photo_cut_off_anywhere_is_kept_or_refused(form: str) -> None:
    whole = PHOTOS[form]
    assert cleaned(whole[: len(whole) // 2]) is None
    for length in range(0, len(whole), 7):
        cleaned(whole[:length])


@pytest.mark.parametrize(
    "tag",
    [
        b"\x01\x54\x00\x02",  # a number by its tag, a text by its type: struct.error
        b"\x01\x12\x00\x02", b"\x01\x0f\x00\x07", b"\x01\x0f\xff\xff", b"\x87\x69\x00\x04",
    ],
)  # fmt: skip
def test_exif_that_contradicts_itself_is_no_fault_of_the_program(tag: bytes) -> None:
    cleaned(PHOTOS["JPEG"].replace(MAKER, tag, 1))


@given(
    st.sampled_from(sorted(PHOTOS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    st.booleans(),
)
def test_damaged_bytes_are_kept_or_refused(
    form: str, damage: list[tuple[float, int]], is_head_only: bool
) -> None:
    content = bytearray(PHOTOS[form])
    span = min(len(content), 200) if is_head_only else len(content)
    for place, byte in damage:
        content[int(place * span)] = byte
    cleaned(with_right_sums(bytes(content)) if form == "PNG" else bytes(content))


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    whole = PHOTOS["PNG"]
    bomb = with_right_sums(whole[:16] + head + whole[29:])
    with pytest.raises(BadInput) as refused:
        clean_photo(bomb)
    assert refused.value.code == "field.photo_too_large"
