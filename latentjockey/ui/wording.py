"""Numbers as the surface says them. Pure text, no Qt."""

from __future__ import annotations

import math

from latentjockey.control.source import GHOST, LOOP, MORPH
from latentjockey.control.spec import ControlSpec, Kind

_THIN = "\u2009"
_PLAYERS = frozenset({GHOST.name, LOOP.name, MORPH.name})


def number_text(value: float, *, whole: bool = False) -> str:
    """A number in at most about seven signs: ``0.82``, ``−1.40``, ``20 481``, ``1.5e+09``."""
    size = abs(value)
    if whole or (size >= 1e4 and value == int(value) and size < 1e9):
        text = f"{int(value):,}".replace(",", _THIN) if size < 1e9 else f"{value:.3g}"
    elif size >= 1e5 or (0 < size < 0.0005):
        text = f"{value:.2e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    elif size < 0.01 and size:
        text = f"{value:.4f}"
    else:
        text = f"{value:.2f}" if size < 99.995 else f"{value:.1f}" if size < 9999.5 else f"{value:.0f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", "−")


def value_text(spec: ControlSpec, value: float | str) -> str:
    """The value with its unit, as a control shows it."""
    if isinstance(value, str):
        return value
    if spec.kind is Kind.BOOL:
        return "on" if value else "off"
    if spec.kind is Kind.CHOICE:
        index = int(value)
        return spec.choices[index] if 0 <= index < len(spec.choices) else f"choice {index}"
    text = number_text(value, whole=spec.kind is Kind.INT)
    if spec.unit in ("", "seed"):
        return text
    return text + spec.unit if spec.unit in ("°", "%", "×") else f"{text}{_THIN}{spec.unit}"


def typed_text(spec: ControlSpec, value: float) -> str:
    """The value as a person would type it: every digit, no grouping."""
    if spec.kind in (Kind.INT, Kind.CHOICE, Kind.BOOL):
        return f"{int(value)}"
    text = f"{value:.10g}"
    return text if math.isfinite(float(text)) else repr(value)  # rounding up the largest number leaves the numbers


def from_typing(spec: ControlSpec, text: str) -> str:
    """What a person typed, made fit for the bay: decimal comma, typographic minus, grouping and unit taken away.

    Words pass through, for seeds and choices; what they mean is the bay's to say.
    """
    plain = text.strip().replace("−", "-")
    if spec.unit and spec.unit != "seed" and plain.lower().endswith(spec.unit.lower()):
        plain = plain[: -len(spec.unit)].strip()
    figures = plain.replace(_THIN, "").replace(" ", "").replace("\u00a0", "")
    if figures.count(",") == 1 and "." not in figures:
        figures = figures.replace(",", ".")
    try:
        float(figures)
    except ValueError:
        return plain
    return figures


def held_text(holder: str) -> str:
    """Who holds a control, in words: ``plays: loop``, ``held by osc 127.0.0.1:9001``, ``nobody holds it``."""
    if not holder:
        return "nobody holds it"
    return f"plays: {holder}" if holder in _PLAYERS else f"held by {holder}"


def range_text(lo: float, hi: float) -> str:
    """A nominal range: ``−1.00 … 2.00``."""
    return f"{number_text(lo)} … {number_text(hi)}"


def beats_text(beats: float) -> str:
    """A length in beats: ``4 beats``, ``1 beat``, ``½ beat``."""
    if beats == 0.5:
        return "½ beat"
    count = f"{beats:g}"
    return f"{count} beat" if count == "1" else f"{count} beats"


def message_text(address: str, spec: ControlSpec, value: float | str) -> str:
    """The OSC message that sets the control to where it is, as one writes it: ``/deck/a/psi 1.25``."""
    if spec.kind is Kind.TRIGGER:
        return f"{address} 1"
    if isinstance(value, str):
        return f'{address} "{value}"' if not value or " " in value else f"{address} {value}"
    return f"{address} {typed_text(spec, value)}"
