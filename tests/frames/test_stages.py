"""Where the time of a picture goes."""

from __future__ import annotations

import pytest

from latentjockey.frames.stages import COPY, DECODE, DENOISE, ENCODE, NOTHING_KNOWN, Stages, lateness, spent


def test_laps_of_one_stage_are_added_and_what_was_cached_took_nothing() -> None:
    laps = [(ENCODE, 0.5), (DENOISE, 4.0), (ENCODE, 0.25), (DENOISE, 6.0), (DECODE, 2.0), (COPY, 1.0)]
    assert spent(laps).ms == (0.75, 10.0, 2.0, 1.0)
    made = spent(laps, 1 << ENCODE | 1 << DECODE)
    assert made.ms == (0.0, 10.0, 0.0, 1.0)
    assert made.held == ("encode", "decode")
    assert spent([(DENOISE, -3.0)]).ms[DENOISE] == 0.0, "a clock that was set does not give time back"


def test_two_pictures_cost_what_both_do() -> None:
    a, b = Stages((1.0, 2.0, 3.0, 4.0), 0, 2), Stages((0.0, 1.0, 0.0, 1.0), 0b101, 1)
    assert a.with_(b) == Stages((1.0, 3.0, 3.0, 5.0), 0, 2)
    assert b.with_(b).held == ("encode", "decode")
    assert NOTHING_KNOWN.with_(a) is a
    assert a.with_(NOTHING_KNOWN) is a
    assert not NOTHING_KNOWN.known


@pytest.mark.parametrize(("pictures", "told"), [(-1, 0), (0, 0), (3, 3), (10_000, 255)])
def test_lateness_fits_a_byte(pictures: int, told: int) -> None:
    assert lateness(pictures) == told
