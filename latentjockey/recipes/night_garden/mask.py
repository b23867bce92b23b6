"""Masks: mirrored superellipses with a collar, an unearthly skin, petal make-up and great luminous eyes."""

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
    mouthful,
    petal,
    polar,
    sector,
    smooth,
)
from latentjockey.recipes.night_garden.chance import Dice
from latentjockey.recipes.night_garden.light import Palette, Traits


def mask(canvas: Canvas, own: Traits, colours: Palette, dice: Dice) -> None:
    """One face per picture. `petals` counts the petals of the make-up; `size` is the head."""
    x, y = canvas.posed(own.lean, own.size)
    side = mirrored(x)
    _collar(canvas, x, y, own, colours, dice)

    width, height = dice.between(0.6, 0.8), dice.between(0.84, 0.94)
    jaw, power = dice.between(-0.1, 0.5), dice.between(1.9, 3.2)
    narrowed = width * (1 - jaw * smooth(y * 0.8 + 0.2))
    head = ((side / narrowed) ** power + ((y + 0.02).abs() / height) ** power).clamp_min(1e-6) ** (1 / power)
    distance = canvas.even(1 - head)
    body = canvas.fill(distance)
    canvas.shade(halo(distance, 0.06) * 0.97)
    lit = dice.between(0.14, 0.5) * (1.3 - head.clamp(0, 1))
    grain = math.pi * dice.whole(2, 5) * head + dice.between(-1.6, 1.6) * torch.cos(dice.between(2.0, 4.5) * y)
    bands = (0.5 + 0.5 * torch.cos(2 * grain)) ** dice.between(1.0, 3.0)
    skin = lit * (0.6 + 0.4 * bands) + dice.between(0.1, 0.55) * bands
    canvas.over(body * skin.clamp_min(0.05), blend(colours.body, colours.deep, smooth(head * 1.4 - 0.4)), 1.6)
    canvas.over(body * depth(distance, 0.05) * dice.between(0.6, 1.3), blend(colours.body, colours.second, head * 0.5))

    eye_x, eye_y = dice.between(0.29, 0.35), dice.between(-0.18, -0.04)
    _paint(canvas, body, side, y, eye_x, eye_y, own, colours, dice)
    _nose(canvas, side, y, eye_y, colours, dice)
    _mouth(canvas, body, side, y, eye_y, colours, dice)
    _eyes(canvas, side, y, eye_x, eye_y, colours, dice)


def _collar(canvas: Canvas, x: Tensor, y: Tensor, own: Traits, colours: Palette, dice: Dice) -> None:
    """Petals, rays or horns behind the head, all round or only above."""
    r, angle = polar(x, y + 0.12)
    count = own.petals + dice.whole(2, 5)
    place = sector(angle, count, dice.coin())
    above = dice.coin(0.5)
    keep = 1 - above * (1 - smooth((math.pi * 0.55 - angle.abs()) / 0.5))
    reach = petal(place, dice.between(0.3, 0.8), dice.between(1.0, 3.0), dice.between(0.5, 1.2))
    reach = reach * keep * dice.between(0.84, 0.96)
    along = r / reach.clamp_min(0.05)
    distance = canvas.even(reach - r)
    body = canvas.fill(distance) * dice.coin(0.85)
    ribs = 0.6 + 0.4 * torch.cos(2 * math.pi * place)
    canvas.over(body * ribs * (0.15 + 0.7 * along**3), blend(colours.deep, colours.second, smooth(along * 2 - 1)))
    canvas.over(body * depth(distance, 0.035) * 0.9, colours.second, 0.3)


def _paint(
    canvas: Canvas,
    body: Tensor,
    side: Tensor,
    y: Tensor,
    eye_x: Tensor,
    eye_y: Tensor,
    own: Traits,
    colours: Palette,
    dice: Dice,
) -> None:
    """Whorls round the eyes, a mark on the brow, tears, discs on the cheeks."""
    r, angle = polar((side - eye_x) / dice.between(1.0, 1.25), y - eye_y)
    place = sector(angle + dice.between(-0.4, 0.4), own.petals)
    reach = dice.between(0.3, 0.5) * petal(place, dice.between(0.45, 0.9), dice.between(1.4, 3.0), 0.7)
    distance = canvas.even(reach - r)
    whorl = canvas.fill(distance) * body
    along = r / reach
    canvas.over(whorl * (0.25 + 0.75 * along**2) * dice.between(0.6, 1.1), colours.second, 1.3)
    canvas.over(whorl * depth(distance, 0.03) * dice.between(0.0, 0.8), colours.second, 0.3)

    tears = (side - eye_x - dice.between(-0.05, 0.08)).abs()
    fall = (y - eye_y) / dice.between(0.4, 0.7)
    drop = canvas.fill(canvas.even(0.055 * (1 - fall).clamp_min(0) ** 0.6 - tears)) * smooth(fall * 6) * (fall < 1)
    canvas.over(drop * body * dice.coin(0.3) * 0.9, colours.accent, 1.0)

    mark_y = dice.between(-0.62, -0.46)
    m, turn = polar(side, (y - mark_y) / dice.between(1.0, 1.8))
    mark = dice.between(0.09, 0.16) * (1 + dice.between(0.0, 0.4) * torch.cos(dice.whole(3, 6) * turn))
    within = canvas.fill(canvas.even(mark - m)) * dice.coin(0.65)
    canvas.over(within * (1.3 - m / mark).clamp_min(0.3), colours.accent, 1.3)

    cheek = ((side - dice.between(0.34, 0.44)) ** 2 + (y - dice.between(0.24, 0.34)) ** 2).sqrt()
    canvas.over(bump(cheek, dice.between(0.09, 0.16)) * body * dice.between(0.0, 0.9), colours.accent, 0.5)

    arch = dice.between(-0.6, 0.9)
    off = side - eye_x
    brow = y - (eye_y - dice.between(0.3, 0.36)) - arch * off - dice.between(-1.0, 1.6) * off * off
    thick = dice.between(0.03, 0.06) * (1 - (off / 0.27) ** 2)
    canvas.over(canvas.fill(canvas.even(thick - brow.abs())) * body * dice.coin(0.35), colours.second, 1.0)


