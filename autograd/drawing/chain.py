"""A sum of products of derivatives in writing: as text, as LaTeX, as Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from .notation import operand

__all__ = ["Chain", "Factor", "Term", "latex", "markdown", "text"]

_WIDTH = 88
# A larger number of paths is only said to be about a power of ten.
_COUNTED = 10**15

# A sum that is written in one way or another: its terms.
Side = list[str]


@dataclass(frozen=True)
class Factor:
    """The derivative of one result with respect to one input of its op.

    Attributes:
        result, of: what the two are called.
        local: the derivative where both are single numbers, else None.
        op: what is differentiated.
        shapes: of the gradient that comes in, and of what the rule makes of it.
    """

    result: str
    of: str
    local: str | None
    op: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Term:
    """A product along one path; of a long one only the ends, `skipped` factors between them.

    `product` is its value, None where that is too large to be written.
    """

    factors: tuple[Factor, ...]
    skipped: int
    product: str | None


@dataclass(frozen=True)
class Chain:
    """Everything that is to be written.

    Attributes:
        J, x: what is differentiated, and with respect to what.
        terms: the paths that are written out.
        count: the number of all paths.
        rest: the sum of the other ones.
        gradient: the sum of all.
        where: the names that were made up, and what they stand for.
    """

    J: str
    x: str
    terms: tuple[Term, ...]
    count: int
    rest: str | None
    gradient: str
    where: tuple[tuple[str, str], ...]

    @property
    def more(self) -> str:
        """The number of paths that are not written out."""
        rest = self.count - len(self.terms)
        if rest > _COUNTED:
            return f"some 1e{math.log10(rest):.0f} more paths"
        return f"{rest:,} more path{'s' * (rest > 1)}"

    def jacobians(self) -> list[tuple[tuple[str, str], str, str]]:
        """Names, op and shapes of each factor that is not a number."""
        return list(
            dict.fromkeys(
                ((factor.result, factor.of), factor.op, "{} → {}".format(*factor.shapes))
                for term in self.terms
                for factor in term.factors
                if factor.local is None
            )
        )

    @property
    def d(self) -> str:
        """The sign of a factor: where several paths meet, each is a partial derivative."""
        return "d" if self.count == 1 else "∂"


def text(chain: Chain) -> str:
    """In one line where it fits: dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6."""
    start = f"d{chain.J}/d{chain.x}"
    ratio = f"{chain.d}{{}}/{chain.d}{{}}"
    signs = " · ", "…", f"({chain.more})"
    sides = _sides(chain, lambda f: ratio.format(f.result, f.of), str, *signs)
    lines = [" = ".join([start, *map(" + ".join, sides)])]
    if len(lines[0]) > _WIDTH:
        lines = [line for side in sides for line in _wrapped(" " * len(start), side)]
        lines[0] = start + lines[0][len(start) :]
    if rows := chain.jacobians():
        lines.append("where the gradient goes through Jacobians, from shape to shape:")
        cells = [(ratio.format(*names), op, shapes) for names, op, shapes in rows]
        first, second = (max(len(row[i]) for row in cells) for i in range(2))
        lines += [f"  {a:{first}}  {b:{second}}  {c}" for a, b, c in cells]
    if chain.where:
        lines.append("with " + ", ".join(f"{name} = {what}" for name, what in chain.where))
    return "\n".join(lines)


def latex(chain: Chain) -> str:
    r"""As \frac{dJ}{db} = \frac{dJ}{dv} \cdot \frac{dv}{du} \cdots; aligned where it is long."""
    partial = "d" if chain.d == "d" else r"\partial "
    start = _fraction("d", chain.J, chain.x)
    signs = r" \cdot ", r"\cdots", rf"(\text{{{chain.more}}})"
    sides = _sides(chain, lambda f: _fraction(partial, f.result, f.of), _numeral, *signs)
    joined = [" + ".join(side) for side in sides]
    if sum(map(len, sides)) <= 3:
        return " = ".join([start, *joined])
    rows = r" \\ &= ".join(joined)
    return rf"\begin{{aligned}} {start} &= {rows} \end{{aligned}}"


def markdown(chain: Chain) -> str:
    """The formula between double dollars; tables of Jacobians and of made-up names."""
    blocks = [f"$$\n{latex(chain)}\n$$"]
    if rows := chain.jacobians():
        table = ["| derivative | op | gradient in → out |", "| --- | --- | --- |"]
        for (result, of), op, shapes in rows:
            table.append(f"| `{chain.d}{result}/{chain.d}{of}` | {op} | {shapes} |")
        blocks.append("\n".join(table))
    if chain.where:
        blocks.append("with " + ", ".join(f"`{name} = {what}`" for name, what in chain.where))
    return "\n\n".join(blocks)


def _sides(
    chain: Chain,
    ratio: Callable[[Factor], str],
    numeral: Callable[[str], str],
    times: str,
    dots: str,
    more: str,
) -> list[Side]:
    """What stands between the equals signs: derivatives, numbers, the value of each path, the sum.

    A side that only repeats another is left out, and one that is too large to be written.
    """

    def product(term: Term, written: Callable[[Factor], str]) -> str:
        factors = [written(factor) for factor in term.factors]
        if term.skipped:
            factors.insert(len(factors) // 2, dots)
        return times.join(factors) or "1"

    def value(text: str | None) -> str:
        return numeral(operand(text or ""))

    rest = [] if chain.rest is None else [value(chain.rest)]
    sides = []
    if any(len(term.factors) > 1 for term in chain.terms) or chain.count > 1:
        symbols = [product(term, ratio) for term in chain.terms]
        sides.append(symbols if chain.count == len(symbols) else [*symbols, more])
    if not chain.jacobians():
        numbers = [product(term, lambda f: value(f.local)) for term in chain.terms]
        sides.append([*numbers, *rest])
    if all(term.product is not None for term in chain.terms):
        sides.append([*(value(term.product) for term in chain.terms), *rest])
    sides.append([numeral(chain.gradient)])
    # At the beginning of a side a negative number needs no parentheses.
    for side in sides:
        side[0] = re.sub(r"^\((-[^() ]*)\)", r"\1", side[0])
    return [side for side, after in zip(sides, [*sides[1:], None], strict=True) if side != after]


def _wrapped(margin: str, side: Side) -> list[str]:
    """The terms of a side in lines of some width, the first after an equals sign."""
    lines = [f"{margin} = {side[0]}"]
    for term in side[1:]:
        if len(lines[-1]) + len(term) + 3 <= _WIDTH:
            lines[-1] += f" + {term}"
        else:
            lines.append(f"{margin} + {term}")
    return lines


def _fraction(d: str, above: str, below: str) -> str:
    return rf"\frac{{{d}{_symbol(above)}}}{{{d}{_symbol(below)}}}"


def _numeral(text: str) -> str:
    """A number in LaTeX, 1.5e-07 as a power of ten; words among numbers upright."""
    text = re.sub(r"(\d)e([+-])0*(\d+)", r"\1 \\cdot 10^{\2\3}", text).replace("{+", "{")
    return re.sub(r"(?<!\\)\b([a-z]+(?: [a-z]+)*)\b", r"\\text{\1}", text)


def _symbol(name: str) -> str:
    """A name in LaTeX: one letter as it is, w1 with an index, a longer one upright."""
    found = re.fullmatch(r"([^\W\d_])_?(\d*)", name)
    if found:
        return found[1] + (f"_{{{found[2]}}}" if found[2] else "")
    escaped = re.sub(r"([_#$%&{}])", r"\\\1", name)
    return rf"\mathrm{{{escaped}}}"
