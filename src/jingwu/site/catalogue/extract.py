"""Finding what is marked for translation in Python, in Django's templates and in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract as babel_extract
from django.template.base import Lexer, Token, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

KEYWORDS = {
    "_": None,
    "lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
CONSTANT = re.compile(r"""_\((?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""")


@dataclass(frozen=True)
class Message:
    """One marked text: its plural and context if it has them, and the file it stands in."""

    text: str
    plural: str
    context: str
    file: str


def python_messages(path: Path, file: str) -> Iterator[Message]:
    """Yield the marked texts of a Python module."""
    with path.open("rb") as handle:
        yield from _babel_messages("python", handle, file)


def script_messages(path: Path, file: str) -> Iterator[Message]:
    """Yield the marked texts of an ES module."""
    with path.open("rb") as handle:
        yield from _babel_messages("javascript", handle, file)


def _babel_messages(method: str, handle: object, file: str) -> Iterator[Message]:
    options = {"encoding": "utf-8"}
    for _line, text, _comments, context in babel_extract(method, handle, KEYWORDS, options=options):
        first, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, "")
        if first:
            yield Message(first, plural, context or "", file)


def _unquoted(bit: str) -> str:
    quote = bit[0]
    return bit[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")


def template_messages(path: Path, file: str) -> Iterator[Message]:
    """Yield the marked texts of a template, spelled as Django looks them up (a percent sign is doubled)."""
    tokens = iter(Lexer(path.read_text(encoding="utf-8")).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        bits = list(smart_split(token.contents))
        name = bits[0] if token.token_type == TokenType.BLOCK else ""
        if name == "comment":
            _skip_comment(tokens)
        elif name in ("blocktranslate", "blocktrans"):
            yield _block_message(bits, tokens, file)
        elif name in ("translate", "trans"):
            if bits[1][:1] in "\"'":
                text = bits[1].partition("|")[0]
                context = _unquoted(bits[bits.index("context") + 1]) if "context" in bits else ""
                yield Message(_unquoted(text).replace("%", "%%"), "", context, file)
        else:
            for found in CONSTANT.finditer(token.contents):
                yield Message(_unquoted(found["quoted"]).replace("%", "%%"), "", "", file)


def _skip_comment(tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents.split()[:1] == ["endcomment"]:
            return


def _block_message(bits: list[str], tokens: Iterator[Token], file: str) -> Message:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.TEXT:
            parts[-1].append(token.contents.replace("%", "%%"))
        elif token.token_type == TokenType.VAR:
            parts[-1].append(f"%({token.contents.strip()})s")
        elif token.token_type == TokenType.BLOCK:
            word = token.contents.split()[0]
            if word.startswith("endblocktrans"):
                break
            if word == "plural":
                parts.append([])
    texts = ["".join(part) for part in parts]
    if "trimmed" in bits:
        texts = [trim_whitespace(text) for text in texts]
    context = _unquoted(bits[bits.index("context") + 1]) if "context" in bits else ""
    return Message(texts[0], texts[1] if len(texts) > 1 else "", context, file)
