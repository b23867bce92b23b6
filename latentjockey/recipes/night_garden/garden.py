"""The recipe itself: which kinds there are, and pictures of them by seed. Torch; any thread, any device."""

from collections.abc import Callable

import torch
from torch import Tensor

from latentjockey.models.card import Source
from latentjockey.recipes.night_garden.angler import angler
from latentjockey.recipes.night_garden.bloom import bloom
from latentjockey.recipes.night_garden.canvas import Canvas, smooth
from latentjockey.recipes.night_garden.chance import Dice, uniforms
from latentjockey.recipes.night_garden.eye import eye
from latentjockey.recipes.night_garden.ink import ink
from latentjockey.recipes.night_garden.light import Palette, Traits, finish, palette, traits
from latentjockey.recipes.night_garden.mask import mask
from latentjockey.recipes.night_garden.medusa import medusa
from latentjockey.recipes.night_garden.moth import moth
from latentjockey.recipes.night_garden.radiolarian import radiolarian

Kind = Callable[[Canvas, Traits, Palette, Dice], None]

KINDS: dict[str, Kind] = {
    "bloom": bloom,
    "radiolarian": radiolarian,
    "mask": mask,
    "moth": moth,
    "medusa": medusa,
    "eye": eye,
    "angler": angler,
    "ink": ink,
}
FULL_BLEED = frozenset({"ink"})
SMALLEST, LARGEST = 16, 2048
OVERSAMPLING = 2
# Pixels drawn at once: small enough for a processor's cache, large enough to keep an accelerator busy.
TILE_CPU = 4 * 256 * 256
TILE_OTHER = 128 * 256 * 256


class NightGarden:
    """Luminous forms on black, drawn by this project's code. Satisfies `recipes.recipe.Recipe`."""

    name = "night-garden"
    title = "Night garden"
    classes = tuple(KINDS)
    sources = (Source("night garden", author="latentjockey", licence="Apache-2.0", consent="own"),)

    def draw(self, seeds: Tensor, kinds: Tensor, size: int, device: torch.device | str = "cpu") -> Tensor:
        """See `Recipe.draw`. `size` from 16 to 2048."""
        if not SMALLEST <= size <= LARGEST:
            raise ValueError(f"Night garden is drawn from {SMALLEST} to {LARGEST} pixels, not {size}.")
        device = torch.device(device)
        pictures = torch.empty(len(seeds), 3, size, size, dtype=torch.uint8, device=device)
        tile = TILE_CPU if device.type == "cpu" else TILE_OTHER
        at_once = max(1, tile // (size * OVERSAMPLING) ** 2)
        with torch.no_grad():
            for kind, where in self._by_kind(seeds, kinds):
                for rows in torch.split(where, at_once):
                    pictures[rows.to(device)] = _draw(kind, seeds[rows], size, device)
        return pictures

    def parts(self, seeds: Tensor, kinds: Tensor) -> dict[str, Tensor]:
        """See `Recipe.parts`. `hue` in turns; `chroma` 0.5..1 of what the screen can show; `petals` 3..9."""
        count = len(seeds)
        found = {name: torch.full((count,), float("nan")) for name in PARTS}
        for kind, where in self._by_kind(seeds, kinds):
            own = traits(Dice(uniforms(seeds[where], kind)))
            for name, value in _parts(own, self.classes[kind]).items():
                found[name][where] = value[:, 0, 0]
        return found

    def _by_kind(self, seeds: Tensor, kinds: Tensor) -> list[tuple[int, Tensor]]:
        if seeds.shape != kinds.shape or seeds.ndim != 1:
            raise ValueError("Night garden wants one kind per seed.")
        kinds = kinds.to("cpu", torch.int64)
        if len(kinds) and not 0 <= int(kinds.min()) <= int(kinds.max()) < len(KINDS):
            raise ValueError(f"Night garden has the kinds 0 to {len(KINDS) - 1}.")
        where = [(kinds == kind).nonzero()[:, 0] for kind in range(len(KINDS))]
        return [(kind, rows) for kind, rows in enumerate(where) if len(rows)]


PARTS = ("hue", "interval", "chroma", "lightness", "petals", "size", "tilt", "lean", "background")


def _parts(own: Traits, kind: str) -> dict[str, Tensor]:
    full = kind in FULL_BLEED
    parts = {
        "hue": own.hue,
        "interval": own.interval,
        "chroma": own.chroma,
        "lightness": own.lightness,
        "tilt": own.tilt,
        "background": torch.full_like(own.hue, float(full)),
    }
    return parts if full else parts | {"petals": own.petals, "size": own.size, "lean": own.lean}


def _draw(kind: int, seeds: Tensor, size: int, device: torch.device) -> Tensor:
    dice = Dice(uniforms(seeds.to("cpu"), kind).to(device))
    own = traits(dice)
    colours = palette(own, dice)
    canvas = Canvas(len(seeds), size * OVERSAMPLING, device)
    name, paint = list(KINDS.items())[kind]
    paint(canvas, own, colours, dice)
    return finish(canvas.light, size, 1.0 if name in FULL_BLEED else _window(canvas))


def _window(canvas: Canvas) -> Tensor:
    """Nothing is cut off by the frame: light ends in a rounded square just inside it."""
    far = (canvas.x[0] ** 8 + canvas.y[0] ** 8) ** (1 / 8)
    return smooth((1.01 - far) / 0.09)
