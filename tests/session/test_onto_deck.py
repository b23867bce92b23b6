"""A preset or a still put onto one deck, judged by where the deck arrives and by what else stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL
from latentjockey.frames.frame import Frame
from latentjockey.models.builtin import CPPN
from latentjockey.models.spec import ModelSpec
from latentjockey.presets.preset import Preset, capture
from latentjockey.presets.still import write_still
from latentjockey.presets.store import PresetStore
from latentjockey.session.library import Library
from latentjockey.session.morph import Morph
from latentjockey.session.moves import place
from latentjockey.session.onto_deck import audible_deck, onto_deck

SAVED, NOW = 50.0, 9000.0


def bay(at: float) -> Bay:
    return Bay(Layout(1, builtin(64, (256, 256), (), 8)), ManualClock(at))


def kept(crossfade: float) -> tuple[Bay, Preset]:
    """A show with both decks walking, and the preset of its moment."""
    show = bay(SAVED)
    rng = np.random.default_rng(3)
    writes: list[tuple[str, object]] = [("/mix/crossfade", crossfade), ("/mix/offset/fine", 0.4)]
    for deck, psi in (("a", -1.5), ("b", 3.0)):
        writes += [
            (f"/deck/{deck}/z", rng.normal(size=64)),
            (f"/deck/{deck}/dir", rng.normal(size=8)),
            (f"/deck/{deck}/psi", psi),
            (f"/deck/{deck}/eq/middle", -psi),
            (f"/deck/{deck}/centre", "2"),
            (f"/deck/{deck}/centre/z", rng.normal(size=64)),
            (f"/deck/{deck}/drift/speed", 0.7),
            (f"/deck/{deck}/drift/since", 12.0),
        ]
    assert not show.write(writes, HAND).refused  # type: ignore[arg-type]
    return show, capture(show.snapshot(), {}, CPPN, "Dawn", now=SAVED)


@pytest.mark.parametrize("target", ["a", "b"])
@pytest.mark.parametrize(("crossfade", "source"), [(0.2, "a"), (0.5, "b"), (1.4, "b"), (-3.0, "a")])
def test_the_deck_arrives_where_the_audible_deck_was(crossfade: float, source: str, target: str) -> None:
    assert audible_deck(crossfade) == source
    show, preset = kept(crossfade)
    here = bay(NOW)
    here.write([("/mix/crossfade", 0.7), (f"/deck/{target}/glide/time", 2.0)], HAND)
    start = place(here.snapshot(), target, NOW)
    before = here.snapshot()
    assert not here.write(onto_deck(preset, before, target, NOW), RECALL).refused
    after = here.snapshot()
    assert np.array_equal(place(after, target, NOW), start)
    assert np.array_equal(place(after, target, NOW + 2.0), place(show.snapshot(), source, SAVED))
    for name in ("psi", "overdrive", "eq/middle"):
        assert after.number(f"/deck/{target}/{name}") == show.number(f"/deck/{source}/{name}")
    for name in ("dir", "centre/z"):
        assert np.array_equal(after.vector(f"/deck/{target}/{name}"), show.snapshot().vector(f"/deck/{source}/{name}"))
    assert after.text(f"/deck/{target}/centre") == "2"


def test_the_mix_and_the_other_deck_stay() -> None:
    _, preset = kept(0.0)
    here = bay(NOW)
    before = here.snapshot()
    touched = {address for address, _ in onto_deck(preset, before, "b", NOW)}
    assert touched
    assert all(address.startswith("/deck/b/") for address in touched)
    assert not any("/cue/" in address for address in touched)


def test_what_a_preset_leaves_out_is_at_its_default() -> None:
    here = bay(NOW)
    here.write([("/deck/a/psi", 9.0), ("/deck/a/z", 4.0)], HAND)
    bare = replace(kept(0.0)[1], values={"/deck/a/psi": 0.5})
    here.write(onto_deck(bare, here.snapshot(), "a", NOW), RECALL)
    assert here.number("/deck/a/psi") == 0.5
    assert not here.snapshot().vector("/deck/a/z").any()


class Shown:
    """No picture is on stage."""

    def acquire(self) -> Frame | None:
        return None

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return False


def library(here: Bay, folder: Path, playing: ModelSpec | None = CPPN) -> Library:
    store = PresetStore(folder / "presets")
    return Library(here, Shown(), ManualClock(NOW), Messages(), store, lambda: folder, lambda: playing)


def test_the_library_takes_a_name_a_preset_file_or_a_still(tmp_path: Path) -> None:
    show, preset = kept(0.0)
    path = PresetStore(tmp_path / "presets").save("Dawn", preset)
    write_still(tmp_path / "still.png", np.zeros((4, 4, 3), np.uint8), preset)
    for what in ("Dawn", str(path), str(tmp_path / "still.png")):
        here = bay(NOW)
        library(here, tmp_path).recall_onto_deck(what, "b")
        assert np.array_equal(place(here.snapshot(), "b", NOW + 60.0), place(show.snapshot(), "a", SAVED)), what
        assert here.number("/deck/b/psi") == -1.5


def test_what_cannot_be_put_there_is_refused_in_words_and_changes_nothing(tmp_path: Path) -> None:
    _, preset = kept(0.0)
    store = PresetStore(tmp_path / "presets")
    store.save("Elsewhere", replace(preset, model="painted eyes"))
    store.save("Dawn", preset)
    (tmp_path / "not one.png").write_bytes(b"\x89PNG\r\n\x1a\nGIF89a")
    here = bay(NOW)
    before = here.revision
    for what, model, why in (
        ("Elsewhere", CPPN, "painted eyes"),
        ("Dawn", None, "no model plays yet"),
        ("nobody", CPPN, "no preset"),
        (str(tmp_path / "not one.png"), CPPN, "not one.png"),
        (str(tmp_path / "gone.json"), CPPN, "cannot be read"),
    ):
        with pytest.raises(StageError, match=why):
            library(here, tmp_path, model).recall_onto_deck(what, "a")
    assert here.revision == before


def test_with_morph_everything_of_the_deck_goes_over_together(tmp_path: Path) -> None:
    show, preset = kept(0.9)
    PresetStore(tmp_path / "presets").save("Dawn", preset)
    clock = ManualClock(NOW)
    here = Bay(Layout(1, builtin(64, (256, 256), (), 8)), clock)
    here.write([("/deck/a/glide/time", 2.0), ("/deck/a/psi", 1.0)], RECALL)
    morph = Morph(here)
    store = PresetStore(tmp_path / "presets")
    books = Library(here, Shown(), clock, Messages(), store, lambda: tmp_path, lambda: CPPN, morph.begin)
    start = place(here.snapshot(), "a", NOW)
    books.recall_onto_deck("Dawn", "a")
    morph.move(clock.now())
    assert np.allclose(place(here.snapshot(), "a", NOW), start)
    assert here.number("/deck/a/psi") == 1.0
    clock.advance(1.0)
    morph.move(clock.now())
    assert 1.0 < here.number("/deck/a/psi") < 3.0
    clock.advance(1.01)
    morph.move(clock.now())
    assert here.number("/deck/a/psi") == 3.0
    assert np.array_equal(place(here.snapshot(), "a", clock.now()), place(show.snapshot(), "b", SAVED))
    assert here.number("/mix/crossfade") == 0.0
