"""Directions on top of a deck's place: no move jumps, cues keep them and take them along, undo brings them back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.models.directions import orthonormal
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.navigation.state import full_place
from latentjockey.session.conductor import Conductor, Outside

Z, K = 32, 5
WAYS = orthonormal(np.random.default_rng(2).standard_normal((K, Z)))
MIDI = Source("midi", Rank.MIDI)


class Stage:
    """A bay of a model with directions, and its conductor, on a clock that tests move."""

    def __init__(self) -> None:
        self.clock = ManualClock(100.0)
        fill = {
            f"/deck/{d}/seed": lambda spec, seed, *_: [(spec.address[:-4] + "z", z_from_seed(int(seed), Z))]
            for d in "ab"
        }
        self.bay = Bay(Layout(1, builtin(Z, (64, 64), directions=K)), self.clock, fill, seed_from)
        self.bay.write([("/deck/a/seed", 1.0), ("/deck/b/seed", 2.0)], HAND)
        outside = Outside(lambda snapshot: None, directions=lambda deck: WAYS)
        self.conductor = Conductor(self.bay, self.clock, Messages(), outside)
        self.conductor.begin()

    def hand(self, *batch: tuple[str, object]) -> Stage:
        self.bay.write(batch, HAND)  # type: ignore[arg-type]
        self.conductor.tick()
        return self

    def after(self, seconds: float) -> Stage:
        self.clock.advance(seconds)
        self.conductor.tick()
        return self

    def shows(self, deck: str = "a") -> np.ndarray:
        return full_place(self.bay.snapshot(), deck, self.clock.now(), WAYS)

    def dialled(self, deck: str = "a") -> list[float]:
        return list(np.asarray(self.bay.value(f"/deck/{deck}/dir")))


def far(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def test_a_hand_on_a_direction_works_at_once() -> None:
    stage = Stage().hand(("/deck/a/dir/3", 2.0))
    assert np.allclose(stage.shows(), z_from_seed(1, Z) + 2.0 * WAYS[3], atol=1e-6)


@pytest.mark.parametrize("verb", ["seed", "randomise", "mutate", "breed"])
def test_what_is_dialled_stays_on_top_of_a_move(verb: str) -> None:
    stage = Stage().hand(("/deck/a/dir", [1.0, -2.0, 0.5, 0.0, 3.0])).after(1.0)
    stage.hand((f"/deck/a/{verb}", 9 if verb == "seed" else True)).after(2.0)
    assert stage.dialled() == [1.0, -2.0, 0.5, 0.0, 3.0]
    base = np.asarray(stage.bay.value("/deck/a/z"))
    assert np.allclose(stage.shows() - base, np.array(stage.dialled()) @ WAYS, atol=1e-5)


def test_a_child_takes_after_what_the_other_deck_shows() -> None:
    stage = Stage().hand(("/deck/b/dir/0", 40.0), ("/deck/a/mutate/amount", 0.0))
    other = stage.shows("b")
    child = np.asarray(stage.hand(("/deck/a/breed", True)).after(2.0).bay.value("/deck/a/z"))
    own = z_from_seed(1, Z)
    assert (np.isclose(child, own, atol=1e-5) | np.isclose(child, other, atol=1e-5)).all()
    assert np.isclose(child, other, atol=1e-5).sum() > 2, "by chance next to never"


def test_a_cue_keeps_the_whole_place_and_takes_the_dials_home() -> None:
    stage = Stage().hand(("/deck/a/dir/0", 4.0), ("/deck/a/drift/speed", 1.0)).after(2.3)
    shown = stage.shows()
    stage.hand(("/deck/a/cue/4/store", True))
    assert stage.dialled()[0] == 4.0, "storing moves nothing"
    stage.hand(("/deck/a/drift/speed", 0.0), ("/deck/a/seed", 77), ("/deck/a/dir/1", -3.0)).after(2.0)
    here = stage.shows()
    stage.hand(("/deck/a/cue/4/recall", True))
    assert stage.dialled() == [0.0] * K
    assert far(stage.shows(), here) < 1e-5
    assert np.allclose(stage.after(1.5).shows(), shown, atol=1e-6)


def test_going_home_in_panic_arrives_on_the_cue_without_a_jump() -> None:
    stage = Stage().hand(("/deck/b/cue/1/store", True)).hand(("/deck/b/dir/2", 5.0))
    here = stage.shows("b")
    stage.hand(("/panic/home", True))
    assert far(stage.shows("b"), here) < 1e-5
    assert np.allclose(stage.after(1.5).shows("b"), z_from_seed(2, Z), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["seed", "randomise", "mutate", "breed", "recall", "undo", "redo", "store"]),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.floats(-6, 6), min_size=K, max_size=K),
    st.floats(0, 1.2),
)
def test_no_move_jumps_whatever_is_dialled(verbs: list[str], dial: list[float], wait: float) -> None:
    stage = Stage()
    stage.hand(("/deck/a/cue/1/store", True), ("/deck/a/drift/speed", 0.6), ("/deck/b/dir", dial[::-1]))
    addresses = {"recall": "/deck/a/cue/1/recall", "undo": "/session/undo", "redo": "/session/redo"}
    for n, verb in enumerate(verbs):
        stage.after(wait).hand(("/deck/a/dir", [d * (n + 1) for d in dial]))
        stage.after(wait)
        here = stage.shows()
        store = "/deck/a/cue/1/store" if verb == "store" else f"/deck/a/{verb}"
        stage.hand((addresses.get(verb, store), n + 40 if verb == "seed" else True))
        assert far(stage.shows(), here) < 2e-4, verb


def test_undo_of_a_recalled_cue_brings_dials_and_picture_back_and_redo_takes_them_away() -> None:
    stage = Stage().hand(("/deck/a/cue/1/store", True), ("/deck/a/seed", 5), ("/deck/a/dir/2", 3.0)).after(2.0)
    before = stage.shows()
    stage.hand(("/deck/a/cue/1/recall", True))
    there = stage.after(2.0).shows()
    stage.hand(("/session/undo", True))
    assert far(stage.shows(), there) < 1e-5
    assert stage.dialled()[2] == 3.0
    assert np.allclose(stage.after(2.0).shows(), before, atol=1e-5)
    here = stage.shows()
    stage.hand(("/session/redo", True))
    assert far(stage.shows(), here) < 1e-5
    assert stage.dialled() == [0.0] * K
    assert np.allclose(stage.after(2.0).shows(), there, atol=1e-5)


def test_undo_of_a_dial_alone_glides_back() -> None:
    stage = Stage().hand(("/deck/a/dir/0", 5.0)).after(1.0)
    here = stage.shows()
    stage.hand(("/session/undo", True))
    assert far(stage.shows(), here) < 1e-5
    assert 0.05 < far(stage.after(0.5).shows(), here) < far(z_from_seed(1, Z), here)
    assert np.allclose(stage.after(1.0).shows(), z_from_seed(1, Z), atol=1e-6)


def test_a_dial_that_is_being_picked_up_does_not_come_back_after_a_cue() -> None:
    stage = Stage().hand(("/deck/a/cue/1/store", True), ("/deck/a/dir/0", 4.0)).after(0.3)
    stage.bay.write([("/deck/a/dir/0", -4.0)], MIDI)
    stage.after(0.1)
    assert -4.0 < stage.dialled()[0] < 4.0
    stage.hand(("/deck/a/cue/1/recall", True))
    for _ in range(10):
        assert stage.after(0.05).dialled()[0] == 0.0


def test_panic_keeps_what_is_dialled_but_for_what_leads_far_out() -> None:
    stage = Stage().hand(("/deck/a/dir/0", 2.0), ("/deck/b/dir/1", 1e30)).hand(("/panic", True))
    assert stage.dialled("a")[0] == 2.0
    assert stage.dialled("b") == [0.0] * K
    stage.hand(("/deck/a/z", np.full(Z, 1e9))).hand(("/panic", True))
    assert np.allclose(stage.shows(), z_from_seed(1, Z) + 2.0 * WAYS[0], atol=1e-5)


def test_huge_dials_move_and_nothing_becomes_nan() -> None:
    stage = Stage().hand(("/deck/a/cue/1/store", True)).hand(("/deck/a/dir", [1e308, -1e308, 1e308, 1e300, -1e30]))
    assert np.isfinite(stage.shows()).all()
    stage.hand(("/deck/a/cue/1/recall", True))
    assert np.isfinite(stage.after(0.5).shows()).all()
    assert np.allclose(stage.after(1.0).shows(), z_from_seed(1, Z), atol=1e-6)
