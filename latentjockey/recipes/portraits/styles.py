"""The ten drawing styles: whose they are, where their eyes and chins lie, which colour goes where. Data; any thread.

All ten are published with an open licence of the art itself, CC0 1.0 or CC BY 4.0. Styles of the same collection that
are free to use but not openly licensed are left out. Names, designers, licences and links are those of the LICENSE
file in each package; ``node.check`` compares them with what is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from latentjockey.models.card import Source

CC0 = "CC0 1.0"
CC_BY = "CC BY 4.0"
LICENCES: Mapping[str, str] = {
    CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    CC_BY: "https://creativecommons.org/licenses/by/4.0/",
}
CONSENT = "licensed, not asked"
VERSION = "9.4.3"
"""Of all the packages."""

_BLACK, _WHITE = "#000", "#fff"


@dataclass(frozen=True, slots=True)
class Style:
    """One style. ``eyes`` (x, y) and ``chin`` y are measured in units of the drawing, as it comes: they are laid on the
    same lines in every style, so that a mixture of styles has one face. ``roles`` names the colour of each colour
    option, where it differs from :data:`ROLES`. ``inks`` maps the transform of a group of the drawing to what becomes
    of its fixed black and white, for styles that have no colours of their own. ``eye_lines`` is y of the eyes for
    values of the part ``face``, where it moves them."""

    name: str
    title: str
    work: str
    designer: str
    designer_url: str
    licence: str
    url: str
    eyes: tuple[float, float]
    chin: float
    faces: str = "front"
    upright: bool = False
    hair_light: tuple[float, float] = (0.3, 0.85)
    roles: Mapping[str, str] = field(default_factory=dict)
    inks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    eye_lines: Mapping[str, float] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return f"@dicebear/{self.name}"

    @property
    def source(self) -> Source:
        """As model cards name it; ``url`` is where the work was published."""
        return Source(self.title, self.designer, self.licence, CONSENT, self.url)


ROLES: Mapping[str, str] = {
    "skinColor": "skin", "baseColor": "skin",
    "hairColor": "hair", "topColor": "hair", "facialHairColor": "hair",
    "clothingColor": "clothes", "clothesColor": "clothes", "shirtColor": "clothes",
    "accessoriesColor": "accent", "earringColor": "accent", "earringsColor": "accent", "eyeShadowColor": "accent",
    "glassesColor": "accent", "hairAccessoriesColor": "accent", "hatColor": "accent", "headContrastColor": "accent",
    "eyebrowsColor": "ink", "eyesColor": "ink", "frecklesColor": "ink", "mouthColor": "ink", "noseColor": "ink",
}  # fmt: skip
"""Which of a portrait's colours each colour option takes; ``ink`` is black."""

_DEEP = (0.25, 0.6)  # where one path is hair and outline, it stays dark enough to be an outline

STYLES: tuple[Style, ...] = (
    Style(
        "lorelei", "Lorelei", "Lorelei", "Lisa Wischofsky", "https://www.instagram.com/lischi_art/", CC0,
        "https://www.figma.com/community/file/1198749693280469639", (532, 468), 730, faces="right",
    ),
    Style(
        "notionists", "Notionists", "Notionists", "Zoish", "https://bio.link/heyzoish", CC0,
        "https://heyzoish.gumroad.com/l/notionists", (890, 752), 1052, faces="right", hair_light=_DEEP,
        inks={
            "translate(531 487)": {_WHITE: "skin"},
            "translate(178 1057)": {_WHITE: "clothes", _BLACK: "accent"},
            "translate(266 207)": {_WHITE: "accent", _BLACK: "hair"},
            "translate(653 805)": {_BLACK: "hair"},
        },
    ),
    Style(
        "open-peeps", "Open Peeps", "Open Peeps", "Pablo Stanley", "https://twitter.com/pablostanley", CC0,
        "https://www.openpeeps.com/", (430, 372), 560, faces="right", hair_light=_DEEP,
        roles={"headContrastColor": "hair"},
        inks={
            "matrix(.99789 0 0 1 156 62)": {_BLACK: "hair"},
            "translate(279 400)": {_BLACK: "hair"},
        },
    ),
    Style(
        "pixel-art", "Pixel Art", "Pixel Art", "DiceBear", "https://www.dicebear.com", CC0,
        "https://www.figma.com/community/file/1198754108850888330", (8.0, 6.0), 11.3, upright=True,
        roles={"eyesColor": "iris", "mouthColor": "lips"},
    ),
    Style(
        "adventurer", "Adventurer", "Adventurer", "Lisa Wischofsky", "https://www.instagram.com/lischi_art/", CC_BY,
        "https://www.figma.com/community/file/1184595184137881796", (345, 408), 615, faces="left",
    ),
    Style(
        "big-ears", "Big Ears", "Face Generator", "The Visual Team", "https://thevisual.team/", CC_BY,
        "https://www.figma.com/community/file/986078800058673824", (220, 277), 405,
    ),
    Style(
        "croodles", "Croodles", "Croodles - Doodle your face", "vijay verma", "https://vjy.me/", CC_BY,
        "https://www.figma.com/community/file/966199982810283152", (127, 119), 196,
        eye_lines={
            "variant01": 119, "variant02": 119, "variant03": 114, "variant04": 110,
            "variant05": 119, "variant06": 134, "variant07": 126, "variant08": 115,
        },
    ),
    Style(
        "micah", "Micah", "Avatar Illustration System", "Micah Lanier", "https://dribbble.com/micahlanier", CC_BY,
        "https://www.figma.com/community/file/829741575478342595", (188, 134), 250, faces="right",
    ),
    Style(
        "toon-head", "Toon Head", "ToonHead", "Johan Melin", "https://www.johanmelin.com", CC_BY,
        "https://www.figma.com/community/file/1589627891082866389", (384, 407), 588,
    ),
    Style(
        "personas", "Personas", "Personas by Draftbit", "Draftbit - draftbit.com", "https://draftbit.com/", CC_BY,
        "https://personas.draftbit.com/", (32, 28.4), 45.2,
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Style] = {style.name: style for style in STYLES}
CLASSES: tuple[str, ...] = tuple(style.title for style in STYLES)
SOURCES: tuple[Source, ...] = tuple(style.source for style in STYLES)


def credits() -> str:
    """``CREDITS.md``: every designer, work, licence and link."""
    rows = [
        f"| {s.title} | [{s.work}]({s.url}) | [{s.designer}]({s.designer_url}) | [{s.licence}]({LICENCES[s.licence]}) "
        f"| `{s.package}` {VERSION} |"
        for s in STYLES
    ]
    return "\n".join((
        "# Whose portraits these are",
        "",
        "The faces are put together from parts that these designers drew and published under an open licence, taken",
        "from the npm packages named, whose LICENSE files say so. The pictures made from them are changed: recoloured,",
        "set on a ground of our own, moved, turned and mirrored. The designers were not asked about training, and",
        "endorse nothing here.",
        "",
        "| style | work | designer | licence of the art | package |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "The packages' code, and `@dicebear/core`, which puts the parts together, are by Florian Körner under the MIT",
        "licence; nothing of them is in this repository.",
        "",
    ))  # fmt: skip
