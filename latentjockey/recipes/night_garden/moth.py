"""Moths: four wings with bands and great eye spots, a furred body, feathered antennae."""

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
    smooth,
)
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def moth(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One moth per picture. `petals` counts the ribs of a wing; `tilt` opens the wings."""
    x, y = canvas.posed(own.lean, own.size)
    side, down = mirrored(x), y + 0.08
    r = (side * side + down * down + 1e-6).sqrt()
    angle = torch.atan2(down, side)
    shared = {
        "broad": dice.between(1.7, 3.4),
        "blunt": dice.between(0.5, 0.95),
        "bands": dice.between(0.2, 0.9),
        "pupil": dice.between(0.25, 0.5),
        "cold": dice.throw(),
        "heat": dice.coin(0.4),
        "rim": dice.between(0.6, 1.4),
        "scallop": dice.between(0.0, 0.05) * dice.coin(0.6),
        "ribs": dice.between(0.1, 0.55),
        "margin": dice.between(0.68, 0.84),
        "edge": dice.between(0.05, 0.6),
    }
    _antennae(canvas, side, y, colours, dice)
    spot = dice.coin(0.6)
    hind = dice.between(0.62, 0.95)
    spread = dice.between(0.5, 0.75)
    tail = dice.between(0.15, 0.55) * dice.coin(0.4)
    reach = (
        torch.minimum(0.9 / hind.cos().clamp_min(0.3), 0.92 / hind.sin()) * dice.between(0.8, 0.95) / (1 + tail * 0.8)
    )
    wing = (side, down, r, angle)
    _wing(canvas, wing, hind, spread, reach, tail, spot, own, (colours.deep, colours.second), colours, shared, dice)
    fore = -dice.between(0.32, 0.72)
    spread = dice.between(0.52, 0.8)
    reach = torch.minimum(0.97 / fore.cos(), 0.86 / (-fore).sin()) * dice.between(0.93, 1.0)
    spot = torch.maximum(1 - spot, dice.coin(0.4))
    none = torch.zeros_like(tail)
    _wing(canvas, wing, fore, spread, reach, none, spot, own, (colours.deep, colours.body), colours, shared, dice)
    _body(canvas, side, y, colours, dice)


def _wing(
    canvas: Canvas,
    wing: tuple[Tensor, Tensor, Tensor, Tensor],
    axis: Tensor,
    spread: Tensor,
    reach: Tensor,
    tail: Tensor,
    spot: Tensor,
    own: Traits,
    tones: tuple[Tensor, Tensor],
    colours: Palette,
    shared: dict[str, Tensor],
    dice: Dice,
) -> None:
    side, down, r, angle = wing
    place = (angle - axis) / spread
    edge = petal(place.clamp(-1, 1), 0.0, shared["broad"], shared["blunt"])
    edge = edge + shared["scallop"] * torch.cos(own.petals * 2 * place) * (place.abs() < 1)
    edge = reach * (edge + tail * bump(place - 0.25, 0.16))
    along = r / edge.clamp_min(0.03)
    distance = canvas.even(edge - r)
    body = canvas.fill(distance)
    canvas.shade(0.9 * halo(distance, 0.06))
    root, tip = tones
    ribs = 0.5 + 0.5 * torch.cos(math.pi * own.petals * place)
    heat = shared["heat"]
    lit = (
        0.08
        + 0.6 * (heat * smooth(1.15 - along) + (1 - heat) * smooth(along * 1.3 - 0.25))
        + shared["ribs"] * (ribs - 0.5)
    )
    canvas.over(body * lit.clamp_min(0.05), blend(root, tip, smooth(along * 1.6 - 0.2)), 1.5)
    margin = smooth((along - shared["margin"]) / 0.06)
    canvas.shade(body * margin * 0.8)
    canvas.over(body * margin * shared["edge"], colours.accent, 0.0)
    band = bump(along - shared["margin"] + 0.2, 0.05)
    canvas.over(body * band * shared["bands"], blend(colours.pale, colours.accent, shared["cold"]), 0.7)
    canvas.over(body * depth(distance, 0.03) * shared["rim"] * 0.7, tip, 0.3)

    at = reach * dice.between(0.52, 0.6)
    aim = axis + dice.between(-0.1, 0.1)
    off = ((side - at * aim.cos()) ** 2 + (down - at * aim.sin()) ** 2 + 1e-6).sqrt()
    size = dice.between(0.15, 0.25) * (0.6 + 0.4 * reach) * spot + 1e-3
    here = body * spot
    away = off / size
    canvas.shade(here * smooth(2.6 - 2 * away) * 0.9)
    canvas.over(here * bump(away - 0.92, 0.2) * 0.9, colours.accent, 0.0)
    canvas.over(
        here * bump(away - 0.5, 0.28) * (0.75 + 0.5 * smooth(0.5 + (down - at * aim.sin()) / size)), colours.second, 0.0
    )
    canvas.shade(here * canvas.fill(size * shared["pupil"] - off))
    glint = ((side - at * aim.cos() + size * 0.16) ** 2 + (down - at * aim.sin() + size * 0.2) ** 2).sqrt()
    canvas.over(here * bump(glint, size * 0.16) * 1.2, colours.pale, 0.0)


def _antennae(canvas: Canvas, side: Tensor, y: Tensor, colours: Palette, dice: Dice) -> None:
    up = (-y - 0.3) / dice.between(0.4, 0.58)
    centre = 0.04 + dice.between(0.18, 0.42) * up.clamp(0, 1.2) ** dice.between(0.7, 1.5)
    width = dice.between(0.03, 0.075) * torch.sin(math.pi * up.clamp(0, 1)).clamp_min(0) + 0.006
    inside = smooth(up * 8) * smooth((1 - up) * 12)
    distance = canvas.even(width - (side - centre).abs())
    canvas.over(canvas.fill(distance) * inside * 0.7, colours.second)
    canvas.over(bump(side - centre, 0.018) * inside * 0.9, colours.pale, 0.0)


def _body(canvas: Canvas, side: Tensor, y: Tensor, colours: Palette, dice: Dice) -> None:
    """One furred spindle, ringed below, with a burning pair of eyes."""
    length, thick = dice.between(0.4, 0.64), dice.between(0.085, 0.13)
    down = ((y + 0.34) / (length + 0.34)).clamp(0, 1)
    chest = bump(down - 0.28, 0.2)
    half = thick * (0.75 * (down * (1 - down) * 4).clamp_min(0) ** 0.6 + 0.5 * chest)
    distance = canvas.even(half - side)
    inside = canvas.fill(distance) * smooth((y + 0.345) * 30) * smooth((length - y) * 30)
    canvas.shade(halo(distance, 0.03) * smooth((y + 0.42) * 12) * smooth((length + 0.06 - y) * 12) * 0.95)
    rings = 0.5 + 0.5 * torch.cos(2 * math.pi * dice.whole(5, 8) * down)
    canvas.over(inside * (0.1 + 0.5 * rings * smooth(down * 4 - 1.6)), colours.second, 0.5)
    canvas.over(inside * chest * 0.5, blend(colours.body, colours.second, chest), 0.3)
    canvas.over(inside * depth(distance, 0.03) * 0.8, colours.accent, 0.2)
    eye = ((side - thick * 0.55) ** 2 + (y + 0.27) ** 2).sqrt()
    canvas.over(bump(eye, 0.04) * 1.8, colours.pale, 0.5)
