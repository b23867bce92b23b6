"""Radiolaria: a glass lattice shell round a burning core, with spines; sphere, bell or star."""

import math

import torch

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

    shell = dice.between(0.66, 0.82)
    lobes = dice.between(0.0, 0.2)
    outline = shell * (1 + lobes * torch.cos(own.petals * angle))
    distance = canvas.even(outline - r)
    body = canvas.fill(distance)
    inside = (r / outline).clamp(0, 0.995)
    bulge = torch.asin(inside) / inside.clamp_min(1e-3)
    u, v = x / outline * bulge, y / outline * bulge

    canvas.shade(halo(distance, 0.05) * 0.9)
    canvas.over(body * (0.04 + 0.3 * inside**4), blend(colours.deep, colours.body, inside), 1.0)
    _core(canvas, r / shell, angle, own, colours, dice)

    pattern = torch.zeros_like(r)
    waves = dice.whole(2, 4)
    pitch = dice.between(6.0, 9.0)
    for index in range(4):
        on = (index < waves).to(torch.float32)
        turn = math.pi * index / waves
        pattern = pattern + on * torch.cos(pitch * (u * turn.cos() + v * turn.sin()))
    pattern = pattern / waves
    wall = canvas.even((0.62 - 1.5 / waves).clamp(-0.12, 0.05) + dice.between(-0.12, 0.06) - pattern)
    lattice = body * canvas.fill(wall, 0.02)
    lit = 0.14 + 0.95 * (1 - inside) ** 1.5 + 0.35 * inside**4
    canvas.shade(body * 0.9 * halo(wall, 0.025))
    canvas.over(lattice * lit * 0.8, blend(colours.second, colours.body, smooth(inside * 1.3 - 0.2)), 1.2)
    canvas.over(lattice * depth(wall, 0.02) * (0.25 + lit * 0.6), colours.second, 0.2)
    canvas.over(body * depth(distance, 0.045) * dice.between(0.8, 1.6), blend(colours.body, colours.pale, inside * 0.4))


def _spines(canvas: Canvas, r: torch.Tensor, angle: torch.Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    place = sector(angle, own.petals, dice.coin())
    sharp = dice.between(0.25, 0.6)
    reach = petal(place / sharp.clamp_max(1.0), 0.0, dice.between(1.0, 1.6), dice.between(0.5, 0.9))
    reach = 0.3 + 0.69 * torch.where(place.abs() < sharp, reach, torch.zeros_like(reach))
    distance = canvas.even(reach - r)
    body = canvas.fill(distance)
    canvas.over(body * (0.35 + 0.8 * r), blend(colours.deep, colours.accent, smooth(r * 1.4 - 0.4)), 1.0)
    canvas.over(body * depth(distance, 0.03) * 0.9, colours.accent, 0.3)
    canvas.over(body * bump(place, 0.12) * 0.9, colours.pale, 0.3)


def _core(canvas: Canvas, r: torch.Tensor, angle: torch.Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    place = sector(angle, own.petals, dice.coin())
    reach = dice.between(0.4, 0.72) * petal(place, dice.between(0.4, 0.9), 2.2, 0.7)
    along = r / reach
    body = canvas.fill(canvas.even(reach - r), 0.04)
    canvas.over(body * (1.4 - along).clamp_min(0.1), blend(colours.pale, colours.accent, smooth(along * 1.3)), 0.8)
    canvas.over(bump(r, 0.5) * 0.5, colours.accent, 0.0)
