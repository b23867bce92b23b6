"""The ghost with a model that knows classes: begins where they are, morphs slowly, yields without a jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import COMMAND_LINE, LOOP
from latentjockey.models.builtin import BUILTIN
from latentjockey.navigation.state import class_weights
from latentjockey.session.ghost import PLAYING, Ghost
from latentjockey.session.opening import opening

Players = Any
KINDS = ("bloom", "moth", "mask", "marbled ink", "eye")


@pytest.fixture
def sorted_players(evening: Callable[..., Players]) -> Players:
    made = evening(lambda bay: Ghost(bay, seed=3))
    classes(made.bay, 2)
    made.conductor.tick()
    return made


def classes(bay: Bay, epoch: int) -> None:
    bay.install(Layout(epoch, builtin(32, (64, 64), BUILTIN["cppn"].controls, 4, KINDS)))


def asked(players: Players, deck: str = "a") -> np.ndarray:
    """What the deck shows now, glides included."""
    weights = class_weights(players.snapshot(), deck, players.clock.now())
    assert weights is not None
    return np.array(weights)


def trace(players: Players, seconds: float, deck: str = "a") -> np.ndarray:
    heard = [asked(players, deck)]
    players.run(seconds, lambda: heard.append(asked(players, deck)))
    return np.array(heard)


def test_it_morphs_between_classes_from_where_they_are(sorted_players: Players) -> None:
    sorted_players.write(("/deck/a/class", [0.0, 0.0, -3.0, 0.0, 4.0]))
    sorted_players.run(1.0)
    sorted_players.write((PLAYING, True))
    way = trace(sorted_players, 40.0)
    assert np.abs(np.diff(way, axis=0)).max() < 0.03
    assert way[0].tolist() == [0.0, 0.0, -3.0, 0.0, 4.0]
    assert way[-1].sum() == pytest.approx(1.0)
    assert np.abs(way[-1] - way[way.shape[0] // 2]).max() > 0.1
    assert way[way.shape[0] // 2 :].max() < 2.0


def test_a_recalled_cue_brings_its_classes_by_glide_and_the_morph_goes_on_from_there(sorted_players: Players) -> None:
    sorted_players.bay.write(opening(sorted_players.bay.layout, sorted_players.clock.now()), COMMAND_LINE)
    sorted_players.run(1.0)
    sorted_players.write((PLAYING, True))
    heard, glides = [asked(sorted_players)], set()

    def look() -> None:
        heard.append(asked(sorted_players))
        glides.add(sorted_players.number("/deck/a/glide/since"))

    sorted_players.run(80.0, look)
    assert len(glides) > 3, "no cue was recalled, so nothing was tried"
    assert np.abs(np.diff(np.array(heard), axis=0)).max() < 0.03


def test_it_yields_without_a_jump(sorted_players: Players) -> None:
    sorted_players.write((PLAYING, True))
    sorted_players.run(27.0)
    before = asked(sorted_players)
    sorted_players.write(("/gen/hue", 3.0))
    assert sorted_players.number(PLAYING) == 0
    assert np.abs(asked(sorted_players) - before).max() < 0.01
    assert np.array_equal(trace(sorted_players, 4.0)[0], asked(sorted_players))


def test_classes_that_a_loop_plays_are_left_to_it(sorted_players: Players) -> None:
    sorted_players.write((PLAYING, True))
    sorted_players.run(4.0)
    sorted_players.bay.touch("/deck/a/class/moth", LOOP)
    here = sorted_players.number("/deck/a/class/moth")
    assert set(sorted_players.trace("/deck/a/class/moth", 20.0)) == {here}
    assert np.abs(np.diff(trace(sorted_players, 20.0, "b"), axis=0)).max() > 0


def test_without_classes_it_plays_as_it_did(evening: Callable[..., Players]) -> None:
    one, two = (evening(lambda bay: Ghost(bay, seed=3)) for _ in range(2))
    classes(two.bay, 2)
    two.conductor.tick()
    for players in (one, two):
        players.write((PLAYING, True))
        players.run(30.0)
    for address in ("/mix/crossfade", "/deck/a/eq/coarse", "/deck/b/dir/1"):
        assert one.number(address) == two.number(address)


def test_the_opening_gives_a_class_to_each_cue_of_a_and_mixtures_to_b(sorted_players: Players) -> None:
    written = dict(opening(sorted_players.bay.layout, 1.0))
    a, b = ([np.asarray(written[f"/deck/{deck}/cue/{n}/class"]) for n in range(1, 9)] for deck in "ab")
    assert all(cue.tolist() == np.eye(5)[n % 5].tolist() for n, cue in enumerate(a))
    assert b[0].tolist() == np.eye(5)[1].tolist(), "the first is the deck's own"
    for cue in (*a, *b):
        assert cue.sum() == pytest.approx(1.0)
    assert any(cue.min() < 0 and cue.max() > 1 for cue in b)
    assert any(np.count_nonzero(cue) == 3 for cue in b)
