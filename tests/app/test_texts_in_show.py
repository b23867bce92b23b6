"""A model's own texts in a whole show: what is written is what is played, with the values that belong to it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentjockey.control.source import HAND
from latentjockey.frames.frame import Frame
from latentjockey.generators.testcard import level, marks, read_layers, read_marks
from tests.app.test_engine_faults import moving
from tests.app.test_two_models_in_show import PATIENCE_S, folder, settled

__all__ = ["folder"]

Until = Callable[..., bool]
Play = Callable[..., Any]


def says(frame: Frame, text: str) -> bool:
    return not frame.held and np.array_equal(read_marks(frame.rgb()), marks(text))


def says_nothing(frame: Frame) -> bool:
    return not frame.held and not np.isin(read_marks(frame.rgb()), (0, 255)).any()


def test_a_text_is_on_the_picture_and_goes_and_comes_like_a_value(play: Play, until: Until) -> None:
    stage = play(standby=False)
    assert says_nothing(stage.frame())
    stage.write(gen__words="a moth")
    assert until(lambda: says(stage.frame(), "a moth")), "though nothing else moved"
    stage.write(session__undo=True)
    assert until(lambda: says_nothing(stage.frame()))
    stage.write(gen__words="日本 \N{FIRE} \ud800 and half a character")
    assert until(lambda: says(stage.frame(), "日本 \N{FIRE} ? and half a character"))
    stage.write(session__undo=True)
    assert until(lambda: says_nothing(stage.frame()))
    stage.write(gen__words="x" * 4096, break__amount=0.5)
    assert until(lambda: says(stage.frame(), "x" * 4096))
    stage.write(panic=True)
    assert until(lambda: stage.number("/break/amount") == 0.0)
    assert until(stage.shows_what_is_set)
    assert says(stage.frame(), "x" * 4096), "panic leaves words alone"
    stage.write(gen__words="a moth")
    stage.write(preset__save="moth")
    assert until(lambda: "moth" in stage.show.library.names(), 20), stage.messages()
    stage.write(gen__words="a whale")
    assert until(lambda: says(stage.frame(), "a whale"))
    previews = stage.show.previews
    previews.want("tile", [("/gen/words", "a moth")])
    previews.want("now", [("/gen/words", float("nan"))])
    assert until(lambda: previews.picture("tile") is not None and previews.picture("now") is not None)
    assert np.array_equal(read_marks(previews.picture("tile")), marks("a moth"))
    assert np.array_equal(read_marks(previews.picture("now")), marks("a whale")), "what is refused is left out"
    assert says(stage.frame(), "a whale")
    stage.write(preset__morph=0.4)
    stage.write(preset__recall="moth")
    assert until(lambda: says(stage.frame(), "a moth")), "where all else arrives in time, a text goes over at once"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_words_go_with_the_values_of_their_moment_and_who_takes_over_has_them(
    play: Play, until: Until, engines: Any
) -> None:
    stage = play(size=(192, 192))
    stage.write(engine__fps_cap=0.0, mix__crossfade=0.0, mix__even=False)
    steps = [float(z) for z in np.linspace(-3.0, 3.0, 41)]
    words = {int(level(np.array([z]))[0]): f"at {z}" for z in steps}
    assert len(words) == len(steps)
    seen: set[int] = set()
    wrong: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            frame = stage.frame()
            at = int(read_layers(frame.rgb(), 3)[0, 0])
            if at in words:
                seen.add(frame.stamp.number)
                if not np.array_equal(read_marks(frame.rgb()), marks(words[at])):
                    wrong.append(f"frame {frame.stamp.number}: {words[at]}")

    stage.show.bay.write([("/deck/a/z/0", steps[0]), ("/gen/words", f"at {steps[0]}")], HAND)
    assert until(lambda: says(stage.frame(), f"at {steps[0]}"))
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    rest = threading.Event()
    for n in range(30_000):
        z = steps[n % len(steps)]
        stage.show.bay.write([("/deck/a/z/0", z), ("/gen/words", f"at {z}")], HAND)
        rest.wait(0.003)
        if n >= 300 and len(seen) > 20:  # on a busy machine few of them become pictures
            break
    stop.set()
    looking.join()
    assert len(seen) > 20
    assert wrong == []
    stage.write(gen__words="a moth")
    moving(stage, until)
    assert until(lambda: len(engines(os.getpid())) == 2, 60)
    generation = stage.key()[0]
    os.kill(stage.pid, signal.SIGKILL)
    assert until(lambda: stage.key()[0] > generation, 90)
    assert np.array_equal(read_marks(stage.frame().rgb()), marks("a moth")), "in its first picture"


def test_each_deck_has_words_of_its_own_and_they_sleep_and_wake(folder: Any, play: Play, until: Until) -> None:
    stage = play(standby=False)
    stage.write(gen__words="one model")
    assert until(lambda: says(stage.frame(), "one model"))
    stage.write(deck__a__model="moths", deck__b__model="testcard")
    assert until(lambda: settled(stage, "moths+testcard"), PATIENCE_S), stage.messages()
    stage.write(mix__crossfade=1.0, deck__b__gen__words="on deck B")
    assert until(lambda: says(stage.frame(), "on deck B"))
    stage.write(model="testcard")
    assert until(lambda: settled(stage, "testcard"), PATIENCE_S), stage.messages()
    assert until(lambda: says(stage.frame(), "one model")), "they slept, and woke"
    stage.write(deck__a__model="moths", deck__b__model="testcard")
    assert until(lambda: settled(stage, "moths+testcard"), PATIENCE_S), stage.messages()
    assert until(lambda: says(stage.frame(), "on deck B"))
