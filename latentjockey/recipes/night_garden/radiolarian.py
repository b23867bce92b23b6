"""Radiolaria: a glass lattice shell round a burning core, with spines; sphere, egg or star."""

import math

import torch
from torch import Tensor

from latentjockey.recipes.night_garden.canvas import Canvas, blend, bump, depth, halo, petal, polar, sector, smooth
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def radiolarian(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One shell per picture. `petals` is the symmetry of lattice, core and spines."""
    x, y = canvas.posed(own.lean, own.size)
    tall = dice.between(-0.5, 0.5) * dice.coin(0.5)
    x = x * (1 + 0.35 * tall * (0.4 - y))
    y = y * (1 - 0.12 * tall.abs())
    r, angle = polar(x, y)
    _spines(canvas, r, angle, own, colours, dice)

    shell = dice.between(0.7, 0.84)
    lobes = dice.between(0.0, 0.22) * dice.coin(0.6)
    outline = shell * (1 + lobes * torch.cos(own.petals * angle))
    distance = canvas.even(outline - r)
    body = canvas.fill(distance)
    inside = (r / outline).clamp(0, 0.995)
    canvas.shade(halo(distance, 0.05) * 0.9)
    canvas.over(body * (0.04 + 0.3 * inside**4), blend(colours.deep, colours.body, inside), 1.0)
    _core(canvas, r / shell, angle, own, colours, dice)

    _windows(canvas, inside, angle, body, own, colours, dice)
    canvas.over(
        body * depth(distance, 0.05) * dice.between(0.6, 1.2), blend(colours.body, colours.second, inside * 0.5)
    )


def _windows(
    canvas: Canvas, inside: Tensor, angle: Tensor, body: Tensor, own: Traits, colours: Palette, dice: Dice
) -> None:
    """Two rings of windows and an opening in a bulging wall, lit from behind."""
    high = 2 / math.pi * torch.asin(inside)
    shape = dice.between(1.4, 3.2)
    frame, arch, phase = dice.between(0.74, 0.9), dice.between(-0.12, 0.22), dice.coin()
    inner = dice.between(0.2, 0.28)
    middle = dice.between(0.54, 0.64)
    wall = dice.between(0.15, 0.55)
    field = torch.full_like(inside, -1.0)
    for index, (low, top) in enumerate(((inner, middle), (middle, torch.full_like(middle, 0.97)))):
        double = index * (own.petals <= 5) * (shape > 2.0)
        place = sector(angle, own.petals * (1 + double), phase + index)
        level = (high - (low + top) / 2 + arch * (place * place - 0.3) * 0.5) / ((top - low) * 0.5 * frame)
        cell = 1 - ((place / frame).abs() ** shape + level.abs() ** shape).clamp_min(1e-6) ** (1 / shape)
        field = torch.maximum(field, cell * (top - low))
    field = torch.maximum(field, inner * dice.between(0.6, 0.95) - high)
    distance = canvas.even(field)
    window = canvas.fill(distance) * body
    lamp = (1.1 - high).clamp_min(0)
    canvas.shade((body - window) * 0.9)
    canvas.over((body - window) * (0.05 + wall * lamp**2), blend(colours.second, colours.body, smooth(high * 1.4)), 0.0)
    outer = smooth(high * 2.2 - 0.5)
    canvas.shade(window * 0.6 * outer)
    canvas.over(
        window * (0.1 + 0.8 * lamp**2) * outer, blend(colours.accent, colours.second, smooth(high * 2.2 - 1)), 0.0
    )
    canvas.over(bump(distance, 0.026) * body * (0.2 + 0.5 * lamp), colours.body, 0.5)


def _spines(canvas: Canvas, r: Tensor, angle: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    place = sector(angle, own.petals, dice.coin())
    sharp = dice.between(0.4, 0.95)
    reach = 0.3 + 0.69 * (1 - place.abs() / sharp).clamp_min(0) ** dice.between(0.8, 1.5)
    distance = canvas.even(reach - r)
    body = canvas.fill(distance)
    canvas.over(body * (0.1 + 0.6 * r), blend(colours.deep, colours.second, smooth(r * 2 - 1)), 1.0)
    canvas.over(body * depth(distance, 0.03) * 0.8, colours.second, 0.3)
    canvas.over(body * bump(place, 0.15 * sharp) * 0.7, colours.accent, 0.3)


def _core(canvas: Canvas, r: Tensor, angle: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    place = sector(angle, own.petals, dice.coin())
    reach = dice.between(0.4, 0.72) * petal(place, dice.between(0.4, 0.9), 2.2, 0.7)
    along = r / reach
    body = canvas.fill(canvas.even(reach - r), 0.04)
    canvas.over(body * (1.4 - along).clamp_min(0.1), blend(colours.pale, colours.accent, smooth(along * 1.3)), 0.8)
    canvas.over(bump(r, 0.5) * 0.5, colours.accent, 0.0)
