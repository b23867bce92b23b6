"""What the header of an ISF file declares, as data: inputs, passes, pictures. Pure, any thread.

Headers are written by hand, so everything that has one sensible reading is read: sloppy JSON, ISF 1 and 2, ranges that
are missing or the wrong way round. Format: the ISF specification (isf.video, docs.isf.video).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, cast

from latentjockey.frames.chain import InputKind
from latentjockey.stage.isf import expression
from latentjockey.stage.isf.expression import Expression
from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.sloppy_json import MOST_CHARACTERS, Json, parse_object

Value = float | int | bool | str | tuple[float, ...]
Bound = float | tuple[float, ...]

MOST_INPUTS: Final = 128
MOST_PASSES: Final = 64
MOST_PICTURES: Final = 16
MOST_LABELS: Final = 512

_KINDS: Final[dict[str, InputKind]] = {
    "float": "float",
    "long": "long",
    "int": "long",
    "bool": "bool",
    "event": "event",
    "color": "color",
    "point2d": "point2D",
    "image": "image",
    "audio": "audio",
    "audiofft": "audioFFT",
}
_TAKEN: Final = frozenset({"TIME", "TIMEDELTA", "DATE", "FRAMEINDEX", "PASSINDEX", "RENDERSIZE", "main"})
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TIMED = re.compile(r"\b(?:TIME|TIMEDELTA|DATE|FRAMEINDEX)\b")
_COMMENT = re.compile(r"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*")
_LARGEST: Final = 3.4e38
_INT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Input:
    """One input. ``default``, ``lo`` and ``hi`` by kind: float and long numbers; bool and event False..True; color four
    and point2D two floats; image "" (a path); audio and audioFFT "". ``lo`` < ``hi`` always, component by component.

    ``values`` and ``labels`` (as many) are the choices of a ``long``; empty for a ``long`` that is any whole number.
    ``most`` is how many samples an audio input wants at most; 0 for as many as there are.
    """

    name: str
    kind: InputKind
    label: str
    default: Value
    lo: Bound
    hi: Bound
    values: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    most: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """One drawing. ``target`` is the buffer it draws into, "" for the picture; sizes are ``None`` for the picture's."""

    target: str = ""
    persistent: bool = False
    floating: bool = False
    width: Expression | None = None
    height: Expression | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An imported picture file: ``path`` is relative to the shader's folder."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Header:
    """Everything a file says about itself, and its code. ``body`` is the GLSL, whose first line is line ``body_line``
    of the file. ``buffers`` are persistent buffers that no pass draws into (ISF 1)."""

    inputs: tuple[Input, ...]
    passes: tuple[Pass, ...]
    imported: tuple[Picture, ...]
    buffers: tuple[str, ...]
    description: str
    credit: str
    categories: tuple[str, ...]
    vsn: int
    body: str
    body_line: int

    @property
    def main_image(self) -> str:
        """The input that gets the running picture: ``inputImage``, or the first image; "" for a generator."""
        images = [i.name for i in self.inputs if i.kind == "image"]
        return "inputImage" if "inputImage" in images else images[0] if images else ""

    @property
    def uses_time(self) -> bool:
        """Whether the code names TIME, TIMEDELTA, DATE or FRAMEINDEX outside comments."""
        return mentions_time(self.body)

    @property
    def persistent(self) -> bool:
        """Whether it remembers anything from one frame to the next."""
        return any(p.persistent for p in self.passes)


def mentions_time(code: str) -> bool:
    """Whether GLSL reads the clock or counts frames."""
    return _TIMED.search(_COMMENT.sub(" ", code)) is not None


