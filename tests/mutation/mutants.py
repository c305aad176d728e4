"""Altered copies of a derivative rule, made from its syntax tree.

A rule, and every function of its module that it calls, is changed in one place at a time: a sign, a
factor, a term or factor left out, operands exchanged, a step that undoes broadcasting or moves
axes left out.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any

Rule = Callable[..., Any]

# Functions that move, repeat or sum elements, given first; leaving one out leaves its argument.
_MOVES = {
    *("unbroadcast", "spread", "kept", "_shared", "_summed_per_channel", "from_lanes", "lanes"),
    *("sum", "flip", "transpose", "moveaxis", "swapaxes", "reshape", "broadcast_to", "roll"),
    *("matrix_transpose", "tril", "triu", "expand_dims"),
}
# Functions whose two arguments are not exchangeable.
_ORDERED = {"tensordot", "cross", "solve", "ldexp", "copysign", "subtract", "divide", "matmul"}
_EXCHANGED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
# How a kernel asks for a compiled loop. Those come with an extra, and are not looked into: their
# tests compare them with the kernel.
_COMPILED = ("find", "mapped", "bound", "_compiled")
_HIT = "__reached__"


@dataclass
class Mutant:
    """An altered rule.

    Attributes:
        rule: it; calling it notes in `reached` whether the altered place was evaluated.
        what: the change, as text.
    """

    rule: Rule
    what: str
    reached: list[bool]


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """Every mutant of a rule: of its own code, of functions it closes over, of those it calls."""
    for name, function in _parts(rule).items():
        for tree, what in _altered(_definition(function.__code__)):
            reached: list[bool] = []
            changed = _compiled(tree, function, reached)
            label = f"{name}: {what}" if name else what
            yield Mutant(_replaced(rule, name, changed), label, reached)


# -- what a rule is made of ----------------------------------------------------------------------


def _parts(rule: Any) -> dict[str, FunctionType]:
    """The rule itself, under the name "", and the functions of its module that it calls."""
    found = {"": rule}
    pending = [rule]
    while pending:
        function = pending.pop()
        space = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        for name in _names(function.__code__):
            value = space.get(name)
            own = isinstance(value, FunctionType) and value.__module__ == rule.__module__
            # What has a public name is an op by itself, unless the rule closes over it.
            part = (
                (name[0] == "_" and not name.startswith(_COMPILED))
                or name in _MOVES
                or name in rule.__code__.co_freevars
            )
            if own and part and name not in found and not hasattr(value, "__wrapped__"):
                found[name] = value
                pending.append(value)
    return found


def _names(code: CodeType) -> list[str]:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return [*code.co_names, *code.co_freevars, *(n for c in inner for n in _names(c))]


def _replaced(rule: Any, name: str, changed: Rule) -> Rule:
    """The rule with the function that it calls by `name` changed, at any depth."""
    if not name:
        return changed
    if name in rule.__code__.co_freevars:
        cells = [
            CellType(changed) if free == name else cell
            for free, cell in zip(rule.__code__.co_freevars, rule.__closure__, strict=True)
        ]
        return _copy(rule, rule.__globals__, tuple(cells))
    space = dict(rule.__globals__)
    for other, value in _parts(rule).items():
        if other and other not in rule.__code__.co_freevars:
            space[other] = _copy(value, space, value.__closure__)
    space[name] = _copy(changed, space, getattr(changed, "__closure__", None))
    return _copy(rule, space, rule.__closure__)


def _copy(function: Any, space: dict[str, Any], closure: Any) -> FunctionType:
    if _HIT in function.__globals__:
        space[_HIT] = function.__globals__[_HIT]
    made = FunctionType(function.__code__, space, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


# -- from code to syntax and back ----------------------------------------------------------------


@functools.cache
def _module(file: str) -> ast.Module:
    with open(file, encoding="utf-8") as source:
        return ast.parse(source.read())


@functools.cache
def _definition(code: CodeType) -> Any:
    """The `def` or `lambda` that a code object comes from."""
    places = [p for p in code.co_positions() if p[0] is not None and p[2] is not None]
    for node in ast.walk(_module(code.co_filename)):
        if isinstance(node, ast.FunctionDef):
            if node.name == code.co_name and node.lineno == code.co_firstlineno:
                return node
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            names = [a.arg for a in (*node.args.args, *node.args.kwonlyargs)]
            if names == list(code.co_varnames[: len(names)]) and any(
                (line, column) == (node.body.lineno, node.body.col_offset)
                and (end, last) == (node.body.end_lineno, node.body.end_col_offset)
                for line, end, column, last in places
            ):
                return node
    raise LookupError(f"no source found for {code.co_name} in {code.co_filename}")


def _compiled(tree: Any, function: Any, reached: list[bool]) -> Rule:
    """A function made of an altered definition, with the globals and the closure of the old one."""
    free = inspect.getclosurevars(function).nonlocals
    arguments = ast.arguments([], [ast.arg(n) for n in free], None, [], [], None, [])
    if isinstance(tree, ast.Lambda):
        body: list[ast.stmt] = [ast.Return(tree)]
    else:
        tree.decorator_list = []
        tree.returns = None
        for argument in ast.walk(tree.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        body = [tree, ast.Return(ast.Name(tree.name, ast.Load()))]
    maker = ast.FunctionDef("make", arguments, body, [])
    if sys.version_info >= (3, 12):
        maker.type_params = []
    program = ast.fix_missing_locations(ast.Module([maker], []))
    space = dict(function.__globals__)
    space[_HIT] = lambda value: (reached.append(True), value)[1] if not reached else value
    exec(compile(program, f"<mutant of {function.__name__}>", "exec"), space)
    return space.pop("make")(**free)  # type: ignore[no-any-return]


# -- the changes ---------------------------------------------------------------------------------


def _altered(definition: Any) -> Iterator[tuple[Any, str]]:
    """Copies of a definition, each with one expression changed, and a description."""
    places = list(_expressions(definition))
    for number, (node, result) in enumerate(places):
        for changed, what in _changes(node, result):
            tree = copy.deepcopy(definition)
            target = list(_expressions(tree))[number][0]
            hit = ast.Call(ast.Name(_HIT, ast.Load()), [copy.deepcopy(changed)], [])
            _Exchange(target, hit).visit(tree)
            yield tree, f"{ast.unparse(node)}  ->  {what}"


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def _expressions(definition: Any) -> Iterator[tuple[ast.expr, bool]]:
    """The expressions of a function that make its values, and whether each is a result.

    Left out are conditions, indices, and keyword arguments: they say where and how, not how much.
    """
    if isinstance(definition, ast.Lambda):
        yield from _within(definition.body, True)
        return
    for statement in _statements(definition.body, _compiled_loops(definition)):
        if isinstance(statement, (ast.Return, ast.Assign, ast.AugAssign)) and statement.value:
            result = not isinstance(statement, ast.Assign)
            yield from _within(statement.value, result)


def _compiled_loops(definition: ast.FunctionDef) -> set[str]:
    """Names that a kernel gives to compiled loops, or to what they return."""
    found = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            calls = [n.func for n in ast.walk(node.value) if isinstance(n, ast.Call)]
            if any(isinstance(f, ast.Name) and f.id.startswith(_COMPILED) for f in calls):
                found.add(node.targets[0].id)
    return found


def _statements(body: list[ast.stmt], loops: set[str]) -> Iterator[ast.stmt]:
    """All statements, but for what is done where there is one of the compiled `loops`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and isinstance(statement.test, ast.Compare):
            left = statement.test.left
            if isinstance(left, ast.Name) and left.id in loops:
                continue
        for block in ("body", "orelse"):
            yield from _statements(getattr(statement, block, []), loops)


