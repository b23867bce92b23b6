"""Where a kind is drawn: coordinate planes, light laid over light, and the shapes that several kinds use. Any thread.

Shapes are fields: positive inside, zero on the outline, measured in half frames (the frame runs from -1 to 1, y down).
"""

import math

import torch
from torch import Tensor


class Canvas:
    """A batch of n black frames of side s. `x`, `y` are planes (n, s, s); `light` is linear sRGB (n, 3, s, s)."""

    def __init__(self, count: int, side: int, device: torch.device) -> None:
        axis = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) / side * 2 - 1
        row, column = torch.meshgrid(axis, axis, indexing="ij")
        self.x = column.expand(count, side, side)
        self.y = row.expand(count, side, side)
        self.pixel = 2.0 / side
        self.light = torch.zeros(count, 3, side, side, device=device)

    def posed(self, lean: Tensor, scale: Tensor | float = 1.0) -> tuple[Tensor, Tensor]:
        """x and y turned by `lean` radians and divided by `scale`."""
        cos, sin = lean.cos() / scale, lean.sin() / scale
        return cos * self.x - sin * self.y, sin * self.x + cos * self.y

    def over(self, density: Tensor, colour: Tensor, cover: Tensor | float = 1.0) -> None:
        """Lay light of `colour` by `density` (n, s, s); what lies below shows by 1 - cover * density (clipped)."""
        self.shade(density * cover)
        self.light.addcmul_(colour, density[:, None])

    def shade(self, density: Tensor) -> None:
        """Darken by 1 - density."""
        self.light.mul_((1 - density).clamp(0, 1)[:, None])

    def even(self, field: Tensor) -> Tensor:
        """About the distance to the field's outline: the field divided by its slope."""
        step = 2 * self.pixel
        across = torch.empty_like(field)
        down = torch.empty_like(field)
        torch.sub(field[:, :, 2:], field[:, :, :-2], out=across[:, :, 1:-1])
        torch.sub(field[:, 2:], field[:, :-2], out=down[:, 1:-1])
        across[:, :, 0], across[:, :, -1] = across[:, :, 1], across[:, :, -2]
        down[:, 0], down[:, -1] = down[:, 1], down[:, -2]
        slope = across.square_().add_(down.square_()).sqrt_().div_(step)
        return field / slope.clamp_min_(0.35)

    def fill(self, distance: Tensor, soft: Tensor | float = 0.0) -> Tensor:
        """1 inside, 0 outside, over about two pixels (or over `soft`)."""
        return smooth(distance / (soft + 2 * self.pixel) + 0.5)


def smooth(value: Tensor) -> Tensor:
    """0 below 0, 1 above 1, and an S between."""
    value = value.clamp(0, 1)
    return value * value * (3 - 2 * value)


def bump(distance: Tensor, width: Tensor | float) -> Tensor:
    """A bell of about that half width, nothing beyond twice of it."""
    # Not exp: what is far off would be a denormal, and those cost a processor ten times as much.
    scaled = distance * (0.5 / width)
    return (1 - scaled * scaled).clamp_min_(0).pow(3)


def halo(distance: Tensor, width: Tensor | float) -> Tensor:
    """1 inside, falling off outside within three times `width`."""
    return (distance * ((1 / 3) / width) + 1).clamp_(0, 1).pow(3)


def depth(distance: Tensor, width: Tensor | float) -> Tensor:
    """1 on the outline, falling off inwards within three times `width`: how a membrane brightens towards its edge."""
    return (1 - distance * ((1 / 3) / width)).clamp_(0, 1).pow(3)


def blend(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """From colour to colour (n, 3, 1, 1) by a plane (n, s, s): (n, 3, s, s)."""
    return torch.addcmul(first, second - first, share[:, None])


def mirrored(x: Tensor, round_off: float = 0.004) -> Tensor:
    """|x| without the crease."""
    return (x * x + round_off * round_off).sqrt()


def polar(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Radius, and angle from straight up, growing clockwise."""
    return (x * x + y * y + 1e-8).sqrt(), torch.atan2(x, -y)


def sector(angle: Tensor, count: Tensor | float, phase: Tensor | float = 0.0) -> Tensor:
    """Place in one of `count` equal sectors: 0 in its middle, -1 and 1 at its borders. Phase 1 is half a sector."""
    turns = angle * (count / (2 * math.pi)) + phase * 0.5
    return (turns - torch.floor(turns + 0.5)) * 2


def petal(place: Tensor, inner: Tensor | float, broad: Tensor | float, blunt: Tensor | float) -> Tensor:
    """How far a petal reaches at a place across it: 1 in the middle, `inner` at the borders.

    `broad` above 2 widens it, `blunt` below 1 rounds its tip off and above 1 draws it out.
    """
    across = place.abs().clamp_min(1e-3)
    return inner + (1 - inner) * (1 - across**broad).clamp_min(1e-4) ** blunt


def mouthful(across: Tensor, down: Tensor, width: Tensor | float, height: Tensor | float) -> Tensor:
    """A lens: two arcs that meet at left and right."""
    return height * (1 - (across / width) ** 2) - down.abs()
