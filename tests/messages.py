"""The messages of all errors that the packages raise, read from their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd", "nn", "optim")
GAP = "…"


@dataclass(frozen=True)
class Message:
    """One `raise`, warning or complaint of a command, with a text of its own.

    Attributes:
        error: the class of the exception, or the function that tells it.
        text: the message in one line, with … for what is filled in when it is raised.
        place: file and line.
    """

    error: str
    text: str
    place: str


def messages() -> Iterator[Message]:
    """Every message, file by file."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from messages_in(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())


def messages_in(source: str, name: str) -> Iterator[Message]:
    """Every message of one file."""
    for node in ast.walk(ast.parse(source)):
        call = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(call, ast.Call) and (call is not node or _tells(call)):
            texts = [_template(argument) for argument in call.args]
            text = next((t for t in texts if t.strip(GAP + " ")), "")
            if text:
                place = f"{name}:{call.lineno}"
                yield Message(ast.unparse(call.func), " ".join(text.split()), place)


def _tells(call: ast.Call) -> bool:
    """Whether it gives a warning, or the last words of a command."""
    return ast.unparse(call.func) in ("warnings.warn", "warn", "_warn_where", "_complain")


def _template(node: ast.expr) -> str:
    """The fixed parts of an expression that gives a string, with … between them."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else GAP
    if isinstance(node, ast.JoinedStr):
        return _joined(_template(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(_template(part) for part in (node.left, node.right))
    return GAP


def _joined(parts: Iterator[str]) -> str:
    return re.sub(f"{GAP}+", GAP, "".join(parts))
