"""A knob's travel: which value lies at which of its positions, along the control's taper. Pure functions.

Ends that fall (``lo`` above ``hi``) run the taper of the rising ones backwards, so that turning a mapping round never
changes the feel of the knob. Nothing is clamped.
"""

from __future__ import annotations

from latentjockey.control.spec import ControlSpec, to_position, to_value

Ends = tuple[float, float]
"""What the two ends of the travel give, in the control's unit."""


def place(spec: ControlSpec, position: float, ends: Ends) -> float:
    """The value at 0..1 of a travel between ``ends``, along the control's taper; ends may fall."""
    lo, hi = ends
    return to_value(spec, position, lo, hi) if lo <= hi else to_value(spec, 1.0 - position, hi, lo)


def find(spec: ControlSpec, value: float, ends: Ends) -> float:
    """Where on the travel ``value`` lies: the inverse of :func:`place`, 0 for a travel without length."""
    lo, hi = ends
    if abs(hi - lo) <= 1e-12 * max(abs(lo), abs(hi)):
        return 0.0
    return to_position(spec, value, lo, hi) if lo < hi else 1.0 - to_position(spec, value, hi, lo)
