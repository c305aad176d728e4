"""A derivative rule as mathematics: `g * np.cos(x)` becomes dJ/dy · cos(x)."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence

__all__ = ["MATHEMATICS", "mathematics"]

# What the rules of common ops come to, where their Python says less than a formula: for a matrix
# product, a sum, a loss. {g} is the gradient of the result {out}; the inputs are {x}, {y}, {z}.
# A mean over all n entries is {entries}, over N samples {samples}, nothing for a sum; what they are
# stands behind, as {where}. What follows a semicolon is not said in captions.
MATHEMATICS: Mapping[str, Sequence[str]] = {
    "matmul": ("{g} @ {y}ᵀ", "{x}ᵀ @ {g}"),
    "linear": ("{g} @ {y}", "{g}ᵀ @ {x}", "the rows of {g} added up"),
    "transpose": ("{g}ᵀ",),
    "matrix_transpose": ("{g}ᵀ",),
    "power": ("{g} · {y} · {x} ^ ({y} - 1)", "{g} · {out} · ln {x}"),
    "float_power": ("{g} · {y} · {x} ^ ({y} - 1)", "{g} · {out} · ln {x}"),
    "sum": ("{g}, the same for every element that was added",),
    "mean": ("{g} / n, the same for each of the n elements",),
    "max": ("{g} where {x} is largest, 0 elsewhere; shared by equals",),
    "min": ("{g} where {x} is smallest, 0 elsewhere; shared by equals",),
    "logsumexp": ("{g} · softmax({x})",),
    "broadcast_to": ("{g}, added up over the copies",),
    "reshape": ("{g} in the shape of {x}",),
    "squeeze": ("{g} in the shape of {x}",),
    "expand_dims": ("{g} in the shape of {x}",),
    "getitem": ("{g} in its places, 0 elsewhere",),
    "embedding": ("{g} added up in the rows that were looked up",),
    "concatenate": ("its part of {g}",) * 3,
    "stack": ("its part of {g}",) * 3,
    "split": ("the parts' gradients, put together",),
    "astype": ("{g}",),
    "copy": ("{g}",),
    "softmax": ("{out} · ({g} - Σ {g} · {out})",),
    "log_softmax": ("{g} - exp({out}) · Σ {g}",),
    "cross_entropy": (
        "(softmax({x}) - {target}) · {g}{samples}{one_hot}{where}",
        "-log softmax({x}) · {g}{samples}{where}",
    ),
    "cross_entropy_from_probabilities": (
        "-{y} / {x} · {g}{samples}{where}",
        "-ln {x} · {g}{samples}{where}",
    ),
    "nll_loss": ("-{y} · {g}{samples}{where}", "-{x} · {g}{samples}{where}"),
    "binary_cross_entropy": (
        "({x} - {y}) / ({x} · (1 - {x})) · {g}{entries}{where}",
        "ln((1 - {x}) / {x}) · {g}{entries}{where}",
    ),
    "binary_cross_entropy_with_logits": (
        "(σ({x}) - {y}) · {g}{entries}{where}",
        "-{x} · {g}{entries}{where}",
    ),
    "mse_loss": (
        "2 · ({x} - {y}) · {g}{entries}{where}",
        "-2 · ({x} - {y}) · {g}{entries}{where}",
    ),
    "half_mse_loss": (
        "({x} - {y}) · {g}{samples}{where}",
        "-({x} - {y}) · {g}{samples}{where}",
    ),
    "l1_loss": (
        "sign({x} - {y}) · {g}{entries}{where}",
        "-sign({x} - {y}) · {g}{entries}{where}",
    ),
    "dropout": ("{g} where {x} was kept, scaled as {x} was; 0 elsewhere",),
    "normalize": (
        "(h - mean(h) - z · mean(h · z)) / s, h = {gamma}{g}, z = ({x} - mean({x})) / s; "
        "s = √(variance + ε)",
        "Σ z · {g}{shared}, z = ({x} - mean({x})) / s; s = √(variance + ε)",
        "Σ {g}{shared}",
    ),
    "prelu": (
        "{g} · ([{x} ≥ 0] + {y} · [{x} < 0])",
        "Σ {g} · {x} · [{x} < 0]{channel}",
    ),
    "erf": ("{g} · 2 / √π · exp(-{x} · {x})",),
    "selu": ("{g} · (1.0507 · [{x} > 0] + ({out} + 1.7581) · [{x} ≤ 0])",),
    "setitem": ("{g}, 0 in the places that were written", "{g} in the places that were written"),
}

_OPERATORS: Mapping[type[ast.AST], tuple[str, int]] = {
    ast.Add: (" + ", 4),
    ast.Sub: (" - ", 4),
    ast.Mult: (" · ", 5),
    ast.Div: (" / ", 5),
    ast.FloorDiv: (" // ", 5),
    ast.Mod: (" mod ", 5),
    ast.MatMult: (" @ ", 5),
    ast.Pow: ("^", 7),
    ast.BitAnd: (" and ", 2),
    ast.BitOr: (" or ", 1),
}
_COMPARISONS: Mapping[type[ast.AST], str] = {
    ast.Eq: "=",
    ast.NotEq: "≠",
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
}
_FUNCTIONS = {"log": "ln", "absolute": "abs", "square": "square", "matrix_transpose": "transpose"}
_COMPARED, _ATOM = 3, 9


Shape = tuple[int, ...]


def mathematics(
    op: str,
    rule: str,
    position: int,
    operands: Sequence[str],
    arguments: Sequence[str],
    *,
    shapes: Sequence[Shape] | None = None,
    params: str = "",
    elementwise: bool = False,
    local: str | None = None,
) -> str:
    """What the rule of `op` for its input number `position` computes, in the names of the graph.

    A formula that would need a name that is not in the graph, such as a helper's, is the chain
    rule instead: dJ/dy · dy/dx, with the sentence that the rule has, if it has one.

    Args:
        rule: what it says in its own words: an expression of Python, or a sentence.
        operands: what the gradient, the result and the inputs are called in the graph.
        arguments: what the rule calls them.
        shapes: of the operands; where an input was broadcast, its gradient is a sum.
        params: the op's keyword parameters.
        elementwise: whether the inputs of the op are broadcast against each other.
        local: how the derivative of the result with respect to the input is written.

    >>> mathematics("tan", "g + g * out * out", 0, ["dJ/dy", "y", "x"], ["g", "out", "x"])
    'dJ/dy + dJ/dy · y · y'
    """
    local = local or f"d{operands[1]}/d{operands[position + 2]}"
    if op == "matmul" and shapes is not None:
        return _product(position, operands, shapes)
    if position < len(MATHEMATICS.get(op, ())):
        given = dict(zip(("g", "out", "x", "y", "z"), operands, strict=False))
        formula = MATHEMATICS[op][position].format_map(
            given | _facts(op, position, operands, shapes, params)
        )
    else:
        formula = _printed(rule, dict(zip(arguments, operands, strict=False)), params)
        if not formula:
            sentence = f"; {rule}" if " " in rule and not _is_expression(rule) else ""
            formula = f"{operands[0]} · {local}{sentence}"
    if elementwise and shapes is not None and formula != "0":
        return _summed(formula, shapes[position + 2], shapes[1])
    return formula


def _is_expression(rule: str) -> bool:
    try:
        ast.parse(rule, mode="eval")
    except SyntaxError:
        return False
    return True


def _printed(rule: str, names: Mapping[str, str], params: str) -> str:
    """The expression in the names of the graph; "" where it is none, or needs other names."""
    try:
        tree = ast.parse(rule, mode="eval")
    except SyntaxError:
        return ""
    known = {*names, *re.findall(r"(\w+)=", params)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="np" | "math" | "sigmoid"):
                pass
            case ast.Name(id=name) if name not in known:
                return ""
            case ast.Attribute(value=ast.Name(id="np" | "math")) | ast.Attribute(attr="T" | "mT"):
                pass
            case ast.Attribute() | ast.Subscript() | ast.comprehension() | ast.List():
                return ""
    return _Printer(names).written(tree.body, 0)


def _summed(formula: str, shape: Shape, broadcast: Shape) -> str:
    """The sum of `formula`, of shape `broadcast`, over what was repeated of an input of `shape`."""
    over = _over(shape, broadcast)
    if not over:
        return formula
    head, semicolon, rest = formula.partition(";")
    # A sum sign reaches as far as a product does.
    inner = f"({head})" if re.search(r" [+-] ", _outside(head)) else head
    return f"Σ {inner} {over}{semicolon}{rest}"


def _outside(formula: str) -> str:
    """What of a formula stands outside of its brackets."""
    while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", formula)) != formula:
        formula = shorter
    return formula


def _over(shape: Shape, broadcast: Shape) -> str:
    """Along which axes something of `shape` was repeated to be `broadcast`: "over axis 0"."""
    missing = len(broadcast) - len(shape)
    padded = (1,) * missing + shape
    axes = [
        axis
        for axis, (own, all_) in enumerate(zip(padded, broadcast, strict=True))
        if axis < missing or own != all_
    ]
    if not axes:
        return ""
    if math.prod(shape) == 1 and math.prod(broadcast) != 1:
        return "over all entries"
    if len(axes) == 1:
        return f"over axis {axes[0]}"
    return f"over axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"


def _product(position: int, operands: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The derivative of x @ y: of vectors too, and with the sum over a stack that shares one."""
    g, _, x, y = operands[:4]
    _, out, left, right = shapes[:4]
    ours = shapes[position + 2]
    if len(left) == len(right) == 1:
        return f"{g} · {(y, x)[position]}"
    # A vector x is a row, a vector y a column.
    formula = f"{g} @ {y}ᵀ" if position == 0 else f"{x}ᵀ @ {g}"
    stack = out[: len(out) - (len(left) > 1) - (len(right) > 1)]
    own = ours[:-2]
    if stack == own:
        return formula
    return f"Σ {formula} {_over((*own, 2), (*stack, 2)) or 'over the stack'}"


