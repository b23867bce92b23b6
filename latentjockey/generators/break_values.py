"""What the break rack is asked to do, as plain numbers: no torch, no state. Any thread."""

from __future__ import annotations

from dataclasses import dataclass, field

FARTHEST = 1.0e4
"""Beyond this a break's value changes nothing more: sums stay finite."""


@dataclass(frozen=True, slots=True)
class BandBreak:
    """What happens to the feature maps of one band. Any finite numbers; the defaults change nothing.

    ``gain`` is how many times as loud the band leaves as it would; ``rotate`` turns its maps anticlockwise, in degrees;
    ``invert`` turns every channel over about its own mean (½ is flat, 1 the negative, beyond goes on); ``threshold``
    silences what is quieter than so many times the layer's rms, and below 0 caps what is louder than ``1 / -threshold``
    times; ``kill`` silences a seeded share of the channels, from 1 to 2 turns them over one after another, and below 0
    begins with those that would die last; ``noise`` adds grain of so many times the layer's rms; ``feedback`` is how
    long the last frame's maps stay, by the same law as the echo (:func:`shares`).
    """

    gain: float = 1.0
    rotate: float = 0.0
    invert: float = 0.0
    threshold: float = 0.0
    kill: float = 0.0
    noise: float = 0.0
    feedback: float = 0.0

    @property
    def active(self) -> bool:
        """Whether anything differs from neutral."""
        return self != NEUTRAL

    @property
    def moving(self) -> bool:
        """Whether the next frame differs from this one although no value does."""
        return self.noise != 0.0 or self.feedback != 0.0


NEUTRAL = BandBreak()


@dataclass(frozen=True, slots=True)
class Breaks:
    """The whole rack: three bands, the ``seed`` of shares and grain, and ``blend``, the way from this network's weights
    (0) to another's (1), which goes on beyond both."""

    coarse: BandBreak = field(default=NEUTRAL)
    middle: BandBreak = field(default=NEUTRAL)
    fine: BandBreak = field(default=NEUTRAL)
    seed: int = 1
    blend: float = 0.0

    @property
    def bands(self) -> tuple[BandBreak, BandBreak, BandBreak]:
        return self.coarse, self.middle, self.fine

    @property
    def active(self) -> bool:
        """Whether the picture differs from the whole one."""
        return self.blend != 0.0 or any(band.active for band in self.bands)

    @property
    def moving(self) -> bool:
        """Whether the next frame differs from this one although no value does."""
        return any(band.moving for band in self.bands)


def bounded(number: float) -> float:
    """``number`` within ±FARTHEST."""
    return max(-FARTHEST, min(FARTHEST, number))
