"""Colours of portraits, drawn in OKLCH so that hues are spread evenly over the whole wheel. Pure; any thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Lab = tuple[float, float, float]
"""OKLab: lightness 0..1, green to red, blue to yellow."""
Chance = Callable[[], float]
"""Gives another number in 0..1 on every call."""

BLACK: Lab = (0.0, 0.0, 0.0)


def lch(light: float, chroma: float, turn: float) -> Lab:
    """A colour by lightness 0..1, chroma (sRGB reaches about 0.3) and hue in turns, its chroma lowered until it is one
    that sRGB has; the hue stays. Bottosson, "A perceptual color space for image processing" (2020)."""
    x, y = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    low, high = 0.0, chroma
    if _fits((light, high * x, high * y)):
        return light, high * x, high * y
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if _fits((light, middle * x, middle * y)) else (low, middle)
    return light, low * x, low * y


def wheel(chance: Chance, light: tuple[float, float], chroma: tuple[float, float]) -> Lab:
    """A colour of any hue, each as likely as any other; lightness and chroma evenly between their bounds."""
    return lch(between(chance, *light), between(chance, *chroma), chance())


def apart(draw: Callable[[], Lab], from_these: Sequence[Lab], least: float, tries: int = 12) -> Lab:
    """A colour at least ``least`` from all of these, or the last that was drawn when no try succeeds."""
    colour = draw()
    for _ in range(tries):
        if all(math.dist(colour, other) >= least for other in from_these):
            break
        colour = draw()
    return colour


def between(chance: Chance, low: float, high: float) -> float:
    return low + (high - low) * chance()


def blend(a: Lab, b: Lab, share: float) -> Lab:
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def hexadecimal(colour: Lab) -> str:
    """``#rrggbb`` of sRGB (IEC 61966-2-1); what sRGB does not have is cut off."""
    return "#" + "".join(f"{round(255 * _encoded(min(max(v, 0.0), 1.0))):02x}" for v in _linear(colour))


def _encoded(v: float) -> float:
    return 12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055


def _fits(colour: Lab) -> bool:
    return all(-1e-6 <= v <= 1 + 1e-6 for v in _linear(colour))


def _linear(colour: Lab) -> tuple[float, float, float]:
    light, a, b = colour
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