def _facts(
    op: str, position: int, operands: Sequence[str], shapes: Sequence[Shape] | None, params: str
) -> dict[str, str]:
    """What the formulas of layers and losses say of shapes and reductions."""
    facts = {"entries": "", "samples": "", "where": "", "one_hot": "", "shared": "", "channel": ""}
    facts["target"] = operands[3] if len(operands) > 3 else ""
    facts["gamma"] = f"{operands[3]} · " if len(operands) > 3 else ""
    formula = MATHEMATICS[op][position]
    if not re.search(r"reduction='(sum|none)'", params):
        for name, letter in (("entries", "n"), ("samples", "N")):
            if f"{{{name}}}" in formula:
                count = "" if shapes is None or name == "samples" else f" = {math.prod(shapes[2])}"
                facts[name] = f" / {letter}"
                facts["where"] = f", {letter}{count} {name}" if count else f"; {letter} {name}"
    if shapes is None:
        return facts
    if op == "cross_entropy" and len(shapes) > 3 and shapes[3] != shapes[2]:
        facts["target"] = "ŷ"
        facts["one_hot"] = f", ŷ the one-hot rows of {operands[3]}"
    if position and op == "normalize":
        facts["shared"] = _spaced(_over(shapes[position + 2], shapes[1]))
    if position and op == "prelu":
        one = math.prod(shapes[3]) == 1
        facts["channel"] = " over all entries" if one else " over all but the channels"
    return facts


