"""What the ghost performer plays: levels and presses, as a function of a seed and the beat alone. Pure; any thread.

Time is counted in bars of four beats. Crossfades land on every fourth bar; on most bars one event begins, and the rest
is slow swaying. Levels are where controls would be; whoever plays them begins from where they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from latentjockey.control.names import BANDS, DECKS
from latentjockey.modulation.gesture import BAR, blended, eased

PHRASE = 4
"""Bars from one landing of the crossfader to the next."""

SWAYING = 4
"""How many directions sway on each deck."""

_LONGEST_EVENT = 5
_DRAWS = 8

_KINDS = (
    ("cue", 0.30),
    ("dip", 0.13),
    ("invert", 0.09),
    ("boost", 0.08),
    ("reach", 0.11),
    ("break", 0.06),
    ("echo", 0.08),
    ("rest", 0.15),
)
_REHEARSED = ("mutate", "randomise", "breed", "preset", "loop", "focus", "view")
"""What is pressed besides, where the whole surface is to be played."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button at the beginning of ``bar``; ``beats`` is how long what it sets in motion takes, ``draw`` 0..1 chooses
    where there is a choice."""

    bar: int
    kind: str
    deck: str
    beats: float
    draw: float


@dataclass(frozen=True, slots=True)
class _Swell:
    """A control goes ``height`` up and comes back: times in bars from the event's beginning."""

    address: str
    height: float
    up: float
    stay: float
    down: float

    def level(self, bars: float) -> float:
        if bars < self.up:
            return self.height * eased(bars / self.up)
        return self.height * (1.0 - eased((bars - self.up - self.stay) / self.down))


def levels(seed: int, beat: float, *, rehearsal: bool = False) -> dict[str, float]:
    """Where each control is at ``beat``, by address, without jumps. ``rehearsal`` moves more of the surface."""
    bars = beat / BAR
    here = {
        "/mix/crossfade": crossfade(seed, beat),
        "/break/amount": 0.0,
        "/echo/amount": 0.0,
    }
    for deck in DECKS:
        at = f"/deck/{deck}"
        here[f"{at}/reach"] = 1.05 + 0.2 * _sway(seed, f"{at}/reach", bars / 3)
        here[f"{at}/drift/speed"] = 0.09 + 0.06 * _sway(seed, f"{at}/drift/speed", bars / 6)
        for band in BANDS:
            here[f"{at}/eq/{band}"] = 1.0 + 0.14 * _sway(seed, f"{at}/eq/{band}", bars / 4)
        for n in range(SWAYING):
            here[f"{at}/dir/{n}"] = 0.8 * _sway(seed, f"{at}/dir/{n}", bars / (5 + n))
    if rehearsal:
        here["/gen/hue"] = 40.0 * _sway(seed, "/gen/hue", bars / 4)
        for band in BANDS:
            here[f"/mix/offset/{band}"] = 0.15 * _sway(seed, f"/mix/offset/{band}", bars / 5)
    last = math.floor(bars)
    for bar in range(last - _LONGEST_EVENT, last + 1):
        swell = _swell(seed, bar)
        if swell is not None:
            here[swell.address] += swell.level(bars - bar)
    return here


def crossfade(seed: int, beat: float) -> float:
    """The crossfader: from one side to the other and back, now and then to the middle, landing on every fourth bar."""
    bars = beat / BAR
    phrase = math.floor(bars / PHRASE)
    waits = int(3 * lots(seed, "waits", phrase)[0])
    x = (bars - phrase * PHRASE - waits) / (PHRASE - waits)
    return blended(_side(seed, phrase), _side(seed, phrase + 1), eased(x))


def presses(seed: int, after: int, upto: int, *, rehearsal: bool = False) -> Iterator[Press]:
    """What is pressed at the beginnings of the bars ``after < bar <= upto``, in order."""
    for bar in range(after + 1, upto + 1):
        draws = lots(seed, "bar", bar)
        if _kind(draws[0]) == "cue":
            unheard = _unheard(seed, bar)
            deck = unheard if draws[1] < 0.6 else _other(unheard)
            yield Press(bar, "cue", deck, BAR if draws[2] < 0.5 else 2 * BAR, draws[3])
        if rehearsal and bar % 3 == 2:
            kind = _REHEARSED[int(draws[6] * len(_REHEARSED))]
            yield Press(bar, kind, DECKS[bar % 2], BAR, draws[7])


def _swell(seed: int, bar: int) -> _Swell | None:
    """The event of a bar that moves a level, if it has one. All of it is over within ``_LONGEST_EVENT`` bars."""
    draws = lots(seed, "bar", bar)
    kind = _kind(draws[0])
    deck = _other(_unheard(seed, bar)) if draws[1] < 0.8 else _unheard(seed, bar)
    band = BANDS[int(draws[2] * len(BANDS))]
    much, long = draws[3], draws[4]
    if kind == "dip":
        return _Swell(f"/deck/{deck}/eq/{band}", -0.75 - 0.3 * much, 0.25, 0.75 + long, 0.5)
    if kind == "invert":
        return _Swell(f"/deck/{deck}/eq/{band}", -1.5 - 0.6 * much, 0.75, 0.5 + long, 0.75)
    if kind == "boost":
        return _Swell(f"/deck/{deck}/eq/{band}", 0.6 + 0.9 * much, 1.0, long, 1.0)
    if kind == "reach":
        return _Swell(f"/deck/{deck}/reach", 0.8 + 0.8 * much, 1.5, 0.5 * long, 1.5)
    if kind == "break":
        return _Swell("/break/amount", 0.25 + 0.4 * much, 0.25, 0.25 * long, 1.0)
    if kind == "echo":
        return _Swell("/echo/amount", 0.5 + 0.3 * much, 1.0, 1.0 + long, 1.0)
    return None


def _side(seed: int, phrase: int) -> float:
    """Where the crossfader stands at the beginning of a phrase."""
    draws = lots(seed, "side", phrase)
    if draws[0] < 0.2:
        return 0.35 + 0.3 * draws[1]
    near = 0.1 * draws[1]
    return near if phrase % 2 == 0 else 1.0 - near


def _unheard(seed: int, bar: int) -> str:
    """The deck that is crossfaded away at the beginning of a bar."""
    return DECKS[1] if crossfade(seed, bar * BAR) < 0.5 else DECKS[0]


def _other(deck: str) -> str:
    return DECKS[1 - DECKS.index(deck)]


def _kind(draw: float) -> str:
    for kind, share in _KINDS:
        if draw < share:
            return kind
        draw -= share
    return "rest"


def _sway(seed: int, lane: str, x: float) -> float:
    """A slow, smooth, endless movement within -1..1, another place at each whole x."""
    first = math.floor(x)
    begin, end = (2.0 * lots(seed, lane, n)[0] - 1.0 for n in (first, first + 1))
    return blended(begin, end, eased(x - first))


@lru_cache(maxsize=4096)
def lots(seed: int, lane: str, n: int) -> tuple[float, ...]:
    """Even draws from 0..1, the same for ever (``Random.random`` promises that for a text as its seed)."""
    random = Random(f"{seed} {lane} {n}")
    return tuple(random.random() for _ in range(_DRAWS))
