"""Small pictures of a whole show: each deck alone, what was asked for, and nothing of it on stage."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.app import Show
from latentjockey.engine.previews import made_small
from latentjockey.frames.frame import Frame
from latentjockey.generators.protocol import FrameResult
from latentjockey.generators.testcard import BLOCKS, level, read_layers
from latentjockey.host.previews import KEPT
from latentjockey.host.spare_room import Picture
from latentjockey.options import Options

SIDE = 96
PATIENCE_S = 120.0
FAR, NEAR = np.linspace(-2.0, 2.0, 512), np.linspace(1.0, -1.0, 512)


def shows(picture: Picture | None, z: Any) -> bool:
    """Whether a picture of the test card has this place written on it, in all layers."""
    if picture is None or picture.shape != (SIDE, SIDE, 3):
        return False
    written = read_layers(picture, 3).astype(int)
    return bool((np.abs(written - level(np.asarray(z)[:BLOCKS])) <= 1).all())


def solo(show: Show, deck: str) -> Picture | None:
    found = show.previews.solo(deck)
    return None if found is None else found[1]


def number(show: Show, deck: str) -> int:
    found = show.previews.solo(deck)
    return -1 if found is None else found[0]


def small(frame: Frame) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture on stage as a small one."""
    return np.moveaxis(made_small(FrameResult(frame.pixels, True, frame.planar)).pixels, 0, -1)


def alike(one: Picture | None, other: Any) -> bool:
    """Whether two pictures differ by what scaling leaves, and no more."""
    return one is not None and one.shape == other.shape and bool(np.abs(one.astype(int) - other).mean() < 8.0)


@pytest.fixture
def card(play: Any, patient: None) -> Any:
    """A still show on the test card, deck A far, deck B near, in the middle between them."""
    stage = play(size=(192, 192))
    stage.write(deck__a__z=FAR, deck__b__z=NEAR, mix__even=False, mix__crossfade=0.5)
    return stage


def test_each_deck_alone_whatever_is_on_stage(card: Any, until: Callable[..., bool]) -> None:
    card.show.previews.want_solo(True)
    assert until(lambda: shows(solo(card.show, "a"), FAR))
    assert until(lambda: shows(solo(card.show, "b"), NEAR))
    assert until(card.shows_what_is_set)
    stage = small(card.frame())
    assert not shows(stage, FAR)
    assert not shows(stage, NEAR)


@pytest.mark.parametrize(("deck", "end", "z"), [("a", 0.0, FAR), ("b", 1.0, NEAR)])
def test_at_an_end_of_the_crossfader_it_is_what_is_on_stage(
    card: Any, until: Callable[..., bool], deck: str, end: float, z: Any
) -> None:
    card.show.previews.want_solo(True)
    card.write(mix__crossfade=end)
    assert until(lambda: shows(solo(card.show, deck), z) and card.shows_what_is_set())
    assert shows(small(card.frame()), z)
    card.write(mix__offset__coarse=0.5)  # and here the stage shows a mix
    assert until(card.shows_what_is_set)
    assert shows(solo(card.show, deck), z)


def test_a_deck_is_drawn_again_when_it_changes_and_no_other_is(card: Any, until: Callable[..., bool]) -> None:
    show = card.show
    show.previews.want_solo(True)
    assert until(lambda: shows(solo(show, "a"), FAR) and shows(solo(show, "b"), NEAR))
    before = number(show, "b")
    for z in (NEAR * 0.5, FAR * 2.0, FAR):
        card.write(deck__a__z=z)
        assert until(lambda z=z: shows(solo(show, "a"), z))
    card.write(mix__crossfade=0.3)
    assert until(card.shows_what_is_set)
    assert number(show, "b") == before, "nothing of deck B has changed"
    card.write(deck__b__eq__middle=0.0)
    assert until(lambda: number(show, "b") != before)


