"""Sizes of passes as shader files write them: ``floor($WIDTH / 4.0)``, ``max($HEIGHT * $quality, 1.0)``. Pure.

A recursive-descent parser of its own with bounded length and depth; nothing of Python is reachable from the text.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from latentjockey.stage.isf.fault import ShaderError

MOST_CHARACTERS: Final = 512
MOST_DEPTH: Final = 24

_TOKEN = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\$?[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/%^<>?:(),])")

_Values = Mapping[str, float]
_Node = Callable[[_Values], float]


@dataclass(frozen=True, slots=True)
class Expression:
    """One parsed expression. ``names`` are the variables it reads, without ``$``."""

    text: str
    names: frozenset[str]
    _node: _Node

    def value(self, variables: _Values) -> float:
        """The number, with a missing variable as 0. Never raises: what has no value (0/0, √−1) is NaN."""
        try:
            return float(self._node(variables))
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan


def parse(text: str | float) -> Expression:
    """Read an expression, or a number as it is. Raises ShaderError for what is none."""
    if not isinstance(text, str):
        number = float(text)
        return Expression(repr(text), frozenset(), lambda _: number)
    if len(text) > MOST_CHARACTERS:
        raise ShaderError(f"A size is written with more than {MOST_CHARACTERS} characters.")
    reader = _Parser(text)
    node = reader.ternary(0)
    reader.end()
    return Expression(text, frozenset(reader.names), node)


def _divide(a: float, b: float) -> float:
    if b == 0.0:
        return math.nan if a == 0.0 or math.isnan(a) else math.copysign(math.inf, a)
    return a / b


def _power(a: float, b: float) -> float:
    return math.pow(a, b)  # unlike **, never complex


def _modulo(a: float, b: float) -> float:
    return a - b * math.floor(a / b)


_UNARY: Final[dict[str, Callable[[float], float]]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda a: math.floor(a + 0.5),
    "trunc": math.trunc,
    "int": math.trunc,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sign": lambda a: (a > 0.0) - (a < 0.0),
    "fract": lambda a: a - math.floor(a),
    "float": float,
}
_BINARY: Final[dict[str, Callable[[float, float], float]]] = {
    "pow": _power,
    "mod": _modulo,
    "atan2": math.atan2,
    "step": lambda edge, a: float(a >= edge),
}
_TERNARY: Final[dict[str, Callable[[float, float, float], float]]] = {
    "clamp": lambda a, low, high: min(max(a, low), high),
    "mix": lambda a, b, t: a + (b - a) * t,
    "if": lambda c, a, b: a if c else b,
}
_CONSTANTS: Final = {"pi": math.pi, "e": math.e, "true": 1.0, "false": 0.0}
_LEVELS: Final[tuple[dict[str, Callable[[float, float], float]], ...]] = (
    {"||": lambda a, b: float(bool(a) or bool(b))},
    {"&&": lambda a, b: float(bool(a) and bool(b))},
    {
        "<": lambda a, b: float(a < b),
        ">": lambda a, b: float(a > b),
        "<=": lambda a, b: float(a <= b),
        ">=": lambda a, b: float(a >= b),
        "==": lambda a, b: float(a == b),
        "!=": lambda a, b: float(a != b),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": _divide, "%": _modulo},
)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._at = 0
        self.names: set[str] = set()

    def _fault(self, said: str) -> ShaderError:
        return ShaderError(f"The size {self._text[:60]!r} cannot be worked out: {said}.")

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        stripped = text.rstrip()
        while at < len(stripped):
            found = _TOKEN.match(stripped, at)
            if found is None:
                raise self._fault(f"{stripped[at:].strip()[:1]!r} has no place in it")
            tokens.append(found[1])
            at = found.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise self._fault(f"{token!r} is missing")

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._fault(f"{self._peek()!r} is left over")

    def ternary(self, depth: int) -> _Node:
        if depth > MOST_DEPTH:
            raise self._fault("it is nested too deeply")
        condition = self._level(0, depth)
        if self._peek() != "?":
            return condition
        self._take()
        yes = self.ternary(depth + 1)
        self._expect(":")
        no = self.ternary(depth + 1)
        return lambda v: yes(v) if condition(v) else no(v)

    def _level(self, level: int, depth: int) -> _Node:
        if level == len(_LEVELS):
            return self._unary(depth)
        node = self._level(level + 1, depth)
        links = 0
        while self._peek() in _LEVELS[level]:
            # Each link nests one call deeper when it is evaluated, so that long sums are bounded like brackets.
            links += 1
            if links > 4 * MOST_DEPTH:
                raise self._fault("it is too long")
            apply, left, right = _LEVELS[level][self._take()], node, self._level(level + 1, depth)
            node = _binary(apply, left, right)
        return node

    def _unary(self, depth: int) -> _Node:
        if depth > MOST_DEPTH:
            raise self._fault("it is nested too deeply")
        if self._peek() in ("-", "+"):
            negative = self._take() == "-"
            inner = self._unary(depth + 1)
            return (lambda v: -inner(v)) if negative else inner
        base = self._primary(depth)
        if self._peek() == "^":
            self._take()
            return _binary(_power, base, self._unary(depth + 1))
        return base

    def _primary(self, depth: int) -> _Node:
        token = self._take()
        if token == "(":
            node = self.ternary(depth + 1)
            self._expect(")")
            return node
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda _: number
        if not token or not (token[0] in "$_" or token[0].isalpha()):
            raise self._fault(f"{token or 'its end'!r} stands where a number should")
        if self._peek() == "(" and token[0] != "$":
            return self._call(token, depth)
        if token.lower() in _CONSTANTS:
            constant = _CONSTANTS[token.lower()]
            return lambda _: constant
        name = token.removeprefix("$")
        self.names.add(name)
        return lambda v: v.get(name, 0.0)

    def _call(self, name: str, depth: int) -> _Node:
        self._take()
        arguments: list[_Node] = []
        while self._peek() != ")":
            arguments.append(self.ternary(depth + 1))
            if self._peek() != ")":
                self._expect(",")
        self._take()
        if name in ("min", "max") and arguments:
            choose = min if name == "min" else max
            return lambda v: choose(a(v) for a in arguments)
        return self._applied(name, arguments)

    def _applied(self, name: str, arguments: list[_Node]) -> _Node:
        if name in _UNARY and len(arguments) == 1:
            one, (a,) = _UNARY[name], arguments
            return lambda v: one(a(v))
        if name in _BINARY and len(arguments) == 2:
            return _binary(_BINARY[name], *arguments)
        if name in _TERNARY and len(arguments) == 3:
            three, (a, b, c) = _TERNARY[name], arguments
            return lambda v: three(a(v), b(v), c(v))
        raise self._fault(f"{name!r} with {len(arguments)} values is not known")


def _binary(apply: Callable[[float, float], float], left: _Node, right: _Node) -> _Node:
    return lambda v: apply(left(v), right(v))
