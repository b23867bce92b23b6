"""Classes as part of a deck's place: every move takes them along, nothing jumps, and a hand is there at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND, RECALL
from latentjockey.models.card import ModelCard
from latentjockey.navigation.breeding import crossed
from latentjockey.navigation.seeds import seed_from, z_from_seed
from latentjockey.navigation.state import class_weights
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import Preset, Resolved, batch, capture
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.looper import Looper
from latentjockey.session.morph import Morph
from latentjockey.session.onto_deck import onto_deck
from latentjockey.session.opening import opening

Z = 16
KINDS = ("bloom", "moth", "mask", "ink")
WEIGHTS = st.lists(st.floats(-5.0, 5.0), min_size=len(KINDS), max_size=len(KINDS))


class Stage:
    """A bay of a model with classes, and its conductor, on a clock that tests move."""

    def __init__(self, classes: tuple[str, ...] = KINDS) -> None:
        self.clock = ManualClock(100.0)
        fill = {
            f"/deck/{d}/seed": lambda spec, seed, *_: [(spec.address[:-4] + "z", z_from_seed(int(seed), Z))]
            for d in "ab"
        }
        self.bay = Bay(Layout(1, builtin(Z, (64, 64), (), 0, classes)), self.clock, fill, seed_from)
        self.bay.write([("/deck/a/seed", 1.0), ("/deck/b/seed", 2.0)], HAND)
        messages = Messages()
        self.looper = Looper(self.bay, self.clock, messages)
        self.morph = Morph(self.bay, self.looper.loops, lambda changes, t: self.conductor.moved(changes, t))
        outside = Outside(lambda snapshot: None, commands=self.looper.commands(), movers=[self.morph, self.looper])
        self.conductor = Conductor(self.bay, self.clock, messages, outside)
        self.conductor.begin()

    def hand(self, *writes: tuple[str, object]) -> Stage:
        assert not self.bay.write(writes, HAND).refused  # type: ignore[arg-type]
        self.conductor.tick()
        return self

    def after(self, seconds: float) -> Stage:
        for _ in range(max(1, round(seconds * 64))):
            self.clock.advance(1 / 64)
            self.conductor.tick()
        return self

    def asks(self, deck: str = "a") -> np.ndarray:
        """What the engine is asked for just now."""
        found = class_weights(self.bay.snapshot(), deck, self.clock.now())
        assert found is not None
        return found

    def vector(self, address: str) -> np.ndarray:
        return np.asarray(self.bay.value(address))

    def preset(self) -> Preset:
        return capture(self.bay.snapshot(), {}, ("model", ModelCard("model")), "p", now=self.clock.now())


@pytest.mark.parametrize("verb", ["seed", "randomise", "mutate"])
def test_a_new_place_keeps_the_classes(verb: str) -> None:
    stage = Stage().hand(("/deck/a/class", [0.5, -1.0, 3.0, 0.0]))
    stage.hand((f"/deck/a/{verb}", 9 if verb == "seed" else True))
    for _ in range(4):
        assert stage.asks().tolist() == [0.5, -1.0, 3.0, 0.0]
        stage.after(0.4)


def test_a_cue_keeps_its_classes_and_the_glide_goes_straight_to_them() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, -1.0, 3.0, 0.0])).hand(("/deck/a/cue/3/store", True))
    stage.hand(("/deck/a/class", [2.0, 0.0, 0.0, 1.0]), ("/deck/a/glide/time", 2.0), ("/deck/a/glide/curve", "linear"))
    stage.hand(("/deck/a/cue/3/recall", True))
    assert stage.asks() == pytest.approx([2.0, 0.0, 0.0, 1.0]), "nothing jumps where the glide begins"
    assert stage.after(1.0).asks() == pytest.approx([1.0, -0.5, 1.5, 0.5])
    assert stage.after(1.0).asks().tolist() == [0.0, -1.0, 3.0, 0.0]


def test_an_interrupted_glide_goes_on_from_where_the_classes_are() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [1.0, 0.0, 0.0, 0.0])).hand(("/deck/a/cue/1/recall", True)).after(0.5)
    between = stage.asks()
    assert 0.5 < between[1] < 3.5
    stage.hand(("/deck/a/randomise", True))
    assert stage.asks() == pytest.approx(between)
    assert stage.after(1.1).asks() == pytest.approx([0.0, 4.0, 0.0, 0.0]), "and still arrives where it was going"


def test_no_class_at_all_is_a_place_like_any_other() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0] * 4)).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class/moth", 2.0)).hand(("/deck/a/cue/1/recall", True)).after(1.1)
    assert stage.asks().astype(np.float16).tolist() == [0.0] * 4


def test_a_cue_without_classes_leaves_those_of_the_deck() -> None:
    stage = Stage()
    stage.bay.write([("/deck/a/cue/5/z", z_from_seed(5, Z)), ("/deck/a/cue/5/filled", True)], RECALL)
    stage.hand(("/deck/a/class/mask", -0.7)).hand(("/deck/a/cue/5/recall", True)).after(1.1)
    assert stage.asks().tolist() == [1.0, 0.0, -0.7, 0.0]
    assert stage.vector("/deck/a/z") == pytest.approx(z_from_seed(5, Z))


def test_a_hand_on_a_class_is_there_at_once_and_the_glide_goes_on_with_the_rest() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 2.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [1.0, 0.0, 0.0, 0.0]), ("/deck/a/glide/curve", "linear"), ("/deck/a/glide/time", 2.0))
    stage.hand(("/deck/a/cue/1/recall", True)).after(0.5).hand(("/deck/a/class/1", -3.0))
    assert stage.asks()[1] == -3.0
    assert stage.asks()[3] == pytest.approx(0.5, abs=0.02)
    stage.after(1.6)
    assert stage.asks().tolist() == [0.0, -3.0, 0.0, 2.0]


def test_a_hand_on_z_ends_the_glide_of_both_where_they_are() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [1.0, 0.0, 0.0, 0.0])).hand(("/deck/a/cue/1/recall", True)).after(0.5)
    between = stage.asks()
    stage.hand(("/deck/a/z/3", 2.0))
    assert stage.asks() == pytest.approx(between)
    assert stage.after(2.0).asks() == pytest.approx(between)
    assert stage.vector("/deck/a/class") == pytest.approx(between), "what is shown is what the bars say"


@settings(max_examples=40)
@given(WEIGHTS, WEIGHTS, st.integers(0, 10_000))
def test_a_child_takes_a_share_of_each_parent(a: list[float], b: list[float], seed: int) -> None:
    child = crossed(np.array(a), np.array(b), seed)
    assert (child >= np.minimum(a, b) - 1e-9).all()
    assert (child <= np.maximum(a, b) + 1e-9).all()
    assert np.array_equal(child, crossed(np.array(a), np.array(b), seed))
    assert crossed(np.array(a), np.array(a), seed) == pytest.approx(a)


def test_breeding_mixes_the_classes_of_both_decks() -> None:
    stage = Stage().hand(("/deck/a/class", [1.0, 0, 0, 0]), ("/deck/b/class", [0, 0, -2.0, 0]))
    stage.hand(("/deck/a/breed", True)).after(1.1)
    share = stage.asks()[0]
    assert 0.0 <= share <= 1.0
    assert stage.asks() == pytest.approx([share, 0.0, -2.0 * (1.0 - share), 0.0])


def test_undo_and_redo_glide_the_classes() -> None:
    stage = Stage().hand(("/deck/a/class/mask", 2.5)).after(1.0)
    stage.hand(("/session/undo", True))
    assert stage.asks()[2] == pytest.approx(2.5), "it leaves from where it is"
    assert stage.after(1.1).asks().tolist() == [1.0, 0.0, 0.0, 0.0]
    assert stage.hand(("/session/redo", True)).after(1.1).asks().tolist() == [1.0, 0.0, 2.5, 0.0]


def test_a_recalled_cue_is_one_move_that_undo_takes_back_whole() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [1.0, 0.0, 0.0, 0.0]), ("/deck/a/seed", 50)).after(1.1)
    z = stage.vector("/deck/a/z")
    stage.hand(("/deck/a/cue/1/recall", True)).after(1.1).hand(("/session/undo", True)).after(1.1)
    assert stage.asks() == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert stage.vector("/deck/a/z") == pytest.approx(z, abs=1e-6)


def test_the_centre_of_cues_has_the_mean_of_their_classes() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [2.0, 0.0, -1.0, 0.0])).hand(("/deck/a/cue/2/store", True))
    stage.hand(("/deck/a/centre", "1 2"))
    assert stage.vector("/deck/a/centre/class") == pytest.approx([1.0, 2.0, -0.5, 0.0])
    stage.hand(("/deck/a/class", [0.0] * 4)).hand(("/deck/a/cue/2/store", True))
    assert stage.vector("/deck/a/centre/class") == pytest.approx([0.0, 2.0, 0.0, 0.0]), "stored anew, meant anew"
    stage.hand(("/deck/a/centre", "mean"))
    assert not stage.vector("/deck/a/centre/class").any()


def test_panic_keeps_classes_but_those_that_leave_nothing_of_a_picture() -> None:
    stage = Stage().hand(("/deck/a/class", [0.5, -2.0, 4.0, 0.0]), ("/deck/b/class", [0.0, 90.0, -3.0, 0.0]))
    stage.hand(("/panic", True))
    assert stage.asks("a").tolist() == [0.5, -2.0, 4.0, 0.0]
    assert stage.asks("b").tolist() == [0.0, 1.0, 0.0, 0.0]


def test_a_loop_on_a_class_goes_on_through_a_glide() -> None:
    stage = Stage().hand(("/loop/hold", "/deck/a/class/moth"))
    for n in range(32):
        stage.hand(("/deck/a/class/1", float(np.sin(n / 5.0)))).after(1 / 64)
    stage.hand(("/loop/release", "/deck/a/class/moth")).after(1.0)
    assert stage.looper.addresses() == ("/deck/a/class/1",)
    stage.hand(("/deck/a/randomise", True))
    seen = [stage.after(1 / 16).asks()[1] for _ in range(16)]
    assert np.ptp(seen) > 0.5


# -- presets --------------------------------------------------------------------------------------------------------


def test_a_preset_goes_on_where_it_was_and_a_still_stands_there() -> None:
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [1.0, 0.0, 0.0, 0.0])).hand(("/deck/a/cue/1/recall", True)).after(0.4)
    shown, kept = stage.asks(), stage.preset()
    assert kept.classes == KINDS
    resolved = Resolved(np.zeros((3, 8), np.float32), stage.clock.now())
    for on_our_clock, later in (
        (rebase, pytest.approx([0.0, 4.0, 0.0, 0.0])),
        (held, pytest.approx(shown)),
    ):
        preset: Preset = replace(kept, resolved=resolved) if on_our_clock is held else kept
        other = Stage()
        other.clock.advance(77.0)
        writes = batch(on_our_clock(preset, other.clock.now()), other.bay.layout).writes
        assert not other.bay.write(writes, RECALL).refused
        other.conductor.tick()
        assert other.asks() == pytest.approx(shown, abs=1e-6)
        assert other.after(2.0).asks() == later


def test_a_preset_from_before_classes_leaves_them() -> None:
    old = Stage(()).hand(("/deck/a/seed", 30), ("/deck/a/psi", 0.4)).preset()
    stage = Stage().hand(("/deck/a/class", [0.0, 4.0, 0.0, 0.0])).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class", [0.2, -1.0, 0.0, 0.0])).hand(("/deck/a/cue/1/recall", True)).after(0.3)
    recall = batch(rebase(old, stage.clock.now()), stage.bay.layout)
    assert not recall.note
    stage.bay.write(recall.writes, RECALL)
    stage.conductor.tick()
    assert stage.bay.number("/deck/a/psi") == 0.4
    assert stage.asks().tolist() == [0.0, 4.0, 0.0, 0.0], "the preset's glide is not theirs"


def test_a_morph_takes_classes_along_without_a_jump_and_ends_exactly_there() -> None:
    there = Stage().hand(("/deck/a/class", [0.0, -3.0, 2.0, 0.0]), ("/deck/a/seed", 60)).after(1.1).preset()
    stage = Stage().hand(("/deck/a/class", [1.0, 1.0, 0.0, 0.0]))
    stage.morph.begin(batch(rebase(there, stage.clock.now()), stage.bay.layout).writes, 2.0)
    seen = [stage.asks()]
    for _ in range(140):
        seen.append(stage.after(1 / 64).asks())
    assert np.abs(np.diff(seen, axis=0)).max() < 0.2
    assert seen[64] == pytest.approx([0.5, -1.0, 1.0, 0.0], abs=0.1)
    assert seen[-1].tolist() == [0.0, -3.0, 2.0, 0.0]


def test_a_hand_on_a_class_keeps_it_from_the_morph() -> None:
    there = Stage().hand(("/deck/a/class", [0.0, -3.0, 2.0, 0.0])).preset()
    stage = Stage()
    stage.after(1.0)
    stage.morph.begin(batch(rebase(there, stage.clock.now()), stage.bay.layout).writes, 2.0)
    stage.after(1.0).hand(("/deck/a/class/ink", 5.0)).after(3.0)
    assert stage.asks()[3] == 5.0
    assert stage.asks()[:3] == pytest.approx([0.0, -3.0, 2.0])


def test_a_still_put_onto_a_deck_brings_its_classes() -> None:
    there = Stage().hand(("/deck/a/class", [0.0, -3.0, 2.0, 0.0])).preset()
    stage = Stage()
    writes = onto_deck(there, stage.bay.snapshot(), "b", stage.clock.now())
    stage.bay.write(writes, CONDUCTOR)
    stage.conductor.tick()
    assert stage.asks("b").tolist() == [0.0, 1.0, 0.0, 0.0]
    assert stage.after(1.1).asks("b").tolist() == [0.0, -3.0, 2.0, 0.0]
    old = Stage(()).preset()
    stage.bay.write(onto_deck(old, stage.bay.snapshot(), "b", stage.clock.now()), CONDUCTOR)
    assert stage.after(1.1).asks("b").tolist() == [0.0, -3.0, 2.0, 0.0], "what knows no classes leaves them"


@pytest.mark.parametrize(
    ("kinds", "expected", "note"),
    [
        (("ink", "mask", "bloom", "moth"), [0.0, 2.0, 0.0, -3.0], ""),
        (("wolf", "mask"), [0.0, 2.0], "does not know moth"),
        (("wolf", "pine", "tench"), [1.0, 0.0, 0.0], "classes stay as they are"),
    ],
)
def test_classes_go_to_another_model_by_name(kinds: tuple[str, ...], expected: list[float], note: str) -> None:
    there = Stage().hand(("/deck/a/class", [0.0, -3.0, 2.0, 0.0])).preset()
    stage = Stage(kinds)
    recall = batch(rebase(there, stage.clock.now()), stage.bay.layout)
    assert note in recall.note
    assert bool(recall.note) == bool(note)
    assert not stage.bay.write(recall.writes, RECALL).refused
    assert stage.vector("/deck/a/class").tolist() == expected


@pytest.mark.parametrize("written", [[0.5, 0.5, 0.0, -1.0], [0.5, 0.5]])
def test_a_preset_written_by_hand_needs_no_names_for_as_many_classes(written: list[float]) -> None:
    values = {"/deck/a/class": np.array(written), "/deck/b/class/moth": 0.25}
    stage = Stage()
    recall = batch(Preset("p", "m", ModelCard("m"), values), stage.bay.layout)
    assert not stage.bay.write(recall.writes, RECALL).refused
    fits = len(written) == len(KINDS)
    assert stage.vector("/deck/a/class").tolist() == (written if fits else [1.0, 0.0, 0.0, 0.0])
    assert bool(recall.note) != fits
    assert stage.vector("/deck/b/class").tolist() == [0.0, 0.25, 0.0, 0.0]


def test_the_fresh_start_fills_the_cues_with_every_class() -> None:
    stage = Stage()
    stage.bay.write(opening(stage.bay.layout, stage.clock.now()), RECALL)
    for deck, first in (("a", 0), ("b", 1)):
        assert np.argmax(stage.vector(f"/deck/{deck}/class")) == first
        found = [int(np.argmax(stage.vector(f"/deck/{deck}/cue/{n}/class"))) for n in range(1, 9)]
        assert found == [(first + n) % 4 for n in range(8)]


def test_a_thousand_classes_are_moved_like_few() -> None:
    names = tuple(f"kind {n}" for n in range(1000))
    stage = Stage(names)
    before: Callable[[], np.ndarray] = stage.asks
    stage.hand(("/deck/a/class/kind_999", 2.0)).hand(("/deck/a/cue/1/store", True))
    stage.hand(("/deck/a/class/kind_999", 0.0)).hand(("/deck/a/cue/1/recall", True)).after(1.1)
    assert before()[999] == 2.0
    assert stage.preset().classes == names
