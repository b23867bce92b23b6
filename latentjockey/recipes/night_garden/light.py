"""The light that all kinds share: palettes in OKLab, glow, tone curve, area filter. Pure functions; any thread.

OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from latentjockey.recipes.night_garden.chance import Dice

EXPOSURE = 1.65
GLOW = 0.17
GLOW_GRID = 32
#: In cells of that grid.
GLOW_REACH = 1.5
SATURATION = 1.25
#: A little less lift than sRGB, so that what is nearly dark is dark on a stage.
DISPLAY = 1 / 2
LUMA = (0.2126, 0.7152, 0.0722)


def linear_from_oklch(lightness: Tensor, chroma: Tensor, hue: Tensor) -> Tensor:
    """Linear sRGB, last axis 3, unclipped. Hue in radians."""
    a, b = chroma * hue.cos(), chroma * hue.sin()
    l3 = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m3 = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s3 = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3
    green = -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3
    blue = -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3
    return torch.stack([red, green, blue], -1)


def vivid(lightness: Tensor, share: Tensor, hue: Tensor) -> Tensor:
    """Colours with `share` (0..1) of the chroma that sRGB can show at this lightness and hue: (..., 3), linear."""
    low, high = torch.zeros_like(hue), torch.full_like(hue, 0.4)
    for _ in range(9):
        middle = (low + high) / 2
        rgb = linear_from_oklch(lightness, middle, hue)
        inside = ((rgb >= 0) & (rgb <= 1)).all(-1)
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    return linear_from_oklch(lightness, low * share, hue).clamp(0, 1)


def ripe(hue: Tensor) -> Tensor:
    """Whether a hue is strongest light (yellow, 1) or dark (blue, -1): dark yellow is mud, light blue is milk."""
    return (hue - 2.1).cos()


@dataclass(frozen=True, slots=True)
class Palette:
    """Five colours that belong together, linear sRGB (n, 3, 1, 1)."""

    deep: Tensor
    body: Tensor
    second: Tensor
    accent: Tensor
    pale: Tensor


@dataclass(frozen=True, slots=True)
class Traits:
    """What every kind has: float32 (n, 1, 1) each. `hue` and `interval` in turns, the rest as the kinds use them."""

    hue: Tensor
    interval: Tensor
    chroma: Tensor
    lightness: Tensor
    petals: Tensor
    size: Tensor
    tilt: Tensor
    lean: Tensor


# Turns between the first colour and the second: neighbours, thirds, a split complement, opposites.
INTERVALS = (0.09, -0.09, 0.17, -0.17, 0.33, -0.33, 0.43, 0.5)


def traits(dice: Dice) -> Traits:
    """The first throws of every picture, so that labels can be told without drawing."""
    which = dice.whole(0, len(INTERVALS) - 1).long()
    interval = torch.tensor(INTERVALS, device=which.device)[which]
    return Traits(
        hue=dice.throw(),
        interval=interval + dice.between(-0.03, 0.03),
        chroma=1 - 0.5 * dice.throw() ** 2.5,
        lightness=dice.between(-0.07, 0.08),
        petals=dice.whole(3, 9),
        size=dice.between(0.93, 1.02),
        tilt=dice.throw(),
        lean=dice.between(-0.09, 0.09),
    )


def palette(own: Traits, dice: Dice) -> Palette:
    """Colours of one picture: dark and full, a body, a second hue, an accent across the wheel, and a pale light."""
    turn = 2 * math.pi
    first, step = own.hue * turn, own.interval * turn
    full = own.chroma
    across = step + turn * dice.between(0.25, 0.5) * dice.sign()
    hues = (first - 0.35 * step, first, first + step, first + across, first + step * dice.throw())
    tones = ((0.42, 0.4), (0.61, 1.0), (0.66, 1.0), (0.72, 1.0), (0.92, 0.3))
    lightness = [
        base + own.lightness * far + 0.09 * far * ripe(hue) for (base, far), hue in zip(tones, hues, strict=True)
    ]
    share = (full, full, full, 0.4 + 0.6 * full, 0.8 * full)
    hue = torch.cat(hues, 1)
    five = vivid(torch.cat(lightness, 1), torch.cat(share, 1), hue)
    return Palette(*(five[:, index, 0, :, None, None] for index in range(5)))


def _glow_steps(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Matrices that gather light into a coarse grid (GLOW_GRID, side) and spread it again (side, GLOW_GRID)."""
    fine = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * (GLOW_GRID / side)
    coarse = torch.arange(GLOW_GRID, device=device, dtype=torch.float32) + 0.5
    apart = fine[None] - coarse[:, None]
    bell = torch.exp(-((apart / GLOW_REACH) ** 2).clamp_max(60))
    return bell / bell.sum(1, keepdim=True), (bell / bell.sum(0)).T


def finish(light: Tensor, size: int, window: Tensor | float = 1.0) -> Tensor:
    """From linear light (n, 3, s, s) to uint8 (n, 3, size, size): glow, tone curve, area filter, gamma.

    `window` (s, s) is how much light passes where.
    """
    gather, spread = _glow_steps(light.shape[-1], light.device)
    glow = spread @ (gather @ light @ gather.T) @ spread.T
    shown = 1 - torch.exp(torch.add(light, glow, alpha=GLOW).mul_(window * -EXPOSURE))
    step = light.shape[-1] // size
    shown = avg_pool2d(shown, step)
    grey = (shown * torch.tensor(LUMA, device=light.device)[:, None, None]).sum(1, keepdim=True)
    shown = torch.lerp(grey, shown, SATURATION).clamp_(0, 1)
    return (shown**DISPLAY * 255).round_().to(torch.uint8)
