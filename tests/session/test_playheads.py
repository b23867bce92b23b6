"""The conductor keeps a clip where it is through changes of pace, undo, presets and morphs, and begins a new one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import ENGINE, RECALL
from latentjockey.control.values import Value
from latentjockey.models.card import ModelCard
from latentjockey.models.clip_spec import controls_of
from latentjockey.modulation.playhead import folded, playhead_on
from latentjockey.modulation.transport import transport_of
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import batch, capture

Players = Any
CARD = ("film", ModelCard("film"))
SECONDS = 4.0


def layout(epoch: int, seconds: float = SECONDS, z: int = 32) -> Layout:
    return Layout(epoch, builtin(z, (64, 64), controls_of(seconds)))


def place(players: Players, deck: str = "a") -> float:
    """What is seen of the clip, in lengths."""
    now, t = players.snapshot(), players.clock.now()
    clip = playhead_on(now, deck)
    assert clip is not None
    return folded(clip.place(t, transport_of(now).beat_at(t)), clip.loop)


@pytest.fixture
def clip(players: Players) -> Players:
    """An evening on which a clip was just loaded."""
    players.bay.install(layout(2))
    players.conductor.tick()
    return players


def test_a_clip_begins_when_it_is_first_there(clip: Players) -> None:
    assert place(clip) == 0.0
    clip.run(1.0)
    assert place(clip) == pytest.approx(0.25)
    assert playhead_on(clip.snapshot(), "b") is None, "deck B plays what deck A does"


@pytest.mark.parametrize(
    "change",
    [("/gen/speed", 3.0), ("/gen/speed", -0.3), ("/gen/speed", 1e9), ("/gen/loop", "hold"), ("/gen/loop", "ping-pong"),
     ("/gen/loop", "once"), ("/gen/beats", 8.0), ("/gen/beats", -3.0)],
)  # fmt: skip
def test_no_change_of_pace_makes_a_clip_jump(clip: Players, change: tuple[str, Value]) -> None:
    clip.write(("/gen/speed", 0.7))
    clip.run(1.37)
    before = place(clip)
    clip.write(change)
    assert place(clip) == pytest.approx(before, abs=1e-9)


def test_a_scrub_puts_it_there_and_a_restart_back(clip: Players) -> None:
    clip.run(1.0)
    clip.write(("/gen/scrub", 0.5))
    assert place(clip) == pytest.approx(0.5)
    clip.run(1.0)
    assert place(clip) == pytest.approx(0.75)
    clip.write(("/gen/restart", 1))
    assert place(clip) == pytest.approx(0.5)


@pytest.mark.parametrize("stand", [("/gen/loop", "hold"), ("/gen/speed", 0.0)])
def test_where_it_stands_scrub_says_where_and_a_hand_can_set_that(clip: Players, stand: tuple[str, Value]) -> None:
    clip.run(1.0)
    clip.write(stand)
    assert clip.number("/gen/scrub") == pytest.approx(0.25)
    clip.run(1.0)
    assert place(clip) == pytest.approx(0.25)
    clip.write(("/gen/scrub", 0.0))
    assert place(clip) == 0.0
    clip.write(("/session/undo", 1), ("/session/undo", 1))
    assert place(clip) == pytest.approx(0.0, abs=0.26), "it plays on from where it is"
    clip.run(0.1)
    assert playhead_on(clip.snapshot(), "a").speed == 1.0


def test_locked_it_follows_tempo_and_transport(clip: Players) -> None:
    clip.write(("/gen/beats", 4.0))
    clip.beats(4.0)
    beat = transport_of(clip.snapshot()).beat_at(clip.clock.now())
    assert place(clip) == pytest.approx(beat / 4.0 % 1.0, abs=1e-6)
    before = place(clip)
    clip.write(("/transport/bpm", 37.0))
    assert place(clip) == pytest.approx(before, abs=1e-9)
    clip.write(("/transport/playing", False))
    stood = place(clip)
    clip.run(3.0)
    assert place(clip) == stood


def test_a_restart_waits_for_its_beat(clip: Players) -> None:
    clip.write(("/transport/quantise", "beat"), ("/gen/beats", 4.0))
    clip.run(0.2)
    clip.write(("/gen/restart", 1))
    assert clip.snapshot().text("/transport/waiting") == "the clip's beginning"
    clip.beats(1.0)
    beat = transport_of(clip.snapshot()).beat_at(clip.clock.now())
    assert clip.snapshot().text("/transport/waiting") == ""
    assert place(clip) == pytest.approx(beat % 1.0 / 4.0, abs=1e-3)


def test_another_clip_begins_at_its_beginning_unless_a_preset_says_where(clip: Players) -> None:
    clip.bay.write([("/engine/model", "film")], ENGINE)
    clip.run(1.3)
    clip.bay.install(layout(3, 2.0))
    clip.bay.write([("/engine/model", "other")], ENGINE)
    clip.conductor.tick()
    assert place(clip) == 0.0
    assert clip.number("/gen/length") == 2.0, "what lasts is the clip's own, not what stood there before"
    clip.run(0.5)
    assert place(clip) == pytest.approx(0.25)
    preset = rebase(capture(clip.snapshot(), {}, CARD, "here", now=clip.clock.now()), clip.clock.now())
    clip.run(0.3)
    clip.bay.write([("/engine/model", "film")], ENGINE)
    clip.write(*batch(preset, clip.bay.layout).writes, source=RECALL)
    assert place(clip) == pytest.approx(0.4, abs=0.01), "the preset's movement goes on"


def test_a_pair_has_two_playheads(players: Players) -> None:
    controls = controls_of(SECONDS)
    players.bay.install(Layout(2, builtin(32, (64, 64), controls, native_b=controls)))
    players.conductor.tick()
    players.run(1.0)
    players.write(("/deck/b/gen/speed", -1.0))
    players.run(0.5)
    assert place(players, "a") == pytest.approx(0.375)
    assert place(players, "b") == pytest.approx(0.125)
    players.write(("/deck/b/gen/restart", 1))
    assert place(players, "b") == pytest.approx(0.0, abs=1e-9)
    assert place(players, "a") == pytest.approx(0.375)


def test_undo_of_a_speed_does_not_throw_the_clip_back(clip: Players) -> None:
    clip.write(("/gen/speed", 2.0))
    clip.run(0.8)
    clip.write(("/gen/speed", 0.5))
    clip.run(1.3)
    before = place(clip)
    clip.write(("/session/undo", 1))
    assert clip.number("/gen/speed") == 2.0
    assert place(clip) == pytest.approx(before, abs=1e-9)


def test_a_preset_goes_on_and_a_still_is_held_where_it_was(clip: Players) -> None:
    clip.write(("/gen/speed", 0.4), ("/gen/loop", "ping-pong"))
    clip.run(13.1)
    then = place(clip)
    preset = capture(clip.snapshot(), {}, CARD, "here", now=clip.clock.now())
    clip.run(2.2)
    clip.write(("/gen/speed", 3.0))
    clip.write(*batch(held(preset, clip.clock.now()), clip.bay.layout).writes, source=RECALL)
    assert place(clip) == pytest.approx(then, abs=1e-9)
    clip.run(1.0)
    assert place(clip) == pytest.approx(then, abs=1e-9)
    clip.write(*batch(rebase(preset, clip.clock.now()), clip.bay.layout).writes, source=RECALL)
    assert place(clip) == pytest.approx(then, abs=1e-9)
    clip.run(1.0)
    assert place(clip) != pytest.approx(then, abs=1e-3)


def test_a_morph_to_another_speed_plays_on_without_a_jump(clip: Players) -> None:
    preset = capture(clip.snapshot(), {}, CARD, "here", now=clip.clock.now())
    clip.write(("/gen/speed", -2.0))
    clip.run(0.9)
    clip.morph.begin(batch(rebase(preset, clip.clock.now()), clip.bay.layout).writes, 1.0)
    seen = [place(clip)]
    clip.run(1.5, lambda: seen.append(place(clip)))
    steps = [min(abs(b - a), 1.0 - abs(b - a)) for a, b in pairwise(seen)]
    assert max(steps) < 2.1 * clip.tick_s / SECONDS * 1.05
    assert clip.number("/gen/speed") == 1.0
