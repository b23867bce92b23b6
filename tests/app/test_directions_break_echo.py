"""Directions, break and echo in a whole show: each changes the picture, and at 0 it is the first one again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.control.source import HAND


@pytest.fixture
def stage(play: Callable[..., Any]) -> Any:
    """The coordinate network, small and standing still."""
    made = play(model="cppn", size=(96, 64))
    made.write(deck__a__drift__speed=0.0, deck__b__drift__speed=0.0)
    return made


def settled(stage: Any, until: Callable[..., bool]) -> np.ndarray:
    """The picture, once it shows what stands in the bay and the engine has stopped drawing."""

    def rests() -> bool:
        snapshot, frame = stage.show.bay.snapshot(), stage.frame()
        shown = np.array_equal(frame.effective, snapshot.values[: snapshot.layout.engine_size])
        asleep = stage.show.supervisor._crew.playing._idle  # not only waiting for a processor
        return shown and asleep and not stage.show.feed.wait_newer((frame.stamp.generation, frame.stamp.number), 0.25)

    assert until(rests, 60.0)
    pixels: np.ndarray = stage.frame().pixels
    return pixels


@pytest.mark.parametrize(
    ("batch", "back"),
    [
        ([("/deck/a/dir/0", 3.0)], [("/deck/a/dir/0", 0.0)]),
        ([("/break/amount", 0.8)], [("/break/amount", 0.0)]),
        ([("/echo/amount", 0.6), ("/echo/zoom", 1.1), ("/echo/turn", 5.0)], [("/echo/amount", 0.0)]),
    ],
    ids=["directions", "break", "echo"],
)
def test_it_changes_the_picture_and_at_zero_the_first_one_is_back(
    stage: Any, until: Callable[..., bool], batch: list[tuple[str, float]], back: list[tuple[str, float]]
) -> None:
    first = settled(stage, until)
    position = stage.frame().position
    stage.show.bay.write(batch, HAND)
    other = settled(stage, until)
    assert np.abs(other.astype(int) - first).mean() > 2.0
    assert np.array_equal(stage.frame().position, position) == (batch[0][0] == "/echo/amount")
    stage.show.bay.write(back, HAND)
    assert np.array_equal(settled(stage, until), first)
    assert np.array_equal(stage.frame().position, position)


def test_a_still_of_a_torn_picture_comes_back_exactly(stage: Any, until: Callable[..., bool], tmp_path: Path) -> None:
    stage.show.bay.write([("/deck/a/dir", np.linspace(2.0, -2.0, 32)), ("/break/amount", 1.3)], HAND)
    kept = settled(stage, until)
    stage.show.library.still_at(tmp_path / "torn.png")
    stage.show.bay.write([("/deck/a/dir/0", -9.0), ("/break/seed", 7), ("/break/amount", 0.0)], HAND)
    assert not np.array_equal(settled(stage, until), kept)
    stage.show.library.recall_file(tmp_path / "torn.png")
    assert np.array_equal(settled(stage, until), kept)


def test_reach_moves_psi_and_a_cue_takes_the_dials_along(stage: Any, until: Callable[..., bool]) -> None:
    stage.write(deck__a__glide__time=0.05, deck__a__reach=2.0)
    assert until(lambda: stage.number("/deck/a/overdrive") == 2.0)
    stage.write(deck__a__overdrive=1.0)
    assert until(lambda: stage.number("/deck/a/reach") == 1.0)
    stage.show.bay.write([("/deck/a/dir/0", 3.0)], HAND)
    dialled = settled(stage, until)
    position = stage.frame().position
    stage.show.bay.write([("/deck/a/cue/1/store", True)], HAND)
    stage.show.bay.write([("/deck/a/cue/1/recall", True)], HAND)
    assert until(lambda: stage.number("/deck/a/glide/duration") > 0.0)
    shown = settled(stage, until)
    assert not np.any(stage.show.bay.value("/deck/a/dir"))
    assert np.allclose(stage.frame().position, position, atol=1e-5)
    assert np.abs(shown.astype(int) - dialled).mean() < 1.0