def clean(text: str) -> str:
    """Text of a shader as drivers can read it: one kind of line end, ASCII, no byte order mark. Lines keep their
    numbers."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    if text.isascii():
        return text
    return "".join(c if c.isascii() else " " if c.isspace() or c in "\u200b\u2060\ufeff" else "?" for c in text)


def parse(text: str) -> Header:
    """Read a fragment shader file. Raises ShaderError for what has no sensible reading."""
    if len(text) > MOST_CHARACTERS:
        raise ShaderError("The file is larger than a megabyte of text, so it is no shader.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    start, brace, end = _find(text)
    said = parse_object(text[:end], brace)
    reader = _Reader(said, text[start:end], text.count("\n", 0, start) + 1)
    before = _COMMENT.sub("", text[:start])
    if before.strip() and not re.fullmatch(r"\s*(#version[^\n]*\s*)*", before):
        body, line = text[:start] + "\n" * text.count("\n", start, end + 2) + text[end + 2 :], 1
    else:
        body, line = text[end + 2 :], text.count("\n", 0, end) + 1
    return reader.header(clean(body), line)


def _find(text: str) -> tuple[int, int, int]:
    """Where the comment with the header starts, where its brace is, and where the comment ends."""
    at = 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        if end < 0:
            break
        brace = re.compile(r"[\s*]*\{").match(text, start + 2, end)
        if brace is not None:
            return start, brace.end() - 1, end
        at = end + 2
    raise ShaderError("This is no ISF shader: its first comment has to be a header, /*{ … }*/.", 1)


class _Reader:
    """Makes sense of the parsed header; ``source`` and ``line`` are for saying where something stands."""

    def __init__(self, said: dict[str, Json], source: str, line: int) -> None:
        self._said = {key.upper(): value for key, value in said.items()}
        self._source = source
        self._line = line

    def _fault(self, sentence: str, near: object = None) -> ShaderError:
        at = self._source.find(f'"{near}"') if near is not None else -1
        return ShaderError(sentence, self._line + self._source.count("\n", 0, at) if at >= 0 else self._line)

    def header(self, body: str, body_line: int) -> Header:
        inputs = self._inputs()
        passes, buffers = self._passes()
        imported = self._imported()
        names = [i.name for i in inputs] + sorted({p.target for p in passes if p.target} | set(buffers))
        self._check_names(names + [p.name for p in imported])
        categories = self._said.get("CATEGORIES")
        kept = categories if isinstance(categories, list) else [categories] if categories else []
        version = self._said.get("ISFVSN", self._said.get("VSN"))
        return Header(
            inputs=inputs,
            passes=passes,
            imported=imported,
            buffers=buffers,
            description=_text(self._said.get("DESCRIPTION"), 4000),
            credit=_text(self._said.get("CREDIT"), 400),
            categories=tuple(_text(c, 80) for c in kept[:32] if isinstance(c, str)),
            vsn=1 if "PERSISTENT_BUFFERS" in self._said or str(version).startswith("1") else 2,
            body=body,
            body_line=body_line,
        )

    def _rows(self, key: str, most: int) -> list[dict[str, Json]]:
        rows = self._said.get(key)
        if isinstance(rows, dict):  # {name: {...}}, as some write it
            rows = [{"NAME": n, **r} if isinstance(r, dict) else {"NAME": n, "PATH": r} for n, r in rows.items()]
        if rows is not None and not isinstance(rows, list):
            raise self._fault(f"In the header {key} has to be a list.", key)
        if rows is not None and len(rows) > most:
            raise self._fault(f"The header has {len(rows)} {key}; at most {most} are read.", key)
        return [{k.upper(): v for k, v in row.items()} for row in rows or () if isinstance(row, dict)]

    # -- inputs -------------------------------------------------------------------------------------------------------

    def _inputs(self) -> tuple[Input, ...]:
        found: dict[str, Input] = {}
        for row in self._rows("INPUTS", MOST_INPUTS):
            name, kind = row.get("NAME"), row.get("TYPE")
            if not isinstance(name, str) or name in found:
                continue
            if not isinstance(kind, str) or kind.lower() not in _KINDS:
                raise self._fault(f"The input {name[:40]!r} is of the type {kind!r}, which ISF does not have.", name)
            found[name] = _input(name, _KINDS[kind.lower()], row)
        return tuple(found.values())

    # -- passes -------------------------------------------------------------------------------------------------------

    def _passes(self) -> tuple[tuple[Pass, ...], tuple[str, ...]]:
        rows = self._rows("PASSES", MOST_PASSES)
        old = self._said.get("PERSISTENT_BUFFERS")
        old_rows = {n: r if isinstance(r, dict) else {} for n, r in old.items()} if isinstance(old, dict) else {}
        if isinstance(old, list):
            old_rows = {n: {} for n in old[:MOST_PASSES] if isinstance(n, str)}
        passes = []
        for row in rows:
            target = row.get("TARGET")
            name = target if isinstance(target, str) else ""
            row = {**{k.upper(): v for k, v in old_rows.get(name, {}).items()}, **row}
            kept = bool(name) and (_flag(row.get("PERSISTENT")) or name in old_rows)
            sizes = self._size(row.get("WIDTH")), self._size(row.get("HEIGHT"))
            passes.append(Pass(name, kept, _flag(row.get("FLOAT")), *sizes))
        drawn = {p.target for p in passes}
        return tuple(passes) or (Pass(),), tuple(n for n in list(old_rows)[:MOST_PASSES] if n not in drawn)

    def _size(self, said: Json) -> Expression | None:
        if said is None or said == "" or isinstance(said, bool):
            return None
        if not isinstance(said, str | int | float):
            raise self._fault("The size of a pass has to be a number or an expression.", "PASSES")
        try:
            return expression.parse(said)
        except ShaderError as error:
            raise self._fault(str(error), said) from None

    def _imported(self) -> tuple[Picture, ...]:
        found = {}
        for row in self._rows("IMPORTED", MOST_PICTURES):
            name, path = row.get("NAME"), row.get("PATH")
            if isinstance(name, str) and isinstance(path, str):
                found[name] = Picture(name, path)
        return tuple(found.values())

    def _check_names(self, names: list[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if not _IDENTIFIER.fullmatch(name) or name.startswith(("gl_", "isf_", "lj_")) or len(name) > 200:
                raise self._fault(
                    f"{name[:40]!r} cannot be a name: letters, digits and _ can, but not gl_, isf_ or lj_ first.", name
                )
            if name in _TAKEN:
                raise self._fault(f"{name!r} is a name that ISF itself uses; another one is needed.", name)
            if name in seen:
                raise self._fault(f"Two things are called {name!r}; one of them needs another name.", name)
            seen.add(name)


def _input(name: str, kind: InputKind, row: dict[str, Json]) -> Input:
    label = _text(row.get("LABEL"), 80) or name
    default, low, high = row.get("DEFAULT"), row.get("MIN"), row.get("MAX")
    if kind == "float":
        return Input(name, kind, label, *_range(_number(default), _number(low), _number(high)))
    if kind == "long":
        return _long(name, label, row)
    if kind in ("bool", "event"):
        return Input(name, kind, label, kind == "bool" and _flag(default), 0.0, 1.0)
    if kind in ("color", "point2D"):
        return _vector(name, kind, label, row)
    most = _number(high) if kind != "image" else None
    return Input(name, kind, label, "", 0.0, 1.0, most=0 if most is None else max(0, min(int(most), 16384)))


def _range(default: float | None, low: float | None, high: float | None) -> tuple[float, float, float]:
    """Default, low and high that a hand can use, whatever was said of them."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    if low is None and high is None:
        reach = 1.0 if default is None or abs(default) <= 1.0 else 2.0 * abs(default)
        low, high = (-reach if default is not None and default < 0.0 else 0.0), reach
    elif low is None and high is not None:
        low = min(0.0 if high > 0.0 else 2.0 * high - 1.0, high if default is None else default)
    elif high is None and low is not None:
        high = max(1.0 if low < 1.0 else 2.0 * low, low if default is None else default)
    assert low is not None
    assert high is not None
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    if not low < high:
        low, high = (low, low + 1.0) if abs(low) < 1e15 else (min(low * 0.5, low * 2.0), max(low * 0.5, low * 2.0))
    if default is None:
        default = 0.0 if low <= 0.0 <= high else low
    return default, max(low, -_LARGEST), min(high, _LARGEST)


