"""Pictures from outside as the beginning of others. Engine process, one thread; tensor operations.

A picture is placed at the model's size, encoded where the model works on latents, and noise is added as loud as its
strength says (Meng et al. 2022, "SDEdit"). Both are held: what did not change is not computed again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, grid_sample, interpolate, pad

from latentjockey.generators.beginning import CROP, LETTERBOX, STRETCH, Beginning
from latentjockey.generators.diffusion.schedule import Schedule

Encode = Callable[[Tensor], Tensor]
"""A picture (1, 3, H, W) from -1 to 1 → its latent (1, C, h, w), as the denoiser knows it."""
FARTHEST = 1e4
"""Strengths reach so far, on both sides."""
_SMALLEST, _LARGEST = 1e-3, 1e3
_FLAT, _BEGINS, _WHOLE = 0.02, 1.5, 3.0
"""The least usual slope; how many times the usual one a line begins at, and is white at."""


class Beginnings:
    """For a denoiser of ``noise`` (C, h, w), each side of it ``scale`` pixels; ``vaes`` are its autoencoders, as many
    as there are decoders, none where it works on pixels. ``calls`` counts what was encoded."""

    def __init__(self, noise: tuple[int, int, int], scale: int, vaes: Sequence[Any], device: torch.device) -> None:
        self._noise, self._device = noise, device
        self._size = noise[2] * scale, noise[1] * scale
        self._encoders = tuple(encode_of(vae) for vae in vaes)
        self._placed: tuple[object, Tensor] | None = None
        self._encoded: tuple[object, Tensor] | None = None
        self._heard: tuple[object, Tensor] | None = None
        self.calls = 0

    def picture(self, beginning: Beginning) -> Tensor:
        """The picture (1, 3, H, W) from -1 to 1 at the model's size, float32."""
        if self._placed is None or self._placed[0] != beginning.key:
            pixels = torch.from_numpy(beginning.pixels).to(self._device)
            self._placed = beginning.key, placed(pixels, self._size, beginning)
        return self._placed[1]

    def structure(self, beginning: Beginning, *, lines: bool) -> Tensor:
        """The picture as a ControlNet hears it, (1, 3, H, W) from 0 to 1; its ``lines`` alone, white on black."""
        key = (beginning.key, lines)
        if self._heard is None or self._heard[0] != key:
            seen = (self.picture(beginning) + 1.0) / 2.0
            self._heard = key, lines_of(seen) if lines else seen
        return self._heard[1]

    def latent(self, beginning: Beginning, decoder: int) -> Tensor:
        """What the denoiser begins with (1, C, h, w), float32, for pictures that ``decoder`` will draw."""
        which = decoder if 0 <= decoder < len(self._encoders) else 0
        key = (beginning.key, which)
        if self._encoded is None or self._encoded[0] != key:
            self._encoded = key, self._encode(self.picture(beginning), which)
        return self._encoded[1]

    def _encode(self, picture: Tensor, which: int) -> Tensor:
        channels, high, wide = self._noise
        if not self._encoders:
            return picture.mean(1, keepdim=True) if channels == 1 else picture[:, :channels]
        self.calls += 1
        latent = self._encoders[which](picture).float()
        return latent if latent.shape[-2:] == (high, wide) else _resized(latent, wide, high)


def encode_of(vae: Any) -> Encode:
    """How an autoencoder's latents of pictures are had, without chance: the middle of what it deems likely."""
    factor = float(vae.config.get("scaling_factor") or 1.0)
    shift = float(vae.config.get("shift_factor") or 0.0)
    like: Tensor = next(vae.parameters())
    colours = int(vae.config.get("in_channels") or 3)

    def encode(picture: Tensor) -> Tensor:
        heard = (picture.mean(1, keepdim=True) if colours == 1 else picture).to(like)
        made: Any = vae.encode(heard, return_dict=False)[0]
        latent: Tensor = made if isinstance(made, Tensor) else made.mode()
        return (latent - shift) * factor

    return encode