def test_while_a_deck_moves_its_pictures_follow_and_the_last_is_where_it_arrived(
    card: Any, until: Callable[..., bool]
) -> None:
    show = card.show
    show.previews.want_solo(True)
    card.write(deck__a__drift__speed=1.0, deck__a__drift__spread=1.0)
    assert until(lambda: number(show, "a") >= 0)
    start = number(show, "a")
    assert until(lambda: number(show, "a") > start + 5)
    card.write(deck__a__drift__spread=0.0)
    assert until(lambda: shows(solo(show, "a"), FAR))
    card.write(deck__b__glide__time=0.3, deck__b__seed=77)
    assert until(lambda: shows(solo(show, "b"), show.bay.value("/deck/b/z")))


def test_nobody_looks_and_nothing_is_drawn(card: Any, until: Callable[..., bool]) -> None:
    show = card.show
    show.previews.want_solo(True)
    assert until(lambda: solo(show, "a") is not None and solo(show, "b") is not None)
    show.previews.want_solo(False)
    show.previews.want("told", [])  # once this is there, the engine has heard that nobody looks
    assert until(lambda: show.previews.picture("told") is not None)
    card.write(deck__b__z=FAR)
    show.previews.want("after", [])  # comes later than the other would
    assert until(lambda: show.previews.picture("after") is not None)
    assert not shows(solo(show, "b"), FAR)
    show.previews.want_solo(True)
    assert until(lambda: shows(solo(show, "b"), FAR))


def test_what_is_asked_for_comes_and_neither_stage_nor_bay_hear_of_it(card: Any, until: Callable[..., bool]) -> None:
    show = card.show
    assert until(card.shows_what_is_set)
    key, values = card.key(), show.bay.snapshot().values[: show.bay.layout.engine_size]
    show.previews.want("cue", [("/deck/a/z", -FAR), ("/mix/crossfade", 0.0), ("/nobody/knows", 1.0)])
    assert until(lambda: show.previews.picture("cue") is not None)
    assert shows(show.previews.picture("cue"), -FAR)
    show.previews.want("now", [])
    assert until(lambda: show.previews.picture("now") is not None)
    assert alike(show.previews.picture("now"), small(card.frame()))
    assert show.previews.picture("nobody asked for this") is None
    show.previews.want("cue", [("/deck/b/z", FAR / 2.0), ("/mix/crossfade", 1.0)])
    assert until(lambda: shows(show.previews.picture("cue"), FAR / 2.0)), "made anew"
    assert card.key() == key, "no frame was made for it"
    assert np.array_equal(show.bay.snapshot().values[: values.size], values)


def test_a_glide_has_arrived_in_what_is_asked_for(card: Any, until: Callable[..., bool]) -> None:
    card.write(deck__a__glide__time=1e4, deck__a__seed=5)
    z = np.array(card.show.bay.value("/deck/a/z"))
    card.show.previews.want("there", [("/mix/crossfade", 0.0)])
    assert until(lambda: shows(card.show.previews.picture("there"), z))


def test_only_the_newest_are_kept(card: Any, until: Callable[..., bool]) -> None:
    previews = card.show.previews
    for n in range(KEPT + 20):
        previews.want(f"{n}", [("/deck/a/psi", n / KEPT)])
    assert until(lambda: previews.picture(f"{KEPT + 19}") is not None, PATIENCE_S)
    assert sum(previews.picture(f"{n}") is not None for n in range(KEPT + 20)) <= KEPT


@pytest.mark.parametrize("choice", ["exception", "out of memory", "not a number"])
def test_what_cannot_be_drawn_harms_nobody(card: Any, until: Callable[..., bool], choice: str) -> None:
    show, pid = card.show, card.pid
    show.previews.want_solo(True)
    show.previews.want("bad", [("/gen/rehearse", choice)])
    show.previews.want("good", [("/deck/a/z", -FAR), ("/mix/crossfade", 0.0)])
    assert until(lambda: shows(show.previews.picture("good"), -FAR))
    assert show.previews.picture("bad") is None
    assert until(lambda: shows(solo(show, "a"), FAR) and shows(solo(show, "b"), NEAR))
    card.write(deck__a__z=NEAR)
    assert until(card.shows_what_is_set)
    assert (card.pid, card.text("/engine/error"), card.number("/engine/restarts")) == (pid, "", 0)


