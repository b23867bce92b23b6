"""What a portrait is made of: parts, colours, framing, ground; a pure function of seed and number. Any thread.

Skin comes from a stream of chances of its own, so that it depends on nothing: neither on the style nor on any part.
Its hue is anywhere on the wheel, as often as anywhere else. Hair, clothes and ground are of any hue as well, and only
drawn again while they can hardly be told from the skin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from latentjockey.recipes.portraits.colour import BLACK, Chance, Lab, apart, between, hexadecimal, wheel
from latentjockey.recipes.portraits.styles import ROLES, STYLES, Style

Kind = Literal["black", "plain", "gradient"]
GROUNDS: tuple[Kind, ...] = ("black", "plain", "gradient")
BLACK_SHARE, PLAIN_SHARE = 0.25, 0.3

_CHANCES: Mapping[str, float] = {
    "glasses": 0.3, "hat": 0.15, "earrings": 0.25, "accessories": 0.25, "hairAccessories": 0.12, "freckles": 0.12,
    "features": 0.15, "cheek": 0.5, "rearHair": 0.5, "bodyIcon": 0.4, "hair": 0.95,
    "beard": 0.12, "facialHair": 0.12, "mustache": 0.12,
    "mask": 0.0, "gesture": 0.0,  # a mask hides the face, and hands come in from outside the frame
}  # fmt: skip
_LEFT_OUT: Mapping[tuple[str, str], frozenset[str]] = {
    ("open-peeps", "head"): frozenset({"bear", "longAfro"}),  # a costume, and one that leaves the drawing's edge
}


class StyleParts(msgspec.Struct, frozen=True):
    """What the installed package of a style says it is made of: values of each part, colour options, and the parts
    that need not be there."""

    title: str
    creator: str
    source: str
    licence: str
    parts: dict[str, list[str]]
    colours: list[str]
    chances: list[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is behind the head: ``ends`` are the same colour unless it is a gradient. ``turn`` is its direction in
    turns, ``round`` whether it spreads from behind the head."""

    kind: Kind
    ends: tuple[Lab, Lab]
    turn: float = 0.0
    round: bool = False


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the face goes: ``scale`` 1 is the size for which styles are measured, moves are in picture widths, ``lean``
    in degrees; ``flip`` mirrors it."""

    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    lean: float = 0.0
    flip: bool = False


@dataclass(frozen=True, slots=True)
class Portrait:
    """All that is decided about one picture. ``parts`` has None for a part that is not there; ``colours`` are by role
    (see :data:`~latentjockey.recipes.portraits.styles.ROLES`)."""

    index: int
    style: Style
    parts: Mapping[str, str | None]
    colours: Mapping[str, Lab]
    ground: Ground
    framing: Framing = field(default_factory=Framing)


def portrait(seed: int, index: int, told: Mapping[str, StyleParts]) -> Portrait:
    """Portrait number ``index`` of ``seed`` (both from 0). Styles take turns. ``told`` is by the style's name."""
    style = STYLES[index % len(STYLES)]
    chance = _stream(seed, index, 0)
    parts = _parts(chance, style, told[style.name])
    colours = _colours(chance, skin(seed, index), style)
    ground = _ground(chance, colours)
    return Portrait(index, style, parts, colours, ground, _framing(chance, style))


def skin(seed: int, index: int) -> Lab:
    """The skin of that portrait: any hue, moderate chroma, from dark to light; depends on nothing else."""
    return wheel(_stream(seed, index, 1), (0.45, 0.92), (0.07, 0.17))


def options(made: Portrait, told: StyleParts) -> dict[str, list[str] | int]:
    """The portrait as options of the style, everything decided."""
    chosen: dict[str, list[str] | int] = {}
    for part, value in made.parts.items():
        if value is not None:
            chosen[part] = [value]
        if part in told.chances:
            chosen[f"{part}Probability"] = 0 if value is None else 100
    for option in told.colours:
        role = made.style.roles.get(option, ROLES.get(option, "accent"))
        chosen[option] = [hexadecimal(made.colours[role]).removeprefix("#")]
    return chosen


def _stream(seed: int, index: int, purpose: int) -> Chance:
    return np.random.Generator(np.random.PCG64([seed, index, purpose])).random


def _parts(chance: Chance, style: Style, told: StyleParts) -> dict[str, str | None]:
    parts: dict[str, str | None] = {}
    for part in sorted(told.parts):
        there = chance() < _CHANCES.get(part, 0.2) or part not in told.chances
        values = sorted(set(told.parts[part]) - _LEFT_OUT.get((style.name, part), frozenset()))
        value = values[min(int(chance() * len(values)), len(values) - 1)]
        parts[part] = value if there else None
    return parts


def _colours(chance: Chance, skin_colour: Lab, style: Style) -> dict[str, Lab]:
    hair = apart(lambda: wheel(chance, style.hair_light, (0.06, 0.24)), (skin_colour,), 0.16)
    clothes = apart(lambda: wheel(chance, (0.25, 0.9), (0.04, 0.24)), (skin_colour,), 0.14)
    accent = apart(lambda: wheel(chance, (0.25, 0.9), (0.05, 0.22)), (skin_colour, hair, clothes), 0.16)
    iris = apart(lambda: wheel(chance, (0.25, 0.65), (0.05, 0.18)), (skin_colour,), 0.12)
    lips = apart(lambda: wheel(chance, (0.3, 0.75), (0.08, 0.2)), (skin_colour,), 0.14)
    return {
        "skin": skin_colour, "hair": hair, "clothes": clothes, "accent": accent, "iris": iris, "lips": lips,
        "ink": BLACK,
    }  # fmt: skip


def _ground(chance: Chance, colours: Mapping[str, Lab]) -> Ground:
    share, turn, spread = chance(), chance(), chance() < 0.4
    if share < BLACK_SHARE:
        return Ground("black", (BLACK, BLACK))
    near = (colours["skin"], colours["hair"], colours["clothes"])

    def draw() -> Lab:
        return wheel(chance, (0.2, 0.92), (0.02, 0.22))

    first = apart(draw, near, 0.16)
    if share < BLACK_SHARE + PLAIN_SHARE:
        return Ground("plain", (first, first))
    return Ground("gradient", (first, apart(draw, near, 0.12)), turn, spread)


def _framing(chance: Chance, style: Style) -> Framing:
    scale = between(chance, 0.95, 1.13)
    right, down = between(chance, -0.03, 0.03), between(chance, -0.015, 0.03)
    lean = 0.0 if style.upright else between(chance, -6.0, 6.0)
    return Framing(scale, right, down, lean, chance() < 0.5)
