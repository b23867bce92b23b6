"""The ear: sounds made here, whose loudness, bands and beginnings are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from latentjockey.modulation.audio import HOP, SPECTRUM, WAVEFORM, Ear, Heard, Settings

RATES = (44100.0, 48000.0)
Sound = NDArray[np.float32]


def seconds(rate: float, s: float) -> NDArray[np.float64]:
    return np.arange(round(rate * s)) / rate


def sine(rate: float, hertz: float, s: float = 2.0, amplitude: float = 0.5) -> Sound:
    return (amplitude * np.sin(2 * np.pi * hertz * seconds(rate, s))).astype(np.float32)


def clicks(rate: float, per_minute: float, s: float, amplitude: float = 0.8) -> tuple[Sound, NDArray[np.float64]]:
    """Clicks of two milliseconds, and when each begins; the first after a third of a second."""
    sound = np.zeros(round(rate * s), np.float32)
    times = np.arange(1 / 3, s - 0.05, 60.0 / per_minute)
    burst = np.random.default_rng(1).uniform(-1, 1, round(0.002 * rate)) * amplitude
    for t in times:
        at = round(t * rate)
        sound[at : at + burst.size] += burst.astype(np.float32)
    return sound, times


def listen(rate: float, sound: Sound, how: Settings | None = None, ear: Ear | None = None) -> list[Heard]:
    ear = ear or Ear(rate)
    hops = sound[: sound.size // HOP * HOP].reshape(-1, HOP)
    return [ear.hear(hop, how or Settings()) for hop in hops]


def beginnings(rate: float, heard: list[Heard]) -> NDArray[np.float64]:
    """When each onset was told, in seconds of the sound: at the end of its hop."""
    pulses = np.array([h.onset for h in heard])
    rises = np.flatnonzero((pulses == 1.0) & (np.concatenate([[0.0], pulses[:-1]]) < 1.0))
    return (rises + 1) * HOP / rate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("per_minute", [60.0, 120.0, 240.0])
@pytest.mark.parametrize("amplitude", [0.05, 0.8])
def test_every_click_is_one_onset_within_25_ms(rate: float, per_minute: float, amplitude: float) -> None:
    sound, times = clicks(rate, per_minute, 8.0, amplitude)
    told = beginnings(rate, listen(rate, sound))
    assert told.size == times.size
    assert ((told - times) >= 0).all()
    assert (told - times).max() < 0.025


@pytest.mark.parametrize("rate", RATES)
def test_clicks_are_heard_in_noise_and_noise_alone_begins_nothing(rate: float) -> None:
    sound, times = clicks(rate, 120.0, 8.0)
    noise = (0.02 * np.random.default_rng(2).standard_normal(sound.size)).astype(np.float32)
    told = beginnings(rate, listen(rate, sound + noise))
    told = told[told > 0.1]  # the noise itself begins once
    assert told.size == times.size
    assert (told - times).max() < 0.025
    alone = beginnings(rate, listen(rate, noise))
    assert (alone < 0.1).all()
    assert alone.size == 1


@pytest.mark.parametrize("rate", RATES)
def test_a_steady_tone_and_a_slow_sweep_begin_once(rate: float) -> None:
    assert beginnings(rate, listen(rate, sine(rate, 440.0))).size == 1
    t = seconds(rate, 6.0)
    sweep = (0.5 * np.sin(2 * np.pi * 50.0 * 6.0 / np.log(200.0) * (np.exp(t / 6.0 * np.log(200.0)) - 1))).astype("f4")
    assert (beginnings(rate, listen(rate, sweep)) < 0.2).all()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hertz", "band"), [(80.0, "low"), (700.0, "middle"), (6000.0, "high")])
def test_a_sine_is_heard_in_its_own_band_alone(rate: float, hertz: float, band: str) -> None:
    last = listen(rate, sine(rate, hertz))[-1]
    bands = {name: getattr(last, name) for name in ("low", "middle", "high")}
    own = bands.pop(band)
    assert 0.8 < own < 1.2
    assert max(bands.values()) < 0.05 * own


@pytest.mark.parametrize("rate", RATES)
def test_a_sweep_passes_through_the_bands_in_order(rate: float) -> None:
    t = seconds(rate, 8.0)
    sweep = (0.5 * np.sin(2 * np.pi * 30.0 * 8.0 / np.log(400.0) * (np.exp(t / 8.0 * np.log(400.0)) - 1))).astype("f4")
    heard = listen(rate, sweep)
    loudest = [int(np.argmax([h.low, h.middle, h.high])) for h in heard[10:]]
    assert loudest == sorted(loudest)
    assert set(loudest) == {0, 1, 2}


@pytest.mark.parametrize("amplitude", [0.01, 0.1, 1.0])
def test_quiet_and_loud_inputs_play_as_far(amplitude: float) -> None:
    last = listen(48000.0, sine(48000.0, 100.0, amplitude=amplitude))[-1]
    assert last.level == pytest.approx(1.0, abs=0.15)


def test_after_a_loud_passage_quiet_music_comes_back_within_seconds() -> None:
    ear = Ear(48000.0)
    listen(48000.0, sine(48000.0, 100.0, 1.0, 1.0), ear=ear)
    soon = listen(48000.0, sine(48000.0, 100.0, 1.0, 0.1), ear=ear)[-1].level
    later = listen(48000.0, sine(48000.0, 100.0, 20.0, 0.1), ear=ear)[-1].level
    assert soon < 0.2
    assert later > 0.8


def test_silence_is_exactly_nothing_also_after_music() -> None:
    ear = Ear(48000.0)
    assert set(listen(48000.0, np.zeros(48000, np.float32), ear=ear)) == {Heard()}
    assert listen(48000.0, sine(48000.0, 100.0), ear=ear)[-1] != Heard()
    after = listen(48000.0, np.zeros(48000 * 3, np.float32), ear=ear)
    assert after[-1] == Heard()
    hiss = (2e-5 * np.random.default_rng(0).standard_normal(48000)).astype(np.float32)
    assert set(listen(48000.0, hiss)) == {Heard()}


def test_attack_and_release_take_their_time() -> None:
    how = Settings(attack=0.2, release=1.0)
    ear = Ear(48000.0)
    rising = [h.level for h in listen(48000.0, sine(48000.0, 1000.0, 1.0), how, ear)]
    reached = next(i for i, x in enumerate(rising) if x > 1 - np.exp(-1)) * HOP / 48000.0
    assert reached == pytest.approx(0.2, abs=0.03)
    falling = [h.level for h in listen(48000.0, np.zeros(48000 * 2, np.float32), how, ear)]
    half = next(i for i, x in enumerate(falling) if x < np.exp(-1) * rising[-1]) * HOP / 48000.0
    assert half == pytest.approx(1.0, abs=0.05)


def test_gain_multiplies_and_a_higher_threshold_hears_less() -> None:
    sound = sine(48000.0, 100.0)
    one, three = (listen(48000.0, sound, Settings(gain=g))[-1].level for g in (1.0, 3.0))
    assert three == pytest.approx(3.0 * one, rel=1e-6)
    noise = np.random.default_rng(3).standard_normal(48000 * 6) * 0.01
    noise *= 1.0 + 1.2 * (np.arange(noise.size) % 24000 < 2400)  # every half second a little louder
    some = beginnings(48000.0, listen(48000.0, noise.astype("f4"), Settings(threshold=1.2))).size
    none = beginnings(48000.0, listen(48000.0, noise.astype("f4"), Settings(threshold=8.0))).size
    assert some >= 10 > none


def test_the_pictures_for_shaders_show_the_tone() -> None:
    ear = Ear(48000.0)
    listen(48000.0, sine(48000.0, 6000.0), ear=ear)
    spectrum, waveform = ear.spectrum(), ear.waveform()
    assert spectrum.shape == (SPECTRUM,)
    assert waveform.shape == (WAVEFORM,)
    assert int(spectrum.argmax()) == pytest.approx(6000.0 / 24000.0 * SPECTRUM, abs=1)
    assert waveform.max() == pytest.approx(0.5, abs=0.01)


@settings(deadline=None, max_examples=40)
@given(arrays(np.float32, HOP * 3, elements=st.floats(width=32)), st.floats(0, 10), st.floats(0, 10))
def test_whatever_comes_in_numbers_come_out(sound: Sound, attack: float, release: float) -> None:
    ear = Ear(44100.0)
    for heard in listen(44100.0, sound, Settings(attack=attack, release=release), ear):
        numbers = np.array([heard.level, heard.low, heard.middle, heard.high, heard.onset])
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
    check: Callable[[Sound], bool] = lambda a: bool(np.isfinite(a).all() and (np.abs(a) <= 1).all())  # noqa: E731
    assert check(ear.spectrum())
    assert check(ear.waveform())
