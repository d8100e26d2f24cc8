"""Words are readable: every pair of text and ground reaches WCAG AA (4.5 : 1), marks 3 : 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import jingwu.site.navigation as site

TOKENS = dict(
    re.findall(
        r"--([\w-]+): (#[0-9a-f]{6})",
        (Path(site.__file__).parent / "frontend/styles/tokens.css").read_text(),
    )
)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WORDS = [
    *((ink, ground) for ink in ("ink", "muted", "accent", "accent-dark") for ground in ("ground", "surface")),
    *((f"{level}-ink", "surface") for level in ("act", "soon", "know", "fine")),
    *((f"{level}-ink", "ground") for level in ("act", "soon", "know", "fine")),
    *((f"{level}-ink", f"{level}-soft") for level in ("act", "soon", "know", "fine")),
    *((ink, "rail") for ink in ("rail-ink", "rail-muted", "surface")),
    ("surface", "accent"),
    ("surface", "rail-active"),
    ("surface", "act-ink"),
    ("accent-dark", "accent-soft"),
    ("ink", "act-soft"),
    ("ink", "soon-soft"),
]


@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_reach_aa(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("line", ["plan", "need", "target", "act", "know", "fine"])
def test_lines_and_dots_reach_three_to_one(line: str) -> None:
    assert contrast(line, "surface") >= 3


def test_the_formula_gives_the_published_extremes() -> None:
    TOKENS.update({"black": "#000000", "white": "#ffffff"})
    assert contrast("black", "white") == pytest.approx(21.0)