def _nose(canvas: Canvas, side: Tensor, y: Tensor, eye_y: Tensor, colours: Palette, dice: Dice) -> None:
    down = (y - eye_y + 0.08) / dice.between(0.42, 0.52)
    inside = smooth(down * 4) * smooth((1 - down) * 9)
    flank = side - 0.045 - dice.between(0.04, 0.1) * down.clamp(0, 1) ** 2
    canvas.shade(bump(flank - 0.035, 0.03) * inside * 0.7)
    canvas.over(bump(flank, 0.022) * inside * dice.between(0.3, 0.8), colours.second, 0.0)
    canvas.over(bump(side, 0.035) * inside * dice.between(0.2, 0.7), colours.pale, 0.0)


def _mouth(canvas: Canvas, body: Tensor, side: Tensor, y: Tensor, eye_y: Tensor, colours: Palette, dice: Dice) -> None:
    sings = dice.coin(0.35)
    width, height = dice.between(0.15, 0.28) - 0.06 * sings, dice.between(0.06, 0.11) + 0.07 * sings
    lip_y = eye_y + dice.between(0.56, 0.66)
    bent = y - lip_y - dice.between(-0.7, 0.5) * (side * side - 0.02)
    bow = 1 - 0.35 * bump(side, 0.06) * (bent < 0)
    lens = mouthful(side, bent, width, height * bow)
    round_ = height * (1 - ((side / width) ** 2 + (bent / height) ** 2 + 1e-6).sqrt())
    distance = canvas.even(torch.lerp(lens, round_, sings))
    lips = canvas.fill(distance)
    canvas.shade(halo(distance, 0.04) * 0.8)
    canvas.over(lips * (0.5 + 0.5 * depth(distance, 0.04)), colours.accent, 1.2)
    part = dice.between(0.05, 0.35)
    lens = mouthful(side, bent, width * 0.85, height * part)
    gap = canvas.fill(canvas.even(torch.lerp(lens, round_ - height * 0.35, sings)))
    canvas.shade(gap * 0.95)
    canvas.over(bump(side, 0.08) * bump(bent - height * 0.7, 0.03) * 0.5, colours.pale, 0.0)


def _eyes(canvas: Canvas, side: Tensor, y: Tensor, eye_x: Tensor, eye_y: Tensor, colours: Palette, dice: Dice) -> None:
    width, height = dice.between(0.24, 0.29), dice.between(0.12, 0.24)
    u = side - eye_x
    v = y - eye_y + dice.between(-0.3, 0.35) * u
    distance = canvas.even(mouthful(u, v, width, height))
    opening = canvas.fill(distance)
    canvas.shade(halo(distance, 0.05) * 0.95)
    dark = dice.coin(0.7)
    canvas.over(opening * (1 - 0.93 * dark) * (0.75 + 0.5 * (v / height + 0.3)).clamp(0.3, 1.1), colours.pale, 1.5)
    r = (u * u + v * v).sqrt()
    iris = dice.between(0.13, 0.18)
    within = canvas.fill(iris - r) * opening
    canvas.shade(within)
    burn = 0.35 + 1.1 * smooth(0.5 + v / iris * 0.6) + 0.5 * bump(r / iris - 0.62, 0.14)
    canvas.over(within * burn, blend(colours.accent, colours.second, smooth(r / iris * 1.5 - 0.5)), 0.0)
    canvas.shade(within * bump(r - iris, 0.02) * 0.8)
    slit = dice.between(0.35, 1.0)
    pupil = ((u / slit) ** 2 + v * v).sqrt()
    canvas.shade(canvas.fill(iris * dice.between(0.4, 0.62) - pupil) * opening)
    canvas.over(bump(((u + 0.035) ** 2 + (v + 0.045) ** 2).sqrt(), 0.03) * opening * 1.6, colours.pale, 0.0)
    canvas.over(bump(distance - 0.01, 0.02) * dice.between(0.2, 0.9), colours.accent, 0.3)