def _long(name: str, label: str, row: dict[str, Json]) -> Input:
    said, names = row.get("VALUES"), row.get("LABELS")
    default = _whole(row.get("DEFAULT"))
    labels = [_text(n, 80) if isinstance(n, str) else str(n)[:80] for n in names] if isinstance(names, list) else []
    values = [_whole(v) for v in said] if isinstance(said, list) else []
    if any(v is None for v in values) or not values:
        values = list(range(len(labels)))
    if values:
        kept = [v for v in values if v is not None][:MOST_LABELS]
        shown = (labels + [str(v) for v in kept[len(labels) :]])[: len(kept)]
        if default not in kept:  # some write the place in the list
            default = kept[default] if default is not None and 0 <= default < len(kept) else kept[0]
        low, high = float(min(kept)), float(max(kept))
        return Input(name, "long", label, default, low, max(high, low + 1.0), tuple(kept), tuple(shown))
    base, low, high = _range(
        None if default is None else float(default), _number(row.get("MIN")), _number(row.get("MAX"))
    )
    return Input(name, "long", label, _whole(base) or 0, low, max(high, low + 1.0))


def _vector(name: str, kind: InputKind, label: str, row: dict[str, Json]) -> Input:
    """Colours go from 0 to 1; a point without a range as well, unless its default shows that it counts pixels."""
    size, fill = (4, (1.0, 1.0, 1.0, 1.0)) if kind == "color" else (2, (0.5, 0.5))
    default = _numbers(row.get("DEFAULT"), size, fill)
    low = _numbers(row.get("MIN"), size, (0.0,) * size)
    high = _numbers(row.get("MAX"), size, tuple(max(1.0, 2.0 * d if kind == "point2D" else d) for d in default))
    ranges = [_range(d, lo, hi) for d, lo, hi in zip(default, low, high, strict=True)]
    return Input(name, kind, label, default, tuple(r[1] for r in ranges), tuple(r[2] for r in ranges))


# -- what stands in a place of the header -----------------------------------------------------------------------------


def _number(said: Json) -> float | None:
    if isinstance(said, str):
        try:
            said = float(said)
        except ValueError:
            return None
    if not isinstance(said, int | float):
        return None
    value = float(max(min(said, _LARGEST), -_LARGEST))
    return value if math.isfinite(value) else None


def _whole(said: Json) -> int | None:
    value = _number(said)
    return None if value is None else max(-_INT - 1, min(int(value), _INT))


def _numbers(said: Json, size: int, fill: tuple[float, ...]) -> tuple[float, ...]:
    """``size`` numbers; what is missing comes from ``fill``."""
    row = said if isinstance(said, list) else [said] * size if isinstance(said, int | float) else []
    given = [_number(v) for v in row[:size]] + [None] * (size - len(row))
    return tuple(f if g is None else g for g, f in zip(given, fill, strict=True))


def _flag(said: Json) -> bool:
    if isinstance(said, str):
        return said.strip().lower() in ("true", "yes", "1", "1.0")
    return bool(cast(object, said)) and not isinstance(said, list | dict)


def _text(said: Json, most: int) -> str:
    return (
        " ".join("".join(c if c.isprintable() else " " for c in said).split())[:most] if isinstance(said, str) else ""
    )
