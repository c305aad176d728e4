"""A derivative rule as mathematics: `g * np.cos(x)` becomes dJ/dy · cos(x)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

__all__ = ["MATHEMATICS", "mathematics"]

# What the rules of common ops come to, where their Python says less than a formula: for a matrix
# product, a sum, a loss. {g} is the gradient of the result {out}; the inputs are {x}, {y}, {z}.
_EACH = "; N is the number of samples of a mean, 1 for a sum"
MATHEMATICS: Mapping[str, Sequence[str]] = {
    "matmul": ("{g} @ {y}ᵀ", "{x}ᵀ @ {g}"),
    "linear": ("{g} @ {y}", "{g}ᵀ @ {x}", "the rows of {g} added up"),
    "transpose": ("{g}ᵀ",),
    "matrix_transpose": ("{g}ᵀ",),
    "power": ("{g} · {y} · {x} ^ ({y} - 1)", "{g} · {out} · ln {x}"),
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
        "(softmax({x}) - {y}) · {g} / N" + _EACH,
        "-log softmax({x}) · {g} / N" + _EACH,
    ),
    "binary_cross_entropy": (
        "({x} - {y}) / ({x} · (1 - {x})) · {g} / N" + _EACH,
        "ln((1 - {x}) / {x}) · {g} / N" + _EACH,
    ),
    "binary_cross_entropy_with_logits": (
        "(σ({x}) - {y}) · {g} / N" + _EACH,
        "-{x} · {g} / N" + _EACH,
    ),
    "mse_loss": ("2 · ({x} - {y}) · {g} / N" + _EACH, "-2 · ({x} - {y}) · {g} / N" + _EACH),
    "half_mse_loss": ("({x} - {y}) · {g} / N" + _EACH, "-({x} - {y}) · {g} / N" + _EACH),
    "l1_loss": ("sign({x} - {y}) · {g} / N" + _EACH, "-sign({x} - {y}) · {g} / N" + _EACH),
    "dropout": ("{g} where {x} was kept, scaled as {x} was; 0 elsewhere",),
    "normalize": ("γ · ({g} - mean({g}) - z · mean({g} · z)) / s, z = ({x} - mean) / s",),
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


def mathematics(
    op: str, rule: str, position: int, operands: Sequence[str], arguments: Sequence[str]
) -> str:
    """What the rule of `op` for its input number `position` computes, in the names of the graph.

    Args:
        rule: what it says in its own words: an expression of Python, or a sentence.
        operands: what the gradient, the result and the inputs are called in the graph.
        arguments: what the rule calls them.

    >>> mathematics("tan", "g + g * out * out", 0, ["dJ/dy", "y", "x"], ["g", "out", "x"])
    'dJ/dy + dJ/dy · y · y'
    """
    if position < len(MATHEMATICS.get(op, ())):
        given = dict(zip(("g", "out", "x", "y", "z"), operands, strict=False))
        return MATHEMATICS[op][position].format_map(given)
    try:
        tree = ast.parse(rule, mode="eval")
    except SyntaxError:
        return rule
    return _Printer(dict(zip(arguments, operands, strict=False))).written(tree.body, 0)


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