def _within(node: ast.expr, result: bool) -> Iterator[tuple[ast.expr, bool]]:
    if isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            yield from _within(item, result)
        return
    if isinstance(node, ast.IfExp):
        yield from _within(node.body, result)
        yield from _within(node.orelse, result)
        return
    if isinstance(node, ast.ListComp):
        yield from _within(node.elt, result)
        return
    if isinstance(node, (ast.Constant, ast.Starred)):
        return
    yield node, result
    if isinstance(node, ast.BinOp):
        yield from _within(node.left, False)
        yield from _within(node.right, False)
    elif isinstance(node, ast.UnaryOp):
        yield from _within(node.operand, False)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _within(argument, False)
        if isinstance(node.func, ast.Attribute):
            yield from _within(node.func.value, False)
    elif isinstance(node, (ast.Subscript, ast.Attribute)):
        yield from _within(node.value, False)


def _changes(node: ast.expr, result: bool) -> Iterator[tuple[ast.expr, str]]:
    """Other expressions for this one."""

    def change(new: ast.expr) -> tuple[ast.expr, str]:
        return new, ast.unparse(new)

    if result:
        yield change(ast.UnaryOp(ast.USub(), node))
        yield change(ast.BinOp(ast.Constant(2), ast.Mult(), node))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield change(node.operand)
    if isinstance(node, ast.BinOp):
        left, op, right = node.left, node.op, node.right
        opposite = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
        if type(op) in opposite:
            yield change(left)
            yield change(right)
            yield change(ast.BinOp(left, opposite[type(op)](), right))
        if isinstance(op, _EXCHANGED):
            yield change(ast.BinOp(right, op, left))
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield change(node.value)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _MOVES and node.args:
            yield change(node.args[0])
        if len(node.args) == 2 and name in _ORDERED:
            yield change(ast.Call(node.func, node.args[::-1], node.keywords))
