"""Blooms: three whorls of three to nine petals, seen from above or from the side, with veins and a burning throat."""

import math

import torch
from torch import Tensor

from latentjockey.recipes.night_garden.canvas import Canvas, blend, bump, depth, halo, petal, polar, sector, smooth
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def bloom(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One bloom per picture. `tilt` is how far it is foreshortened; inner whorls rise towards the viewer."""
    squash = 1 - 0.34 * own.tilt**1.5
    x, y = canvas.posed(own.lean, own.size * 0.98)
    twist = dice.between(-0.7, 0.7) * dice.coin(0.45)
    broad, blunt = dice.between(1.3, 3.6), dice.between(0.45, 1.1)
    inner, notch = dice.between(0.12, 0.5), dice.between(0.0, 0.22) * dice.coin(0.4)
    ruffle, folds = dice.between(0.0, 0.07), dice.whole(2, 4)
    veins, vein_light = dice.whole(1, 3), dice.between(0.25, 0.9)
    band_at, band_light = dice.between(0.45, 0.8), dice.between(0.3, 1.3) * dice.coin(0.6)
    rim_light, hollow = dice.between(0.5, 1.6), dice.between(0.25, 0.8)
    phase = dice.coin()
    # Four petals aslant, or notched ones, reach less far: they are drawn larger.
    grow = (1 + 0.2 * phase * (own.petals == 4)) / (1 - 0.6 * notch)
    tones = (
        (colours.deep, colours.body),
        (colours.body, colours.second),
        (colours.accent, colours.second),
    )
    radii: tuple[Tensor | float, ...] = (0.98, dice.between(0.58, 0.74), dice.between(0.3, 0.46))
    for level, radius in enumerate(radii):
        rise = (1 - squash) * 0.42 * level - (1 - squash) * 0.25
        lift = (y + rise) / squash
        r, angle = polar(x, lift)
        place = sector(angle + twist * r, own.petals, phase + level)
        outline = petal(place, inner, broad, blunt) - notch * bump(place, 0.28)
        reach = radius * grow * (outline + ruffle * torch.cos(math.pi * folds * place))
        along = r / reach.clamp_min(0.02)
        distance = canvas.even(reach - r)
        if level:
            canvas.shade(0.75 * halo(distance, 0.07))
        body = canvas.fill(distance)
        across = place / (0.35 + 0.65 * along)
        ribs = 0.5 + 0.5 * torch.cos(2 * math.pi * veins * across)
        glow = (
            hollow * 0.5
            + (1 - hollow * 0.5) * smooth(along * 1.2 - 0.2)
            + vein_light * (ribs - 0.4) * smooth(1.2 - along)
        )
        root, tip = tones[level]
        canvas.over(body * glow.clamp_min(0.04) * 0.8, blend(root, tip, smooth(along * 1.25 - 0.1)), 1.1)
        canvas.over(body * bump(along - band_at, 0.09) * band_light * 0.8, colours.accent, 0.5)
        canvas.over(depth(distance, 0.035) * body * rim_light * 0.7, blend(tip, colours.pale, along * 0.5), 0.3)
    _throat(canvas, x, y / squash + (1 - squash) * 0.7, own, colours, dice)


def _throat(canvas: Canvas, x: Tensor, y: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    r, angle = polar(x, y)
    heart = dice.between(0.08, 0.15)
    canvas.shade(bump(r, heart * 2.1) * 0.85)
    ring, count = heart * dice.between(1.5, 2.0), own.petals
    place = sector(angle, count, dice.coin())
    gap = ring * math.pi / count
    off = ((r - ring) ** 2 + (place * gap) ** 2) / dice.between(0.03, 0.05) ** 2
    beads = torch.exp(-off.clamp_max(60))  # below that only denormals, which are slow
    canvas.over(beads * 1.6 * dice.coin(0.7), colours.pale, 0.6)
    canvas.over(canvas.fill(heart - r) * (1.3 - 0.8 * r / heart).clamp_min(0), colours.accent, 1.0)
    canvas.over(bump(r, heart * 0.6) * 1.2, colours.pale, 0.3)
