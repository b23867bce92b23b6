"""Medusae: a glass bell with canals and a burning heart, frilled arms, trailing tentacles."""

import math

import torch
from torch import Tensor

from latentjockey.recipes.night_garden.canvas import Canvas, blend, bump, depth, halo, mirrored, polar, sector, smooth
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits

STRANDS = 5


def medusa(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One medusa per picture. `petals` counts canals and lappets; `tilt` shows the underside."""
    x, y = canvas.posed(own.lean, own.size)
    side = mirrored(x)
    width = dice.between(0.64, 0.94)
    hem = dice.between(-0.22, 0.16)
    sag = 0.05 + 0.17 * own.tilt
    _tentacles(canvas, side, y, width, hem, colours, dice)
    _arms(canvas, side, y, hem, colours, dice)
    _bell(canvas, x, side, y, width, hem, sag, own, colours, dice)


def _tentacles(
    canvas: Canvas, side: Tensor, y: Tensor, width: Tensor, hem: Tensor, colours: Palette, dice: Dice
) -> None:
    long, wave, waves = dice.between(0.7, 0.97), dice.between(0.03, 0.14), dice.between(3.5, 7.0)
    flare, thick = dice.between(-0.35, 0.3), dice.between(0.028, 0.05)
    some, phase, lag = dice.whole(3, STRANDS), dice.between(0, 2 * math.pi), dice.between(0.2, 1.6)
    top = hem - 0.05
    fall = (y - top) / (long - top)
    below = fall.clamp(0, 1)
    light = torch.zeros_like(y)
    tip = torch.zeros_like(y)
    for index in range(STRANDS):
        share = (index + 0.6) / some
        on = (index < some).to(torch.float32)
        at = width * 0.94 * torch.sin(share.clamp_max(1.0) * math.pi / 2)
        centre = at * (1 + flare * below) + wave * below * torch.sin(waves * y + phase + lag * index)
        end = 1 - 0.14 * index * dice.throw()
        half = thick * (1.25 - below / end).clamp_min(0)
        cut = smooth((end - fall) * 12) * smooth(fall * 8) * on
        distance = half - (side - centre).abs()
        light = torch.maximum(light, smooth(distance / 0.03 + 0.5) * cut)
        tip = torch.maximum(tip, bump(side - centre, half * 0.5 + 0.006) * cut)
    canvas.over(light * (1 - 0.55 * below) * 0.8, blend(colours.body, colours.accent, smooth(below * 1.3)))
    canvas.over(tip * (0.6 - 0.4 * below), colours.accent, 0.0)


def _arms(canvas: Canvas, side: Tensor, y: Tensor, hem: Tensor, colours: Palette, dice: Dice) -> None:
    """Frilled ribbons in the middle, front pair over back pair."""
    for index in range(2):
        end = dice.between(0.55, 0.93)
        fall = ((y - hem + 0.12) / (end - hem + 0.12)).clamp(-0.2, 1.2)
        below = fall.clamp(0, 1)
        at = (0.05 + 0.12 * index) + dice.between(0.0, 0.2) * below
        frill = dice.between(0.2, 0.5) * torch.sin(dice.between(9, 15) * y + dice.between(0, 6.28))
        half = dice.between(0.09, 0.15) * (1 - below) ** 0.7 * (1 + frill)
        distance = canvas.even(half - (side - at - 0.05 * frill * below).abs())
        body = canvas.fill(distance) * smooth((1 - fall) * 10) * smooth(fall * 10)
        canvas.shade(halo(distance, 0.04) * 0.8 * (fall > 0) * (fall < 1))
        canvas.over(body * (0.4 - 0.25 * below), blend(colours.second, colours.accent, below), 1.0)
        canvas.over(body * depth(distance, 0.025) * 0.7, blend(colours.second, colours.accent, below), 0.0)


def _bell(
    canvas: Canvas,
    x: Tensor,
    side: Tensor,
    y: Tensor,
    width: Tensor,
    hem: Tensor,
    sag: Tensor,
    own: Traits,
    colours: Palette,
    dice: Dice,
) -> None:
    crown = -dice.between(0.82, 0.95)
    tall = hem - crown
    power = dice.between(1.5, 3.2)
    up = ((hem - y) / tall).clamp_min(0)
    dome = ((side / width) ** power + up**power).clamp_min(1e-6) ** (1 / power)
    across = (x / width).clamp(-0.999, 0.999)
    round_ = (1 - across * across).sqrt()
    around = torch.asin(across)
    lappets = dice.between(0.02, 0.07)
    fringe = lappets * torch.cos(own.petals * 2 * around + math.pi * dice.coin())
    rim_y = hem + sag * round_ + fringe * (0.4 + 0.6 * round_)
    field = torch.minimum((1 - dome) * 0.8, rim_y - y)
    distance = canvas.even(field)
    body = canvas.fill(distance)
    canvas.shade(halo(distance, 0.05) * 0.93)
    near = dome.clamp(0, 1)
    canals = 0.5 + 0.5 * torch.cos(own.petals * 2 * around / (0.55 + 0.45 * smooth(up * 1.4)).clamp_min(0.4))
    glass = 0.08 + 0.5 * near**3 + dice.between(0.15, 0.6) * (canals**2 - 0.2) * (1 - near * 0.5)
    canvas.over(body * glass.clamp_min(0.03), blend(colours.deep, colours.body, smooth(near * 1.1)), 1.0)
    under = ((x / (width * 0.96)) ** 2 + ((y - hem) / sag) ** 2).clamp_min(1e-6).sqrt()
    canvas.over(bump(under - 1, 0.12) * body * 0.5, colours.second, 0.0)
    _heart(canvas, x, y - hem + tall * dice.between(0.3, 0.5), width, body, own, colours, dice)
    band = bump(distance - dice.between(0.07, 0.13), 0.03) * dice.coin(0.5)
    canvas.over(body * band * 0.8, colours.second, 0.3)
    canvas.over(
        body * depth(distance, 0.04) * dice.between(0.9, 1.7), blend(colours.body, colours.pale, 0.6 * up.clamp(0, 1))
    )
    shine = ((side - width * 0.38) / 0.16) ** 2 + ((y - crown - tall * 0.3) / 0.09) ** 2
    canvas.over(torch.exp(-shine.clamp_max(60)) * body * dice.between(0.0, 0.5), colours.pale, 0.0)


def _heart(
    canvas: Canvas, x: Tensor, y: Tensor, width: Tensor, body: Tensor, own: Traits, colours: Palette, dice: Dice
) -> None:
    """Gonads: a clover of rings, foreshortened, with a glow behind."""
    r, angle = polar(x, y / dice.between(0.5, 0.8))
    leaves = (own.petals * 0.6).floor() + 2
    place = sector(angle, leaves, dice.coin())
    radius = width * dice.between(0.36, 0.52)
    reach = radius * (0.55 + 0.45 * torch.cos(place * math.pi / 2))
    along = r / reach
    canvas.over(bump(r, radius * 1.1) * body * 0.6, colours.accent, 0.0)
    ring = bump(along - 0.7, 0.3) * (0.4 + 0.6 * torch.cos(place * math.pi / 2))
    canvas.over(ring * body * dice.between(0.3, 1.0), blend(colours.second, colours.accent, ring), 0.4)
