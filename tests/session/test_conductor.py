"""The conductor: presses and changes become records, nothing jumps, what is published is consistent."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay, Event
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import TRAVEL_POINTS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.source import HAND, RECALL
from latentjockey.models.builtin import BUILTIN
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.session import moves
from latentjockey.session.conductor import Conductor, Outside

Z = 32


class Stage:
    """A bay and its conductor on a clock that tests move."""

    def __init__(self) -> None:
        self.clock = ManualClock(100.0)
        self.messages = Messages()
        layout = Layout(1, builtin(Z, (64, 64), BUILTIN["cppn"].controls))
        fill = {
            f"/deck/{d}/seed": lambda spec, seed, *_: [(spec.address[:-4] + "z", z_from_seed(int(seed), Z))]
            for d in "ab"
        }
        self.bay = Bay(layout, self.clock, fill, seed_from)
        self.published: list[Snapshot] = []
        self.commands: list[Event] = []
        self.watched: list[float | str] = []
        self.logged: list[tuple[set[str], str]] = []
        self.bay.write([("/deck/a/seed", 1.0), ("/deck/b/seed", 2.0)], HAND)
        outside = Outside(
            self.published.append,
            {"/preset/recall": self.commands.append},
            {"/stage/freeze": self.watched.append},
            lambda changes, time, source: self.logged.append((set(changes), source)),
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()

    def hand(self, *batch: tuple[str, object]) -> None:
        self.bay.write(batch, HAND)  # type: ignore[arg-type]
        self.conductor.tick()

    def after(self, seconds: float) -> Stage:
        self.clock.advance(seconds)
        self.conductor.tick()
        return self

    def place(self, deck: str = "a") -> np.ndarray:
        return moves.place(self.bay.snapshot(), deck, self.clock.now())


def far(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def test_the_beginning_is_no_move() -> None:
    stage = Stage()
    assert np.array_equal(stage.place(), z_from_seed(1, Z))
    stage.hand(("/deck/a/psi", 2.0))
    assert stage.logged == [({"/deck/a/psi"}, "surface")]


def test_a_seed_is_glided_to_from_where_the_picture_is() -> None:
    stage = Stage()
    stage.hand(("/deck/a/seed", 9))
    assert np.allclose(stage.place(), z_from_seed(1, Z))
    assert 0.1 < far(stage.after(0.5).place(), z_from_seed(9, Z)) < 1.9
    assert np.array_equal(stage.after(0.6).place(), z_from_seed(9, Z))


def test_the_published_snapshot_never_shows_half_a_move() -> None:
    stage = Stage()
    stage.hand(("/deck/a/seed", 9))
    first = stage.published[0]
    assert np.allclose(moves.place(first, "a", stage.clock.now()), z_from_seed(1, Z))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2.0)), min_size=1, max_size=8))
def test_a_change_of_drift_speed_never_jumps(steps: list[tuple[float, float]]) -> None:
    stage = Stage()
    for speed, wait in steps:
        here = stage.place()
        stage.hand(("/deck/a/drift/speed", speed))
        assert far(stage.place(), here) < 1e-5
        stage.after(wait)


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(["seed", "randomise", "mutate", "breed", "recall"]), min_size=1, max_size=6),
    st.floats(0, 1.2),
)
def test_every_move_starts_where_the_picture_is(verbs: list[str], wait: float) -> None:
    stage = Stage()
    stage.hand(("/deck/a/cue/1/store", True), ("/deck/a/drift/speed", 0.7), ("/deck/b/drift/speed", -0.4))
    for n, verb in enumerate(verbs):
        stage.after(wait)
        here = stage.place()
        address = {"seed": "/deck/a/seed", "recall": "/deck/a/cue/1/recall"}.get(verb, f"/deck/a/{verb}")
        stage.hand((address, n + 40 if verb == "seed" else True))
        assert far(stage.place(), here) < 1e-4


def test_a_recalled_cue_shows_what_was_on_stage() -> None:
    stage = Stage()
    stage.hand(("/deck/a/drift/speed", 1.0))
    shown = stage.after(3.7).place()
    stage.hand(("/deck/a/cue/3/store", True))
    stage.after(5.0)
    stage.hand(("/deck/a/drift/speed", 0.0))
    stage.hand(("/deck/a/cue/3/recall", True))
    assert np.allclose(stage.after(1.5).place(), shown, atol=1e-6)


def test_a_cue_recalled_under_a_walk_arrives_on_its_own_picture_and_then_leaves() -> None:
    stage = Stage()
    stage.hand(("/deck/a/cue/1/store", True), ("/deck/a/drift/speed", 1.0))
    stage.after(4.0)
    stage.hand(("/deck/a/cue/1/recall", True))
    stage.after(0.5)
    stage.hand(("/deck/a/drift/speed", -0.3))
    stage.after(0.4999)
    before = stage.place()
    assert far(before, z_from_seed(1, Z)) < 1e-3
    assert far(stage.after(0.001).place(), before) < 1e-3
    assert far(stage.after(3.0).place(), z_from_seed(1, Z)) > 0.2


def test_a_glide_under_way_keeps_its_shape() -> None:
    stage = Stage()
    stage.hand(("/deck/a/seed", 9))
    here = stage.after(0.3).place()
    stage.hand(("/deck/a/glide/curve", "ease"))
    assert np.array_equal(stage.place(), here)


def test_an_empty_cue_says_so_and_moves_nothing() -> None:
    stage = Stage()
    stage.hand(("/deck/a/cue/5/recall", True))
    assert np.array_equal(stage.after(2.0).place(), z_from_seed(1, Z))
    assert "Cue 5 of deck A is empty" in stage.messages.recent()[-1].text


def test_a_hand_on_one_component_ends_a_glide_without_moving_the_others() -> None:
    stage = Stage()
    stage.hand(("/deck/a/seed", 9))
    here = stage.after(0.4).place()
    stage.hand(("/deck/a/z/3", 7.0))
    now = stage.after(0.3).place()
    assert now[3] == 7.0
    assert np.allclose(np.delete(now, 3), np.delete(here, 3), atol=1e-6)


def test_the_centre_follows_its_text_and_its_cues() -> None:
    stage = Stage()
    stage.hand(("/deck/a/cue/2/store", True))
    stage.hand(("/deck/a/centre", "cue 2"))
    assert np.allclose(stage.bay.value("/deck/a/centre/z"), z_from_seed(1, Z))
    stage.hand(("/deck/a/seed", 5))
    stage.after(2.0)
    stage.hand(("/deck/a/cue/2/store", True))
    assert np.allclose(stage.bay.value("/deck/a/centre/z"), z_from_seed(5, Z))
    stage.hand(("/deck/a/centre", "7"))
    assert "cue 7 of deck A is empty" in stage.messages.recent()[-1].text
    stage.hand(("/deck/a/centre", "mean"))
    assert not np.any(stage.bay.value("/deck/a/centre/z"))


def test_panic_brings_back_a_clean_picture_at_once() -> None:
    stage = Stage()
    stage.hand(
        ("/deck/a/psi", -40.0), ("/deck/a/eq/fine", -9.0), ("/deck/b/overdrive", 1e6), ("/gen/hue", 77.0),
        ("/deck/a/z", np.full(Z, 1e30)), ("/mix/offset/coarse", 12.0), ("/stage/blackout", True),
    )  # fmt: skip
    stage.after(1.0)
    stage.bay.touch("/deck/a/psi", HAND)
    stage.hand(("/panic", True))
    number = stage.bay.number
    assert [number("/deck/a/psi"), number("/deck/a/eq/fine"), number("/deck/b/overdrive")] == [1.0, 1.0, 1.0]
    assert [number("/mix/offset/coarse"), number("/stage/blackout"), number("/gen/hue")] == [0.0, 0.0, 0.0]
    assert np.array_equal(stage.place(), z_from_seed(1, Z))


def test_taps_set_the_tempo_and_the_beat_stays_whole() -> None:
    stage = Stage()
    for _ in range(5):
        stage.hand(("/transport/tap", True))
        stage.after(0.4)
    assert stage.bay.number("/transport/bpm") == pytest.approx(150.0)
    assert stage.bay.number("/transport/beat") == round(stage.bay.number("/transport/beat"))


def test_undo_and_redo_glide_places_and_set_the_rest() -> None:
    stage = Stage()
    stage.hand(("/deck/a/psi", 2.0))
    stage.after(1.0)
    stage.hand(("/deck/a/randomise", True))
    there = stage.after(2.0).place()
    stage.hand(("/session/undo", True))
    assert np.allclose(stage.place(), there, atol=1e-6)
    assert np.allclose(stage.after(2.0).place(), z_from_seed(1, Z), atol=1e-6)
    assert stage.bay.number("/deck/a/seed") == 1.0
    stage.hand(("/session/undo", True))
    assert stage.bay.number("/deck/a/psi") == 1.0
    stage.hand(("/session/redo", True))
    stage.hand(("/session/redo", True))
    assert stage.bay.number("/deck/a/psi") == 2.0
    assert np.allclose(stage.after(2.0).place(), there, atol=1e-6)


def test_commands_keep_their_order_and_watchers_hear_changes() -> None:
    stage = Stage()
    stage.hand(*(("/preset/recall", name) for name in "abcabc"), ("/stage/freeze", True))
    assert [event.text for event in stage.commands] == list("abcabc")
    assert stage.watched == [1.0]


def test_a_handler_that_stumbles_does_not_end_the_show() -> None:
    stage = Stage()
    stumbled = threading.Event()

    def fail(event: Event) -> None:
        stumbled.set()
        raise RuntimeError("a bug of ours")

    conductor = Conductor(
        stage.bay, stage.clock, stage.messages, Outside(stage.published.append, {"/preset/save": fail})
    )
    conductor.start()
    stage.bay.write([("/preset/save", "x")], HAND)
    assert stumbled.wait(60)
    stage.bay.write([("/deck/a/psi", 3.0)], HAND)
    conductor.close()
    assert stage.published[-1].number("/deck/a/psi") == 3.0
    assert "a bug of ours" in stage.messages.recent()[-1].text


def test_a_write_in_the_middle_of_a_tick_is_told_by_the_next() -> None:
    stage = Stage()
    answered: list[float | str] = []

    def meanwhile(snapshot: Snapshot) -> None:
        stage.published.append(snapshot)
        if len(stage.published) == 1:
            stage.bay.write([("/stage/freeze", True), ("/deck/a/drift/speed", 0.5)], HAND)

    conductor = Conductor(
        stage.bay, stage.clock, stage.messages, Outside(meanwhile, watchers={"/stage/freeze": answered.append})
    )
    conductor.begin()
    stage.bay.write([("/deck/a/psi", 2.0)], HAND)
    conductor.tick()
    stage.clock.advance(0.5)
    conductor.tick()
    assert answered == [1.0]
    assert np.array_equal(stage.place(), z_from_seed(1, Z)), "the walk is anchored when its speed changed"


CURVE = tuple(np.linspace(0, 1, TRAVEL_POINTS) ** 2)


def test_measured_travel_is_gone_over_to_smoothly() -> None:
    stage = Stage()
    stage.conductor.set_travel(CURVE)
    stage.conductor.tick()
    last = np.asarray(stage.bay.value("/mix/travel"))
    for _ in range(60):
        stage.after(0.01)
        now = np.asarray(stage.bay.value("/mix/travel"))
        assert np.abs(now - last).max() < 0.02
        last = now
    assert np.allclose(last, CURVE)


def test_a_picture_recalled_midway_keeps_its_travel_until_somebody_moves() -> None:
    stage = Stage()
    stage.bay.write([("/mix/crossfade", 0.5), ("/deck/a/z", z_from_seed(4, Z))], RECALL)
    stage.conductor.tick()
    stage.conductor.set_travel(CURVE)
    stage.after(1.0).after(1.0)
    assert not np.allclose(stage.bay.value("/mix/travel"), CURVE)
    stage.hand(("/mix/crossfade", 0.6))
    stage.after(0.1).after(1.0)
    assert np.allclose(stage.bay.value("/mix/travel"), CURVE)
