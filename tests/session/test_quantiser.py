"""With quantise on presses wait for their beat, and what they begin begins exactly there."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import GHOST, HAND, Rank, Source
from latentjockey.modulation.transport import GRIDS, transport_of
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.session import moves
from latentjockey.session.appointed import Appointed
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.looper import Looper
from latentjockey.session.quantiser import LEAD_S, PRESET_LEAD_S

Z = 16
TICK = 1.0 / 240
FRAME = 1.0 / 60
OSC = Source("osc test", Rank.OSC)


class Night:
    """A conductor on a clock that tests move, with two stored cues on deck A."""

    def __init__(self, quantise: str = "bar") -> None:
        self.clock = ManualClock(20.0)
        self.messages = Messages()
        self.bay = Bay(Layout(1, builtin(Z, (64, 64))), self.clock, {}, seed_from)
        self.looper = Looper(self.bay, self.clock, self.messages)
        self.recalled: list[Event] = []
        self.published: list[Snapshot] = []
        outside = Outside(
            publish=self.published.append,
            commands={"/preset/recall": self.recalled.append, **self.looper.commands()},
            movers=[self.looper],
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        cues = [(f"/deck/a/cue/{n}/z", z_from_seed(n + 10, Z)) for n in (1, 2)]
        self.bay.write([*cues, *((f"/deck/a/cue/{n}/filled", True) for n in (1, 2))], HAND)
        self.bay.write([("/deck/a/z", z_from_seed(1, Z)), ("/transport/since", 20.0)], HAND)
        self.bay.write([("/transport/quantise", quantise)], HAND)
        self.conductor.begin()
        self.conductor.tick()

    def press(self, address: str, value: object = 1, source: Source = HAND) -> None:
        assert not self.bay.write([(address, value)], source).refused  # type: ignore[list-item]
        self.conductor.tick()

    def to_beat(self, beat: float) -> Night:
        while self.beat < beat - 1e-9:
            self.tick()
        return self

    def tick(self) -> None:
        self.clock.advance(TICK)
        self.conductor.tick()

    @property
    def beat(self) -> float:
        return transport_of(self.bay.snapshot()).beat_at(self.clock.now())

    def waiting(self) -> str:
        return str(self.bay.value("/transport/waiting"))

    def place(self) -> np.ndarray:
        return moves.place(self.published[-1], "a", self.clock.now())

    def seed_place(self, seed: int) -> np.ndarray:
        return z_from_seed(seed, Z)


def first_departure(night: Night, frames_from: float, until_beat: float) -> tuple[float, float]:
    """The times of the last frame that shows the old place and of the first that does not, each made of what was
    published when it was made: 60 a second, from ``frames_from`` (s) on."""
    old = night.place()
    due, last = frames_from, -np.inf  # the first frame may come after the beat
    while night.beat < until_beat:
        night.tick()
        while due <= night.clock.now():
            if not np.array_equal(moves.place(night.published[-1], "a", due), old):
                return last, due
            last, due = due, due + FRAME
    raise AssertionError("it never left")


@settings(max_examples=60, deadline=None)
@given(
    bpm=st.floats(60.0, 180.0),
    at=st.floats(0.0, 20.0),
    grid=st.sampled_from(["beat", "bar", "2 bars", "4 bars"]),
    glide=st.sampled_from([0.0, 0.4, 3.0]),
    frames=st.floats(0.0, FRAME),
)
def test_a_cue_leaves_at_the_first_frame_after_its_beat(
    bpm: float, at: float, grid: str, glide: float, frames: float
) -> None:
    night = Night(grid)
    night.bay.write([("/transport/bpm", bpm), ("/deck/a/glide/time", glide)], HAND)
    night.conductor.tick()
    night.to_beat(at)
    pressed = night.beat
    night.press("/deck/a/cue/1/recall")
    beats = GRIDS[["off", "beat", "bar", "2 bars", "4 bars"].index(grid)]
    boundary_beat = (np.floor(pressed / beats + 1e-6) + 1.0) * beats
    boundary = transport_of(night.bay.snapshot()).time_of(boundary_beat)
    last, first = first_departure(night, night.clock.now() + frames, boundary_beat + 1.0)
    unseen = 0.0005  # so shortly after its start a smooth glide has not moved by as much as float32 can say
    assert last <= boundary + unseen
    assert boundary - 1e-9 <= first <= boundary + FRAME + unseen
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(boundary, abs=1e-9)


def test_without_a_glide_it_is_there_at_the_beat_and_not_before() -> None:
    night = Night()
    night.press("/deck/a/glide/time", 0.0)
    night.to_beat(2.0).press("/deck/a/cue/1/recall")
    night.to_beat(4.0 - 0.01)
    assert np.array_equal(night.place(), night.seed_place(1))
    assert night.waiting() == "", "it is on its way to the engine"
    assert np.array_equal(moves.place(night.published[-1], "a", 22.0 - 1e-6), night.seed_place(1))
    assert np.array_equal(moves.place(night.published[-1], "a", 22.0 + 0.002), night.seed_place(11))


def test_off_and_a_transport_that_stands_do_it_at_once() -> None:
    for night in (Night("off"), Night("bar")):
        night.to_beat(1.3)
        night.press("/transport/playing", night.bay.number("/transport/quantise") == 0.0)
        night.press("/deck/a/cue/1/recall")
        assert night.waiting() == ""
        assert night.bay.number("/deck/a/glide/since") == pytest.approx(night.clock.now(), abs=1e-9)


@pytest.mark.parametrize("verb", ["randomise", "mutate", "breed", "cue/2/recall"])
@pytest.mark.parametrize("source", [HAND, OSC])
def test_every_press_of_a_deck_waits_from_wherever_it_comes(verb: str, source: Source) -> None:
    night = Night().to_beat(1.0)
    night.press(f"/deck/a/{verb}", source=source)
    assert "deck A" in night.waiting()
    assert night.conductor.waiting() == {f"/deck/a/{verb}": 4.0}
    night.to_beat(4.1)
    assert night.waiting() == ""
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(22.0, abs=1e-9)


def test_storing_never_waits_and_neither_does_an_empty_cue() -> None:
    night = Night().to_beat(1.0)
    night.press("/deck/a/cue/5/store")
    assert night.bay.number("/deck/a/cue/5/filled") == 1.0
    night.press("/deck/a/cue/6/recall")
    assert night.waiting() == ""
    latest = night.messages.latest()
    assert latest is not None
    assert "empty" in latest.text


def test_what_plays_by_itself_keeps_its_own_time() -> None:
    night = Night().to_beat(1.0)
    night.press("/deck/a/cue/1/recall", source=GHOST)
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(night.clock.now(), abs=1e-9)


def test_the_latest_press_is_meant_and_decks_wait_apart() -> None:
    night = Night().to_beat(1.0)
    night.press("/deck/a/cue/1/recall")
    night.press("/deck/b/randomise")
    night.press("/deck/a/cue/2/recall")
    night.press("/deck/a/cue/2/recall")
    assert night.conductor.waiting() == {"/deck/a/cue/2/recall": 4.0, "/deck/b/randomise": 4.0}
    night.to_beat(4.1)
    assert np.array_equal(night.bay.value("/deck/a/z"), night.seed_place(12))


def test_panic_is_never_late_and_clears_what_waits() -> None:
    night = Night().to_beat(1.0)
    night.press("/deck/a/psi", 3.0)
    night.press("/deck/a/cue/1/recall")
    night.press("/panic")
    assert night.bay.number("/deck/a/psi") == 1.0
    assert night.waiting() == ""
    night.to_beat(5.0)
    assert np.array_equal(night.bay.value("/deck/a/z"), night.seed_place(1))


def test_a_change_of_tempo_while_it_waits_still_lands_on_the_beat() -> None:
    night = Night("4 bars").to_beat(1.0)
    night.press("/deck/a/cue/1/recall")
    dice = random.Random(3)
    while night.waiting():
        if dice.random() < 0.02:
            night.bay.write([("/transport/bpm", dice.uniform(60.0, 180.0))], HAND)
        night.tick()
    transport = transport_of(night.bay.snapshot())
    assert transport.beat_at(night.bay.number("/deck/a/glide/since")) == pytest.approx(16.0, abs=0.02)


def test_a_tap_that_sets_the_beat_beyond_it_lets_it_go() -> None:
    night = Night()
    for n in range(4):
        night.to_beat(n - 0.1 if n else 0.0).press("/transport/tap")
    night.press("/deck/a/cue/1/recall")
    night.to_beat(3.8)
    night.press("/transport/tap")
    night.tick()
    assert night.waiting() == ""
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(night.clock.now(), abs=0.01)


def test_another_one_means_another_bar() -> None:
    night = Night().to_beat(1.9)
    night.press("/deck/a/cue/1/recall")
    night.press("/transport/downbeat")
    assert night.beat == pytest.approx(3.9, abs=0.02) or night.beat == pytest.approx(-0.1, abs=0.02)
    night.tick()
    waits = night.conductor.waiting()["/deck/a/cue/1/recall"]
    assert waits % 4.0 == 0.0
    assert 0.0 < waits - night.beat <= 4.0


def test_another_grid_and_none_while_it_waits() -> None:
    night = Night("4 bars").to_beat(1.0)
    night.press("/deck/a/cue/1/recall")
    night.press("/transport/quantise", "beat")
    assert night.conductor.waiting() == {"/deck/a/cue/1/recall": 2.0}
    night.press("/transport/quantise", "off")
    assert night.waiting() == ""
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(night.clock.now(), abs=1e-9)


def test_a_preset_is_asked_for_before_its_beat_with_its_moment() -> None:
    night = Night().to_beat(1.0)
    night.press("/preset/recall", "first")
    night.press("/preset/recall", "second")
    assert night.waiting() == "preset second"
    night.to_beat(4.0 - PRESET_LEAD_S * 2.0 - 0.05)
    assert night.recalled == []
    night.to_beat(4.0 - PRESET_LEAD_S * 2.0 + 0.05)
    assert [(event.text, event.time) for event in night.recalled] == [("second", pytest.approx(22.0))]


def test_a_press_just_before_the_beat_is_told_at_once_and_counts_from_the_beat() -> None:
    night = Night().to_beat(4.0 - LEAD_S)
    assert night.beat < 4.0
    night.press("/deck/a/cue/1/recall")
    assert night.bay.number("/deck/a/glide/since") == pytest.approx(22.0, abs=1e-9)


# -- loops ------------------------------------------------------------------------------------------------------------


def sway(night: Night, until_beat: float) -> None:
    while night.beat < until_beat - 1e-9:
        night.bay.write([("/mix/crossfade", 0.5 + 0.4 * np.sin(night.beat))], HAND)
        night.tick()


@pytest.mark.parametrize(("held", "let_go", "length"), [(4.2, 7.8, 4.0), (3.7, 8.3, 4.0), (3.9, 15.4, 12.0)])
def test_a_loop_begins_and_ends_on_the_grid(held: float, let_go: float, length: float) -> None:
    night = Night().to_beat(held)
    night.press("/loop/hold", "/mix/crossfade")
    sway(night, let_go)
    night.press("/loop/release", "/mix/crossfade")
    sway(night, 4.0 + length)
    for _ in range(200):
        night.tick()
    state = night.looper.state("/mix/crossfade")
    assert state is not None
    phase, beats, recording = state
    assert beats == length
    assert not recording
    assert phase == pytest.approx((night.beat - 4.0) / length % 1.0, abs=0.01)


def test_a_downbeat_takes_loops_along() -> None:
    night = Night("off").to_beat(4.0)
    night.press("/loop/hold", "/mix/crossfade")
    sway(night, 8.0)
    night.press("/loop/release", "/mix/crossfade")
    night.to_beat(13.0)
    before = night.bay.number("/mix/crossfade")
    night.press("/transport/downbeat")
    night.tick()
    assert night.bay.number("/mix/crossfade") == pytest.approx(before, abs=0.03)
    state = night.looper.state("/mix/crossfade")
    assert state is not None
    assert state[0] == pytest.approx(0.25, abs=0.01)


# -- moments ----------------------------------------------------------------------------------------------------------


def test_what_is_appointed_is_done_once_at_its_moment_and_the_latest_is_meant() -> None:
    done: list[str] = []
    appointed = Appointed()
    assert not appointed.move(0.0)
    appointed.at(2.0, lambda: done.append("first"))
    appointed.at(3.0, lambda: done.append("second"))
    assert appointed.move(2.5)
    assert done == []
    assert not appointed.move(3.0)
    assert not appointed.move(4.0)
    assert done == ["second"]
    appointed.at(5.0, lambda: done.append("third"))
    appointed.clear()
    assert not appointed.move(6.0)
    assert done == ["second"]
