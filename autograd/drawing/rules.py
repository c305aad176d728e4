"""A derivative rule in its own words: the expression of the lambda that the engine calls."""

from __future__ import annotations

import ast
import functools
import linecache
from types import CodeType
from typing import Any

from ..primitive import Primitive

__all__ = ["rule_arguments", "rule_texts"]


def rule_texts(op: Primitive, count: int) -> tuple[str | None, ...]:
    """What the rule of `op` for each of `count` inputs says; None where there is none.

    A lambda gives its expression, such as `g * y`; any other rule the first sentence of its
    docstring, or its name. A joint rule says the same for every input.
    """
    if op.joint is not None:
        return (_text(op.joint),) * count
    return tuple(None if rule is None else _text(rule) for rule in op.rules)


def rule_arguments(op: Primitive) -> tuple[str, ...]:
    """What the rules of `op` call the gradient, the result, and the inputs as far as they do."""
    rule = op.joint or next(rule for rule in op.rules if rule is not None)
    code: CodeType | None = getattr(rule, "__code__", None)
    if code is None:
        return ()
    names = code.co_varnames[: code.co_argcount]
    return names[1:] if op.joint is not None else names


@functools.lru_cache(maxsize=1024)
def _text(rule: Any) -> str:
    code: CodeType | None = getattr(rule, "__code__", None)
    if code is not None and code.co_name == "<lambda>":
        body = _expression(code)
        if body is not None:
            return body
    first = (getattr(rule, "__doc__", None) or "").strip().partition("\n")[0]
    return first.rstrip(".") or str(getattr(rule, "__name__", type(rule).__name__)).strip("_")


def _expression(code: CodeType) -> str | None:
    """The source of the lambda that `code` belongs to; None where it cannot be found."""
    starts = [(line, column) for line, _, column, _ in code.co_positions() if column is not None]
    for node in _lambdas(code.co_filename):
        body = node.body
        inside = any(
            line is not None
            and (body.lineno, body.col_offset) <= (line, column)
            and (line, column) <= (body.end_lineno or 0, body.end_col_offset or 0)
            for line, column in starts
        )
        if node.lineno == code.co_firstlineno and inside:
            return ast.unparse(body)
    return None


@functools.lru_cache(maxsize=64)
def _lambdas(file: str) -> tuple[ast.Lambda, ...]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ()
    # Innermost last in the file's order would be found first otherwise: the shortest body wins.
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    return tuple(sorted(found, key=lambda node: len(ast.unparse(node.body))))
