"""Movements as records: what a glide or a running phase is at time t follows from the record alone.

Pure; any thread. Nothing accumulates, so a restart, a preset or a second render continues the same movement.
Times are seconds on whatever clock the caller keeps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Beyond this a phase carries no fraction; the bound only keeps sums of phases finite.
_FARTHEST_PHASE = 1e300

CURVES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {
        "linear": lambda s: s,
        "smooth": lambda s: s * s * (3.0 - 2.0 * s),  # smoothstep: starts and ends at rest
        "ease": lambda s: 1.0 - (1.0 - s) ** 3,  # answers at once, arrives softly
    }
)


@dataclass(frozen=True, slots=True)
class Glide:
    """A way from one position to another: start and duration in seconds, curve one of `CURVES`.

    Raises ValueError for an unknown curve.
    """

    start: float
    duration: float
    curve: str

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise ValueError(f"There is no glide curve {self.curve!r}; there are {', '.join(CURVES)}.")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A phase that runs at `rate` per second and had the value `phase` at `time`."""

    phase: float
    time: float
    rate: float


def glide_fraction(glide: Glide, t: float) -> float:
    """How much of the way is done at time t: 0 before the start, 1 after the end, rising in between.

    A glide without duration is done at any time: a frame stamped just before the record was made must not
    flash back to where the glide came from.
    """
    if glide.duration <= 0.0:
        return 1.0
    done = (t - glide.start) / glide.duration
    return CURVES[glide.curve](min(max(done, 0.0), 1.0))


def waits_for_glide(glide: Glide, t: float) -> bool:
    """Whether a walk still waits for the end of this glide at time t."""
    return glide.duration > 0.0 and t < glide.start + glide.duration


def phase_at(anchor: Anchor, t: float) -> float:
    """The phase at time t."""
    phase = anchor.phase + anchor.rate * (t - anchor.time)
    return min(max(phase, -_FARTHEST_PHASE), _FARTHEST_PHASE)


def reanchor(anchor: Anchor, t: float, rate: float) -> Anchor:
    """The same phase at time t, running on at another rate: changing speed never jumps."""
    return Anchor(phase_at(anchor, t), t, rate)
