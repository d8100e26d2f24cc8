"""Finding Chinese text that a reader of English would meet because nobody marked it for translation.

What is meant to stay Chinese says so: a line with the comment ``as is``, or a Python module whose first
lines hold ``# catalogue: data`` (tables of file columns, generated demo facts).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.template.base import DebugLexer, TokenType

from jingwu.site.catalogue.extract import CONSTANT, KEYWORDS

CHINESE = re.compile(r"[\u3400-\u9fff]")
QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
# these carry both languages themselves
BILINGUAL = {"Refusal", "NotAllowed", "Unknown", "ChangedMeanwhile", "BadInput", "InputProblem", "WayOut"}
# "正在停止… / stopping…": a line for the terminal before any language is known
BOTH_IN_ONE = re.compile(r"[\u3400-\u9fff].* / [A-Za-z]", re.DOTALL)
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)
SCRIPT_MARKED = re.compile(r"""gettext\(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


@dataclass(frozen=True)
class Unmarked:
    """A Chinese text outside the catalogue."""

    file: str
    line: int
    text: str


def _is_as_is(lines: list[str], number: int) -> bool:
    return 0 < number <= len(lines) and "as is" in lines[number - 1]


def in_template(path: Path, file: str) -> Iterator[Unmarked]:
    """Yield Chinese in a template's text, or in the arguments of its tags, that is not marked."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    skipping = ""
    for token in DebugLexer(source).tokenize():
        words = token.contents.split()
        name = words[0] if token.token_type == TokenType.BLOCK and words else ""
        if skipping:
            skipping = "" if name == skipping else skipping
            continue
        if name in ("blocktranslate", "blocktrans", "comment"):
            skipping = f"end{name}"
            continue
        if token.token_type == TokenType.TEXT:
            text = re.sub(
                r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), token.contents, flags=re.DOTALL
            )
            for offset, line in enumerate(text.splitlines()):
                if CHINESE.search(line) and not _is_as_is(lines, token.lineno + offset):
                    yield Unmarked(file, token.lineno + offset, line.strip())
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR) and name not in ("translate", "trans"):
            for found in CONSTANT.finditer(token.contents):
                if "%" in found["quoted"]:
                    # Django looks such a text up with the sign doubled and never halves it again
                    yield Unmarked(file, token.lineno, f"a percent sign in {found[0]} is shown doubled")
            bare = CONSTANT.sub("", token.contents)
            for found in QUOTED.finditer(bare):
                if CHINESE.search(found[0]) and not _is_as_is(lines, token.lineno):
                    yield Unmarked(file, token.lineno, found[0])


def _name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text_of(node: ast.AST) -> str:
    parts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return "".join(part for part in parts if isinstance(part, str))


def _holds_chinese(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and CHINESE.search(part.value)
        for part in ast.walk(node)
    )


def _carries_both(node: ast.AST, bilingual: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return _name_of(node) in (*KEYWORDS, *bilingual) or any(
            (keyword.arg or "").endswith(("_en", "english")) for keyword in node.keywords
        )
    if isinstance(node, ast.IfExp):
        # `"All rows…" if english else "…全部可用"`: the other branch is the other language
        return _holds_chinese(node.body) != _holds_chinese(node.orelse)
    if isinstance(node, ast.Dict):
        return {"zh", "en"} <= {
            getattr(key, "value", "") for key in node.keys if isinstance(key, ast.Constant)
        }
    return False


def in_python(path: Path, file: str) -> Iterator[Unmarked]:
    """Yield Chinese string constants of a module that are no docstring and reach no translation."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    if any("# catalogue: data" in line for line in lines[:12]):
        return
    tree = ast.parse(source)
    # a class derived from a refusal carries both languages as its parent does
    bilingual = BILINGUAL | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") in BILINGUAL for base in node.bases)
    }
    yield from _walk(tree, lines, file, bilingual)


def _walk(node: ast.AST, lines: list[str], file: str, bilingual: set[str]) -> Iterator[Unmarked]:
    if _carries_both(node, bilingual):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant | ast.JoinedStr) and BOTH_IN_ONE.search(_text_of(node)):
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and CHINESE.search(node.value) and not _is_as_is(lines, node.lineno):
            yield Unmarked(file, node.lineno, node.value)
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, lines, file, bilingual)


def in_script(path: Path, file: str) -> Iterator[Unmarked]:
    """Yield lines of an ES module with Chinese outside comments and ``gettext(…)``."""
    source = path.read_text(encoding="utf-8")
    bare = SCRIPT_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
    bare = SCRIPT_MARKED.sub("", bare)
    for number, line in enumerate(bare.splitlines(), start=1):
        if CHINESE.search(line):
            yield Unmarked(file, number, line.strip())