def test_what_ends_every_engine_is_given_up(card: Any, until: Callable[..., bool]) -> None:
    previews = card.show.previews
    previews.want("bad", [("/gen/rehearse", "exit")])
    previews.want("good", [("/deck/a/z", -FAR), ("/mix/crossfade", 0.0)])
    assert until(lambda: shows(previews.picture("good"), -FAR), PATIENCE_S)
    assert card.number("/engine/restarts") == 2
    assert previews.picture("bad") is None


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills by signal")
def test_what_a_killed_engine_owed_comes_from_the_next(card: Any, until: Callable[..., bool]) -> None:
    show, pid = card.show, card.pid
    show.previews.want_solo(True)
    assert until(lambda: shows(solo(show, "a"), FAR))
    os.kill(pid, signal.SIGSTOP)
    for n in range(12):
        show.previews.want(f"{n}", [("/deck/a/z", FAR / (n + 1)), ("/mix/crossfade", 0.0)])
    card.write(deck__b__z=-FAR)
    os.kill(pid, signal.SIGKILL)
    for n in range(12):
        assert until(lambda n=n: shows(show.previews.picture(f"{n}"), FAR / (n + 1)), PATIENCE_S), n
    assert until(lambda: shows(solo(show, "b"), -FAR)), "and who looks goes on looking"
    assert card.pid != pid


def test_another_model_draws_small_pictures_too(card: Any, until: Callable[..., bool]) -> None:
    show = card.show
    show.previews.want_solo(True)
    assert until(lambda: solo(show, "b") is not None)
    before = number(show, "b")
    card.write(model="cppn")
    show.previews.want("other", [("/deck/a/seed", 3.0)])
    assert until(lambda: card.text("/engine/model") == "cppn", PATIENCE_S)
    assert until(lambda: number(show, "b") > before)
    show.previews.want("wide", [("/gen/zoom", 3.0)])
    assert until(lambda: show.previews.picture("wide") is not None, PATIENCE_S)


def test_the_coordinate_network_alone_and_mixed(play: Any, until: Callable[..., bool]) -> None:
    stage = play(model="cppn", size=(160, 90))
    show = stage.show
    show.previews.want_solo(True)
    assert until(lambda: solo(show, "a") is not None and solo(show, "b") is not None, PATIENCE_S)
    for crossfade, deck in ((0.0, "a"), (1.0, "b")):
        stage.write(mix__crossfade=crossfade)
        expected = (SIDE * 90 // 160, SIDE, 3)
        assert until(
            lambda x=crossfade, d=deck: (
                stage.frame().effective[show.bay.layout.resolve("/mix/crossfade").start] == x
                and alike(solo(show, d), small(stage.frame()))
            )
        )
        assert small(stage.frame()).shape == expected
    stage.write(mix__crossfade=0.5)
    assert until(lambda: not alike(solo(show, "b"), small(stage.frame())))
    assert not alike(solo(show, "a"), small(stage.frame()))
    assert not alike(solo(show, "a"), solo(show, "b"))
    show.previews.want("drawn", [])
    assert until(lambda: alike(show.previews.picture("drawn"), small(stage.frame())))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_no_memory_stays_behind(until: Callable[..., bool]) -> None:
    def held() -> int:
        maps = Path("/proc/self/maps").read_text().count("memfd:latentjockey")
        links = [
            os.readlink(f"/proc/self/fd/{n}")
            for n in os.listdir("/proc/self/fd")
            if Path(f"/proc/self/fd/{n}").exists()
        ]
        return maps + sum("memfd:latentjockey" in link for link in links)

    before = held()
    show = Show(Options(model="testcard", session=False, surfaces=False))
    with show:
        show.previews.want_solo(True)
        show.previews.want("one", [])
        assert until(lambda: show.previews.picture("one") is not None and solo(show, "a") is not None)
        os.kill(int(show.bay.number("/engine/pid")), signal.SIGKILL)
        show.previews.want("two", [])
        assert until(lambda: show.previews.picture("two") is not None)
        assert held() > before
    assert until(lambda: held() == before)
