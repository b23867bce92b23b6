"""Eyes: one vast iris in petalled lids; round, slit, starred and lobed pupils."""

import math

import torch
from torch import Tensor

from latentjockey.recipes.night_garden.canvas import (
    Canvas,
    blend,
    bump,
    depth,
    halo,
    mirrored,
    petal,
    polar,
    sector,
    smooth,
)
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def eye(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One eye per picture. `petals` counts rays of iris and lids; `tilt` closes the lids."""
    x, y = canvas.posed(own.lean, own.size)
    side = mirrored(x)
    r, _ = polar(x, y)
    _lids(canvas, x, y, own, colours, dice)

    height = 0.6 - 0.24 * own.tilt
    power = dice.between(1.5, 2.6)
    width = dice.between(0.72, 0.86)
    curve = dice.between(-0.12, 0.12)
    down = y + curve * (side * side - 0.2)
    gap = height * (1 - (side / width).clamp_max(1.2) ** power) - down.abs()
    distance = canvas.even(gap)
    opening = canvas.fill(distance)
    canvas.over(bump(distance + 0.06, 0.035) * (distance < 0) * dice.between(0.3, 1.1), colours.accent, 0.6)
    canvas.shade(halo(distance, 0.03) * 0.97)
    white = 0.05 + 0.6 * dice.throw() ** 2
    ball = (0.9 - 0.75 * (side / width) ** 2) * (0.45 + 0.55 * smooth(0.6 + down / height * 0.6))
    canvas.over(opening * ball.clamp_min(0.03) * white, blend(colours.body, colours.deep, smooth(r * 1.6 - 0.6)))
    _iris(canvas, x, y, opening, own, colours, dice)
    canvas.over(opening * depth(distance, 0.025) * dice.between(0.2, 0.8), colours.pale, 0.4)


def _lids(canvas: Canvas, x: Tensor, y: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    """What the eye sits in: two whorls of petals or flames, wider than high."""
    squash = dice.between(0.78, 1.0)
    twist = dice.between(-0.6, 0.6) * dice.coin(0.3)
    count = own.petals + dice.whole(1, 3)
    broad, blunt, inner = dice.between(0.9, 2.6), dice.between(0.6, 1.3), dice.between(0.3, 0.75)
    phase = dice.coin()
    r, angle = polar(x, y / squash)
    radii: tuple[Tensor | float, ...] = (0.97, dice.between(0.72, 0.82))
    for level, radius in enumerate(radii):
        place = sector(angle + twist * r, count, phase + level)
        reach = radius * petal(place, inner, broad, blunt)
        along = r / reach
        distance = canvas.even(reach - r)
        body = canvas.fill(distance)
        if level:
            canvas.shade(halo(distance, 0.06) * 0.9)
        ribs = 0.6 + 0.4 * torch.cos(2 * math.pi * place)
        near, far = (colours.deep, colours.body) if level == 0 else (colours.deep, colours.second)
        canvas.over(
            body * ribs * (0.04 + 0.75 * smooth(along * 1.8 - 0.8)), blend(near, far, smooth(along * 2 - 1)), 1.2
        )
        canvas.over(body * depth(distance, 0.03) * 0.9, blend(far, colours.pale, 0.3 * along), 0.2)


def _iris(canvas: Canvas, x: Tensor, y: Tensor, opening: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    r, angle = polar(x, y)
    size = dice.between(0.38, 0.52)
    away = r / size
    within = canvas.fill(size - r) * opening
    canvas.shade(within)
    rays = 0.5 + 0.5 * torch.cos(own.petals * 2 * angle + dice.between(0, 2.0) * away)
    lower = 0.5 + 0.5 * smooth(0.55 + y / size * 0.7)
    burn = lower * (0.45 + dice.between(0.2, 0.8) * rays * smooth(away * 1.6 - 0.3) + 0.5 * bump(away - 0.85, 0.1))
    canvas.over(within * burn, blend(colours.accent, colours.body, smooth(away * 1.6 - 0.6)), 0.0)
    place = sector(angle, own.petals)
    reach = size * dice.between(0.5, 0.78) * petal(place, dice.between(0.5, 0.8), 1.6, 0.8)
    flower = canvas.fill(canvas.even(reach - r)) * opening
    canvas.over(flower * (0.25 + 0.9 * r / reach), colours.second, 0.8)
    canvas.over(within * bump(size * 0.98 - r, 0.03) * 0.9, colours.accent, 0.5)
    _pupil(canvas, x, y, size, opening, own, colours, dice)


def _pupil(
    canvas: Canvas, x: Tensor, y: Tensor, size: Tensor, opening: Tensor, own: Traits, colours: Palette, dice: Dice
) -> None:
    slit, star = dice.coin(0.4), dice.coin(0.5)
    star = star * (1 - slit)
    narrow = 1 - slit * dice.between(0.55, 0.75)
    tall = 1 + slit * dice.between(0.4, 0.9)
    r, angle = polar(x / narrow, y / tall)
    radius = size * dice.between(0.28, 0.42) * (1 + star * dice.between(0.15, 0.4) * torch.cos(own.petals * angle))
    distance = canvas.even(radius - r)
    canvas.over(bump(distance, 0.035) * opening * dice.between(0.3, 1.2), colours.pale, 0.3)
    canvas.shade(canvas.fill(distance - 0.01) * opening)
    glint = ((x + 0.13) ** 2 + (y + 0.15) ** 2).sqrt()
    canvas.over(canvas.fill(dice.between(0.045, 0.075) - glint, 0.03) * opening * 1.5, colours.pale, 0.5)
    small = ((x - 0.1) ** 2 + (y - 0.13) ** 2).sqrt()
    canvas.over(bump(small, 0.045) * opening * 0.7, colours.second, 0.0)