def _spaced(text: str) -> str:
    return f" {text}" if text else ""


class _Printer:
    """Writes an expression as one writes it by hand, with parentheses where they are needed."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def written(self, node: ast.expr, least: int) -> str:
        """`node`, in parentheses if it binds less than `least`; a condition in brackets: 0 or 1."""
        text, binds = self._written(node)
        if binds >= least:
            return text
        return f"[{text}]" if binds <= _COMPARED else f"({text})"

    def _written(self, node: ast.expr) -> tuple[str, int]:
        match node:
            case ast.Name(id=name):
                return self._names.get(name, name.strip("_")), _ATOM
            case ast.Attribute(value=ast.Name(id="np" | "math"), attr=name):
                return {"pi": "π", "inf": "∞"}.get(name, name), _ATOM
            case ast.Attribute(value=value, attr="T" | "mT"):
                return f"{self.written(value, _ATOM)}ᵀ", _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=value):
                return f"-{self.written(value, 5)}", 5
            case ast.BinOp(left=left, op=op, right=right):
                sign, binds = _OPERATORS.get(type(op), (" ? ", _COMPARED + 1))
                # a - (b - c): what stands right has to bind tighter.
                return f"{self.written(left, binds)}{sign}{self.written(right, binds + 1)}", binds
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                sign = _COMPARISONS.get(type(op), "?")
                return f"{self.written(left, 4)} {sign} {self.written(right, 4)}", _COMPARED
            case ast.Call(func=ast.Attribute(attr="zeros_like")):
                return "0", _ATOM
            case ast.Call(func=ast.Attribute(attr="where"), args=[condition, then, other]):
                return (
                    f"({self.written(then, 0)} if {self.written(condition, 0)}, "
                    f"else {self.written(other, 0)})"
                ), _ATOM
            case ast.Call(func=function, args=args, keywords=keywords):
                given = [self.written(arg, 0) for arg in args]
                given += [f"{k.arg}={self.written(k.value, 0)}" for k in keywords if k.arg]
                name = self.written(function, _ATOM)
                if name == "sqrt" and len(given) == 1:
                    return f"√({given[0]})", _ATOM
                return f"{_FUNCTIONS.get(name, name)}({', '.join(given)})", _ATOM
        return ast.unparse(node), _ATOM
