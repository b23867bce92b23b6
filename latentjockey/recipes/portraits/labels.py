"""What a packed data set tells of each portrait: every part, and some things that mean the same in all styles. Pure.

All labels are kept, also those of which no direction may be made: they are needed to show that skin depends on nothing,
and to measure what a model learned. :func:`steerable` says of which parts directions may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from latentjockey.recipes.portraits.colour import Lab, blend
from latentjockey.recipes.portraits.node import Drawing
from latentjockey.recipes.portraits.styles import STYLES
from latentjockey.recipes.portraits.traits import GROUNDS, Portrait, StyleParts

ABSENT = "none"
NO = ("no", "yes")
MOODS = ("other", "unhappy", "happy")
SIDES = ("left", "front", "right")
COLOURS = ("skin", "hair", "clothes", "accent", "ground")
_AXES = ("light", "red", "yellow")
_FRAMING = ("scale", "right", "down", "lean")

_BEARDS = frozenset({"beard", "facialHair", "mustache"})
_CROODLE_GLASSES = frozenset({"variant09", "variant13", "variant14", "variant15"})
_CROODLE_HATS = frozenset(f"variant{n}" for n in range(20, 26))
_HATS: Mapping[tuple[str, str], frozenset[str]] = {
    ("croodles", "top"): _CROODLE_HATS,
    ("notionists", "hair"): frozenset({"hat", "variant14"}),
    ("open-peeps", "head"): frozenset({"hatBeanie", "hatHip"}),
    ("personas", "hair"): frozenset({"cap", "beanie"}),
}
_HAPPY = ("happy", "smile", "laugh", "grin", "cute", "cheeky", "agape", "bigsmile", "calm")
_UNHAPPY = (
    "sad",
    "frown",
    "angry",
    "rage",
    "concerned",
    "fear",
    "solemn",
    "tired",
    "nervous",
    "suspicious",
    "contempt",
)

NO_DIRECTIONS = frozenset({
    "skin.light", "skin.red", "skin.yellow", "hair", "rearHair", "frontHair", "sideburn", "top", "head", "beard",
    "facialHair", "mustache", "bearded", "features", "face", "nose", "mask", "hat", "wears a hat",
})  # fmt: skip
"""Parts and things of which no direction is made: skin, types of hair and headwear, beards, shapes of heads and noses.
A fader over any of these would be a slider of race, faith or sex."""


def steerable(name: str) -> bool:
    """Whether a direction may be made of this label."""
    return name not in NO_DIRECTIONS


def columns(told: Mapping[str, StyleParts]) -> dict[str, tuple[str, ...]]:
    """The labels of a data set, each with its words, or none where it is a number. Parts of the same name are one
    label, whose words name the style: ``eyes`` has ``none``, ``lorelei variant01`` and so on."""
    words: dict[str, list[str]] = {}
    for style in STYLES:
        for part, values in told[style.name].parts.items():
            words.setdefault(part, [ABSENT]).extend(f"{style.name} {value}" for value in sorted(values))
    made: dict[str, tuple[str, ...]] = {part: tuple(values) for part, values in sorted(words.items())}
    made |= {"wears glasses": NO, "wears a hat": NO, "bearded": NO, "mood": MOODS, "looks": SIDES, "behind": GROUNDS}
    made |= {f"{of}.{axis}": () for of in COLOURS for axis in _AXES}
    return made | {f"framing.{what}": () for what in _FRAMING}


def labels(made: Portrait, drawing: Drawing, known: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    """The labels of one picture: indices of words, and numbers. Colours are OKLab, ``ground`` is in the middle of it.

    Parts are those that the style says it drew, which may leave out one that was asked for.
    """
    parts, style = drawing.parts, made.style
    told: dict[str, float] = dict.fromkeys(known, 0)
    for part, value in parts.items():
        word = f"{style.name} {value}"
        if part in known and word in known[part]:
            told[part] = known[part].index(word)
    told["wears glasses"] = _glasses(style.name, parts)
    told["wears a hat"] = _hat(style.name, parts)
    told["bearded"] = any(part in parts for part in _BEARDS) or parts.get("features") == "mustache"
    told["mood"] = MOODS.index(_mood(parts))
    told["looks"] = SIDES.index(_looks(made))
    told["behind"] = GROUNDS.index(made.ground.kind)
    colours = {**made.colours, "ground": blend(*made.ground.ends, 0.5)}
    for name in COLOURS:
        told |= _numbers(name, colours[name])
    framing = made.framing
    told |= dict(zip((f"framing.{w}" for w in _FRAMING),
                     (framing.scale, framing.right, framing.down, framing.lean), strict=True))  # fmt: skip
    return told


def _numbers(name: str, colour: Lab) -> Iterable[tuple[str, float]]:
    return zip((f"{name}.{axis}" for axis in _AXES), colour, strict=True)


def _glasses(style: str, parts: Mapping[str, str]) -> bool:
    if style == "croodles":
        return parts.get("eyes") in _CROODLE_GLASSES
    worn = parts.get("accessories", "") if style == "open-peeps" else parts.get("eyes", "")
    return "glasses" in parts or "glasses" in worn.lower()


def _hat(style: str, parts: Mapping[str, str]) -> bool:
    return "hat" in parts or any(parts.get(part) in values for (of, part), values in _HATS.items() if of == style)


def _mood(parts: Mapping[str, str]) -> str:
    """What the name of the mouth or, in styles that draw them as one, of the face says of it."""
    word = (parts.get("mouth") or parts.get("face") or "").lower()
    if any(said in word for said in _UNHAPPY):
        return "unhappy"
    return "happy" if any(said in word for said in _HAPPY) else "other"


def _looks(made: Portrait) -> str:
    if made.style.faces == "front":
        return "front"
    return made.style.faces if not made.framing.flip else {"left": "right", "right": "left"}[made.style.faces]
