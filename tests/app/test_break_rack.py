"""The break rack in a whole show: seen at once, home on panic, black and constant pictures shown and said."""

from __future__ import annotations

from collections.abc import Callable
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


def test_what_is_broken_is_seen_and_panic_heals_it(stage: Any, until: Callable[..., bool]) -> None:
    whole = settled(stage, until)
    stage.write(break__coarse__rotate=70.0, break__middle__kill=0.4, break__fine__invert=4.0, break__blend=0.3)
    broken = settled(stage, until)
    assert np.abs(broken.astype(int) - whole).mean() > 5.0
    stage.show.bay.write([("/panic", True)], HAND)
    assert until(lambda: stage.number("/break/fine/invert") == 0.0)
    assert np.array_equal(settled(stage, until), whole)


def test_grain_and_trails_move_while_nothing_else_does(stage: Any, until: Callable[..., bool]) -> None:
    for way in ("noise", "feedback"):
        settled(stage, until)
        stage.show.bay.write([(f"/break/middle/{way}", 0.5)], HAND)
        number = stage.frame().stamp.number
        assert until(lambda: stage.frame().stamp.number > number + 5)  # noqa: B023 - asked before the next turn
        stage.show.bay.write([(f"/break/middle/{way}", 0.0)], HAND)


def test_a_constant_picture_is_shown_and_said(stage: Any, until: Callable[..., bool]) -> None:
    settled(stage, until)
    assert until(lambda: stage.text("/engine/picture") == "")
    stage.write(gen__zoom=0.0001, gen__chroma=0.0, gen__lightness=-30.0)
    assert until(lambda: stage.text("/engine/picture") == "black")
    assert int(settled(stage, until).max()) <= 2
    stage.write(gen__lightness=30.0)
    assert until(lambda: stage.text("/engine/picture") == "constant")
    stage.show.bay.write([("/panic", True)], HAND)
    assert until(lambda: stage.text("/engine/picture") == "")