def begun(latent: Tensor, noise: Tensor, schedule: Schedule, strength: float) -> Tensor:
    """What the steps of ``schedule`` begin with: the picture of ``latent`` under held unit ``noise``.

    Beyond strength 1 the trace of the picture in the loudest noise fades, is gone at 2, and is subtracted further on.
    """
    far = min(abs(strength), FARTHEST)
    if not schedule.steps:
        return latent
    beyond = max(0.0, far - 1.0)
    sigma = schedule.steps[0].sigma
    loud = sigma + (schedule.gain - sigma) * min(1.0, beyond)
    return (1.0 - beyond) * latent + loud * noise


def left(latent: Tensor, made: Tensor, strength: float) -> Tensor:
    """What is made of a picture; below strength 0 as far to its other side as it would be from it above."""
    return 2.0 * latent - made if strength < 0.0 else made


def blended(latent: Tensor, position: Tensor, strength: float) -> Tensor:
    """The same where there is no noise to be taken away: straight from the picture's latent to the position's."""
    far = max(-FARTHEST, min(FARTHEST, strength))
    return latent + far * (position - latent)


def lines_of(picture: Tensor) -> Tensor:
    """The lines of a picture (1, 3, H, W), 0 to 1, white on black, whatever its contrast: Sobel's slopes of its
    lightness against the usual slope in it."""
    light = pad(picture.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=picture.device)[None, None]
    slopes = torch.hypot(conv2d(light, across), conv2d(light, across.transpose(-1, -2)))
    usual = slopes.mean().clamp_min(_FLAT)
    return ((slopes / usual - _BEGINS) / (_WHOLE - _BEGINS)).clamp(0.0, 1.0).expand(-1, 3, -1, -1)


def placed(pixels: Tensor, size: tuple[int, int], how: Beginning) -> Tensor:
    """``pixels`` uint8 (3, H, W) at ``size`` (width, height), mirrored, zoomed and turned about its middle, as
    (1, 3, height, width) from -1 to 1. Where it does not reach it is mirrored at its edge; under letterbox, black."""
    width, height = size
    source = pixels[None].float().div(255.0)
    across, down = _reach(source.shape[-1] / source.shape[-2], width / height, how.fit)
    shrink = min(_LARGEST, max(_SMALLEST, 1.0 / max(how.zoom, _SMALLEST)))
    angle = math.radians(math.fmod(how.turn, 360.0))
    if (across, down, shrink, angle) == (1.0, 1.0, 1.0, 0.0):
        made = _resized(source, width, height)
        return (made.flip(-1) if how.mirror else made).mul(2.0).sub(1.0)
    source = _resized(source, *_near(source.shape[-1], source.shape[-2], width, height, across, down, shrink))
    u = (2.0 * torch.arange(width, device=source.device) + 1.0) / width - 1.0
    v = ((2.0 * torch.arange(height, device=source.device) + 1.0) / height - 1.0)[:, None]
    shape = height / width
    x = (math.cos(angle) * u - math.sin(angle) * shape * v) * shrink
    y = (math.sin(angle) / shape * u + math.cos(angle) * v) * shrink
    grid = torch.stack((x * (-across if how.mirror else across), y * down), -1)[None]
    edge = "zeros" if how.fit == LETTERBOX else "reflection"
    made = grid_sample(source, grid, mode="bilinear", padding_mode=edge, align_corners=False)
    return made.mul(2.0).sub(1.0)


def _reach(shape: float, wanted: float, fit: int) -> tuple[float, float]:
    """How much of a picture of ``shape``, width to height, is seen across and down: 1 is all of it."""
    if fit == STRETCH or shape == wanted:
        return 1.0, 1.0
    wide = (shape > wanted) == (fit == CROP)
    return (wanted / shape, 1.0) if wide else (1.0, shape / wanted)


def _near(wide: int, high: int, width: int, height: int, across: float, down: float, shrink: float) -> tuple[int, int]:
    """The size at which a picture is sampled: where it shrinks, about a point for a point, so that none is skipped."""
    return (
        min(wide, max(1, round(width / (across * shrink)))),
        min(high, max(1, round(height / (down * shrink)))),
    )


def _resized(source: Tensor, width: int, height: int) -> Tensor:
    if source.shape[-1] == width and source.shape[-2] == height:
        return source
    smaller = source.shape[-1] >= width and source.shape[-2] >= height
    if smaller:
        return interpolate(source, (height, width), mode="area")
    return interpolate(source, (height, width), mode="bilinear", align_corners=False, antialias=True)
