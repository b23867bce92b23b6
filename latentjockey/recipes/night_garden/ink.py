"""Marbled ink, full-bleed: folded currents of four inks, about half of the sheets mirrored like a blot."""

import math

import torch

from latentjockey.recipes.night_garden.canvas import Canvas, blend, bump, mirrored, smooth
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def ink(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One sheet per picture. `tilt` is how far the currents carry; it has no petals, and no pose."""
    blot = dice.coin(0.55)
    x = torch.where(blot > 0, mirrored(canvas.x, 0.05), canvas.x)
    y = canvas.y
    carry = 0.45 + 0.55 * own.tilt
    for scale in (1.6, 2.9, 4.6):
        push = carry / scale
        x, y = (
            x + push * torch.sin(scale * y * dice.between(0.8, 1.2) + dice.between(0, 2 * math.pi)),
            y + push * torch.sin(scale * x * dice.between(0.8, 1.2) + dice.between(0, 2 * math.pi)),
        )
    for _ in range(2):
        u, v = x - dice.between(-0.6, 0.6), y - dice.between(-0.6, 0.6)
        turn = dice.between(-3.2, 3.2) * torch.exp(-(u * u + v * v) / dice.between(0.15, 0.5))
        cos, sin = turn.cos(), turn.sin()
        x, y = x + (cos - 1) * u - sin * v, y + sin * u + (cos - 1) * v
    aim = dice.between(0, math.pi)
    flow = x * aim.cos() + y * aim.sin()
    depth = (
        flow * dice.between(3.0, 5.5) + 0.8 * torch.sin(1.7 * (y * aim.cos() - x * aim.sin())) + dice.between(0, 6.28)
    )
    wave = 0.5 + 0.5 * torch.sin(depth)
    other = 0.5 + 0.5 * torch.sin(depth * 0.5 + dice.between(0, 6.28))
    canvas.over(0.05 + 0.8 * wave**1.7, blend(colours.deep, colours.body, wave), 1.0)
    second = smooth((other - dice.between(0.45, 0.62)) * 9)
    canvas.shade(bump(other - 0.5, 0.16) * 0.7)
    canvas.over(second * (0.1 + 0.8 * wave), blend(colours.second, colours.accent, smooth(other * 2 - 1)), 1.0)
    vein = bump(wave - dice.between(0.78, 0.9), 0.07)
    canvas.over(vein * dice.between(0.3, 1.0), colours.pale, 0.6)
    black = smooth((dice.between(0.1, 0.3) - wave) * 8)
    canvas.shade(black * 0.95)
