"""Anglers: deep-sea fish face to face, with a lure, glassy eyes, fan fins and a mouth of long teeth."""

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


def angler(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One fish per picture. `petals` counts fin rays, teeth and lights; `tilt` opens the mouth."""
    x, y = canvas.posed(own.lean, own.size)
    side = mirrored(x)
    _fins(canvas, side, y, own, colours, dice)
    _lure(canvas, x, y, own, colours, dice)

    width, height, power = dice.between(0.66, 0.82), dice.between(0.6, 0.7), dice.between(1.9, 2.8)
    low = y - 0.2
    wide = width * (1 + dice.between(-0.1, 0.3) * low)
    shape = ((side / wide) ** power + (low.abs() / height) ** power).clamp_min(1e-6) ** (1 / power)
    distance = canvas.even(1 - shape)
    body = canvas.fill(distance)
    canvas.shade(halo(distance, 0.06) * 0.96)
    bands = 0.5 + 0.5 * torch.cos(2 * math.pi * (dice.whole(1, 3) * shape + dice.between(-0.4, 0.4) * low))
    skin = 0.05 + 0.22 * smooth(0.5 - low) + dice.between(0.0, 0.3) * (bands - 0.4)
    canvas.over(body * skin.clamp_min(0.04), blend(colours.body, colours.deep, smooth(shape * 1.2)), 1.5)
    canvas.over(body * depth(distance, 0.05) * dice.between(0.6, 1.3), colours.body)
    _lights(canvas, body, shape, x, low, own, colours, dice)
    _jaws(canvas, side, y, width, own, colours, dice)
    _eyes(canvas, side, y, colours, dice)


def _fins(canvas: Canvas, side: Tensor, y: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    """A fan at each side and a crest above."""
    axis, spread = dice.between(-0.35, 0.5), dice.between(0.5, 0.95)
    down = y - 0.12
    r = (side * side + down * down + 1e-6).sqrt()
    place = (torch.atan2(down, side) - axis) / spread
    rays = torch.cos(math.pi * own.petals * place)
    reach = dice.between(0.88, 1.0) / axis.cos() * petal(place.clamp(-1, 1), 0.35, 3.0, 0.5) * (1 + 0.05 * rays)
    distance = canvas.even(reach - r)
    fan = canvas.fill(distance) * (place.abs() < 1)
    along = r / reach
    canvas.over(
        fan * (0.2 + 0.5 * along**2) * (0.6 + 0.4 * rays), blend(colours.deep, colours.second, smooth(along * 2 - 1))
    )
    canvas.over(fan * depth(distance, 0.03) * 0.9, colours.second)
    crest, angle = polar(side, y - 0.15)
    blade = sector(angle, own.petals + 5, dice.coin())
    up = smooth((1.25 - angle.abs()) * 3)
    reach = (0.62 + dice.between(0.1, 0.3) * petal(blade, 0.2, 1.4, 1.0)) * up
    distance = canvas.even(reach - crest)
    spikes = canvas.fill(distance) * dice.coin(0.6)
    canvas.over(spikes * (0.25 + 0.6 * smooth(crest * 3 - 1.6)), colours.second, 1.0)
    canvas.over(spikes * depth(distance, 0.025) * 0.8, colours.accent, 0.3)


def _lure(canvas: Canvas, x: Tensor, y: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    top = -dice.between(0.64, 0.76)
    bend = dice.between(-0.5, 0.5) * dice.coin(0.7)
    rise = ((y + 0.25) / (top + 0.25)).clamp(0, 1)
    end = bend * 0.55
    stalk = x - end * rise**1.6
    inside = smooth((-0.25 - y) * 10 + 1) * smooth((y - top) * 20)
    canvas.over(bump(stalk, 0.032 - 0.01 * rise) * inside * 0.9, blend(colours.body, colours.accent, rise))
    r, angle = polar(x - end, y - top)
    size = dice.between(0.09, 0.15)
    place = sector(angle, own.petals)
    reach = size * (1 + dice.between(0.0, 0.8) * petal(place, 0.0, 1.6, 0.9))
    distance = canvas.even(reach - r)
    canvas.over(bump(r, size * 1.5) * 0.5, colours.accent, 0.0)
    canvas.over(canvas.fill(distance) * 0.9, colours.accent, 1.0)
    canvas.over(bump(r, size * 0.75) * 1.8, colours.pale, 0.0)


def _lights(
    canvas: Canvas, body: Tensor, shape: Tensor, x: Tensor, low: Tensor, own: Traits, colours: Palette, dice: Dice
) -> None:
    """A row of photophores inside the outline."""
    _, angle = polar(x, low)
    count = own.petals + 5
    place = sector(angle, count)
    off = (((shape - 0.86) * 0.65) ** 2 + (place * math.pi / count * 0.6) ** 2).sqrt()
    canvas.over(bump(off, dice.between(0.035, 0.05)) * body * 1.5 * dice.coin(0.7), colours.accent, 0.6)


def _jaws(canvas: Canvas, side: Tensor, y: Tensor, width: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    wide = width * dice.between(0.78, 0.92)
    gape = 0.17 + 0.22 * own.tilt
    at, bend = dice.between(0.34, 0.42), dice.between(-0.3, 0.75)
    down = y - at - bend * (side * side - 0.1)
    across = (side / wide).clamp_max(1.3)
    field = gape * (1 - across**2.4) - down.abs()
    distance = canvas.even(field)
    mouth = canvas.fill(distance)
    canvas.over(bump(distance + 0.035, 0.03) * 0.9, colours.second, 0.8)
    canvas.shade(halo(distance, 0.015))
    throat = ((side / (wide * 0.6)) ** 2 + (down / gape) ** 2).sqrt()
    canvas.over(
        mouth * smooth(1 - throat) * dice.between(0.3, 1.0), blend(colours.accent, colours.deep, throat.clamp(0, 1))
    )
    half = (own.petals * 0.3).floor() + 2
    long = gape * dice.between(0.8, 1.5)
    for jaw, shift in ((-1.0, 0.0), (1.0, 0.5)):
        turn = across * half + shift
        place = ((turn - torch.floor(turn + 0.5)) * 2).abs()
        tooth = long * (1 - place / 0.75).clamp_min(0) * (1 - across**2).clamp_min(0)
        from_lip = gape * (1 - across**2.4) - jaw * down
        teeth = canvas.fill(canvas.even(tooth - from_lip)) * mouth
        canvas.shade(teeth)
        canvas.over(teeth * (0.3 + 0.9 * from_lip / long).clamp(0.2, 1.2), colours.pale, 1.0)


def _eyes(canvas: Canvas, side: Tensor, y: Tensor, colours: Palette, dice: Dice) -> None:
    at_x, at_y = dice.between(0.28, 0.46), dice.between(-0.22, -0.1)
    size = dice.between(0.1, 0.16)
    u, v = side - at_x, y - at_y
    r = (u * u + v * v + 1e-8).sqrt()
    canvas.shade(halo(size * 1.12 - r, 0.05) * 0.95)
    canvas.over(bump(r - size * 1.12, 0.03) * dice.between(0.1, 0.8), colours.body, 0.0)
    ball = canvas.fill(size - r)
    away = r / size
    canvas.over(
        ball * (0.35 + 1.0 * smooth(0.5 + v / size * 0.8)),
        blend(colours.pale, colours.accent, smooth(away * 1.5 - 0.1)),
    )
    slit = dice.between(0.18, 0.7)
    pupil = ((u / slit) ** 2 + v * v).sqrt()
    canvas.shade(canvas.fill(size * dice.between(0.12, 0.5) - pupil))
    canvas.over(bump(((u + size * 0.35) ** 2 + (v + size * 0.4) ** 2).sqrt(), size * 0.2) * 1.6, colours.pale, 0.0)
