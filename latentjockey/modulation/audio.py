"""What is heard in a sound: loudness, three bands, where sounds begin, and both pictures of it that shaders take. Pure.

Fed with one hop of samples after the other. Loudness and bands are measured against what was loudest of late, so that
a quiet input plays as far as a loud one; below ``SILENCE`` nothing is heard, and silence becomes exactly 0. Sounds
begin where the spectrum rises more than its own median says is usual (spectral flux with an adaptive threshold: Bello
et al. 2005, "A Tutorial on Onset Detection in Music Signals", §III).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

HOP = 512
"""Samples between two looks."""

WINDOW = 1024
SPECTRUM = 256
WAVEFORM = 512

SILENCE = 1e-4
"""The amplitude, of 1 at most, below which nothing is heard: -80 dB."""

_BANDS = ((20.0, 200.0), (200.0, 2000.0), (2000.0, 18000.0))
_TILT = (1.0, 1.5, 3.0)  # music is the weaker the higher it is
_QUIETEST = 1e-3  # what is weaker is not drawn up to full scale
_LEVELLING_S = 8.0
_FLUX_S = 0.75
_FLUX_LEAST = 0.02  # a rise of the mean bin that nobody would call a beginning
_COMPRESS = 1000.0
_REFRACTORY_S = 0.06
_NOTHING = 1e-3
_LOUDEST = 16.0  # beyond full scale by more than any driver clips


@dataclass(frozen=True, slots=True)
class Settings:
    """``gain`` ×, ``attack`` and ``release`` in seconds, ``threshold`` in medians of the usual change."""

    gain: float = 1.0
    attack: float = 0.01
    release: float = 0.2
    threshold: float = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One look: each from 0 up, 1 being as loud as the loudest of late; ``onset`` is 1 where a sound begins."""

    level: float = 0.0
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0
    onset: float = 0.0


class Ear:
    """Listens to one input of ``rate`` samples a second. Not to be shared between threads."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._hop_s = HOP / rate
        self._samples = np.zeros(WINDOW, np.float32)
        self._window = np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)
        frequencies = np.fft.rfftfreq(WINDOW, 1.0 / rate)
        self._bands = [np.flatnonzero((frequencies >= lo) & (frequencies < hi)) for lo, hi in _BANDS]
        self._loudest_level = self._loudest_band = _QUIETEST
        self._before = np.zeros(WINDOW // 2 + 1)
        self._flux: deque[float] = deque([0.0], maxlen=max(8, round(_FLUX_S / self._hop_s)))
        self._since_onset = math.inf
        self._heard = Heard()
        self._magnitudes = np.zeros(WINDOW // 2 + 1)

    def hear(self, hop: F32, settings: Settings) -> Heard:
        """What is heard after the next ``HOP`` samples, float (HOP,) of -1 … 1. What is no number counts as silence."""
        clean = np.clip(np.nan_to_num(np.asarray(hop, np.float32)), -_LOUDEST, _LOUDEST)
        self._samples = np.concatenate([self._samples[HOP:], clean])
        spectrum = np.fft.rfft(self._samples * self._window)
        self._magnitudes = np.abs(spectrum) * (2.0 / float(self._window.sum()))  # a sine of amplitude 1 is 1
        level = float(np.sqrt(np.mean(np.square(clean, dtype=np.float64)))) * math.sqrt(2.0)
        bands = [self._amplitude(band) * tilt for band, tilt in zip(self._bands, _TILT, strict=True)]
        self._loudest_level = self._levelled(self._loudest_level, level)
        self._loudest_band = self._levelled(self._loudest_band, max(bands))
        targets = [_against(level, self._loudest_level, settings.gain)]
        targets += [_against(band, self._loudest_band, settings.gain) for band in bands]
        now = self._heard
        old = (now.level, now.low, now.middle, now.high)
        level, low, middle, high = (self._follow(a, b, settings) for a, b in zip(old, targets, strict=True))
        self._heard = Heard(level, low, middle, high, self._onset(settings, now.onset))
        return self._heard

    def spectrum(self) -> F32:
        """The spectrum of the last look, float32 (SPECTRUM,) of 0 … 1 from low to high, evenly in frequency."""
        loudness = np.sqrt(self._magnitudes[1:].reshape(SPECTRUM, -1).max(axis=1))
        return np.asarray(np.clip(loudness, 0.0, 1.0), np.float32)

    def waveform(self) -> F32:
        """The newest samples, float32 (WAVEFORM,) of -1 … 1."""
        return np.clip(self._samples[-WAVEFORM:], -1.0, 1.0).astype(np.float32)

    def _amplitude(self, band: NDArray[np.intp]) -> float:
        """The amplitude of the one sine that would be as strong as the band (1.5 bins is the width of the window)."""
        return float(np.sqrt(np.sum(np.square(self._magnitudes[band])) / 1.5))

    def _levelled(self, loudest: float, now: float) -> float:
        """What was loudest of late, with what is heard now."""
        fade = math.exp(-self._hop_s / _LEVELLING_S)
        return max(now, loudest * fade, _QUIETEST) if now > SILENCE else loudest  # a pause is no quiet music

    def _follow(self, now: float, target: float, settings: Settings) -> float:
        seconds = settings.attack if target > now else settings.release
        step = 1.0 if seconds <= 0.0 else 1.0 - math.exp(-self._hop_s / seconds)
        followed = now + step * (target - now)
        return 0.0 if target == 0.0 and followed < _NOTHING else followed

    def _onset(self, settings: Settings, pulse: float) -> float:
        """1 at the look in which a sound begins; from there it fades by ``release``."""
        compressed = np.log1p(_COMPRESS * self._magnitudes)
        flux = float(np.mean(np.maximum(compressed - self._before, 0.0)))
        self._before = compressed
        usual = float(np.median(self._flux))
        self._flux.append(flux)
        self._since_onset += self._hop_s
        if flux > settings.threshold * usual + _FLUX_LEAST and self._since_onset >= _REFRACTORY_S:
            self._since_onset = 0.0
            return 1.0
        fade = math.exp(-self._hop_s / settings.release) if settings.release > 0.0 else 0.0
        return pulse * fade if pulse * fade >= _NOTHING else 0.0


def _against(amplitude: float, loudest: float, gain: float) -> float:
    heard = gain * amplitude / loudest if amplitude > SILENCE else 0.0
    return heard if math.isfinite(heard) else 0.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """How listening goes, for the surface: ``words``, whether something is heard, and whether something is wrong."""

    words: str = "off"
    listening: bool = False
    wrong: bool = False
