"""JSON as artists write it by hand: comments, trailing or missing commas, single quotes, bare words. Pure, any thread.

Nothing is evaluated; size, depth and numbers are bounded. What no reading makes sense of is a ``ShaderError`` with its
line.
"""

from __future__ import annotations

import math
import re
from typing import Final

from latentjockey.stage.isf.fault import ShaderError

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

MOST_CHARACTERS: Final = 1 << 20
MOST_DEPTH: Final = 32

_SPACE = re.compile(r"(?:[\s\x00-\x20\u00a0\ufeff]|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|#[^\n]*)*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?(?![\w.])")
_WORD = re.compile(r"[^\W\d][\w$-]*")
_PLAIN = re.compile(r"[^\\\"']+")
_UNIT = re.compile(r"([0-9a-fA-F]{4})(?:(?<=[dD][89abAB]..)\\u([dD][c-fC-F][0-9a-fA-F]{2}))?")  # two for a surrogate
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS: Final[dict[str, bool | None]] = {
    "true": True,
    "false": False,
    "null": None,
    "yes": True,
    "no": False,
    "none": None,
}


def parse_object(text: str, start: int = 0, line: int = 1) -> dict[str, Json]:
    """Read the object whose ``{`` is at ``start``; ``line`` is the line of ``text``'s first character.

    What follows the object is not looked at. Keys that stand twice: the last one counts. Raises ShaderError.
    """
    if len(text) > MOST_CHARACTERS:
        raise ShaderError("The header is larger than a megabyte, so it is not read.", line)
    return _Reader(text, start, line).object(1)


class _Reader:
    def __init__(self, text: str, at: int, line: int) -> None:
        self._text = text
        self._at = at
        self._line = line

    def _fault(self, sentence: str) -> ShaderError:
        return ShaderError(sentence, self._line + self._text.count("\n", 0, self._at))

    def _peek(self) -> str:
        found = _SPACE.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        if self._at >= len(self._text):
            raise self._fault("The header ends too early: a bracket, a brace or a quotation mark is missing.")
        return self._text[self._at]

    def object(self, depth: int) -> dict[str, Json]:
        self._at += 1
        result: dict[str, Json] = {}
        while True:
            mark = self._peek()
            if mark == "}":
                self._at += 1
                return result
            if mark == ",":  # trailing and doubled commas mean nothing; a missing one is not missed
                self._at += 1
                continue
            key = self._key(mark)
            if self._peek() not in ":=":
                raise self._fault(f"In the header a colon is missing after {key[:40]!r}.")
            self._at += 1
            result[key] = self._value(self._peek(), depth)

    def _key(self, mark: str) -> str:
        if mark in "\"'":
            return self._string(mark)
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self._fault(f"In the header a name was expected, not {mark!r}.")
        self._at = word.end()
        return word.group()

    def _list(self, depth: int) -> list[Json]:
        self._at += 1
        result: list[Json] = []
        while True:
            mark = self._peek()
            if mark == "]":
                self._at += 1
                return result
            if mark == ",":
                self._at += 1
                continue
            result.append(self._value(mark, depth))

    def _value(self, mark: str, depth: int) -> Json:
        if mark in "\"'":
            return self._string(mark)
        if mark in "{[":
            if depth >= MOST_DEPTH:
                raise self._fault(f"The header is nested deeper than {MOST_DEPTH} levels.")
            return self.object(depth + 1) if mark == "{" else self._list(depth + 1)
        number = _NUMBER.match(self._text, self._at)
        if number is not None:
            return self._number(number)
        word = _WORD.match(self._text, self._at)
        if word is not None and word.group().lower() in _WORDS:
            self._at = word.end()
            return _WORDS[word.group().lower()]
        said = word.group()[:40] if word is not None else mark
        raise self._fault(f"In the header a value was expected, not {said!r}.")

    def _number(self, found: re.Match[str]) -> int | float:
        plain = found.group().rstrip("fF")
        if len(plain) < 300 and plain.lstrip("+-").isdigit():
            self._at = found.end()
            return int(plain)
        value = float(plain)
        if not math.isfinite(value):
            raise self._fault("In the header stands a number too large to be one.")
        self._at = found.end()
        return value

    def _string(self, quote: str) -> str:
        self._at += 1
        parts: list[str] = []
        while self._at < len(self._text):
            plain = _PLAIN.match(self._text, self._at)
            if plain is not None:
                parts.append(plain.group())
                self._at = plain.end()
                continue
            mark = self._text[self._at]
            self._at += 1
            if mark == quote:
                return "".join(parts)
            parts.append(self._escape() if mark == "\\" else mark)
        raise self._fault("In the header a quotation mark is missing.")

    def _escape(self) -> str:
        mark = self._text[self._at : self._at + 1]
        self._at += 1
        if mark == "u":
            found = _UNIT.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                units = bytes.fromhex(found[1] + (found[2] or ""))
                return units.decode("utf-16-be", "replace")
        return _ESCAPES.get(mark, mark)
