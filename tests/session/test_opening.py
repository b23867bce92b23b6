"""The fresh start: two places, sixteen cues, a slow walk, and none of it a move. Panic leads home to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from latentjockey.control.names import CUES, DECKS
from latentjockey.control.source import COMMAND_LINE
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.presets.preset import recallable
from latentjockey.session.opening import PLACES, opening

Players = Any


def begin(players: Players) -> None:
    players.bay.write(opening(players.bay.layout, players.clock.now()), COMMAND_LINE)
    players.conductor.begin()
    players.conductor.tick()


def test_it_is_only_what_a_session_keeps(players: Players) -> None:
    layout = players.bay.layout
    assert all(recallable(layout.spec(address)) for address, _ in opening(layout, 1.0))


def test_every_cue_is_filled_and_all_places_differ(players: Players) -> None:
    begin(players)
    assert all(players.number(f"/deck/{d}/cue/{n}/filled") for d in DECKS for n in CUES)
    assert len({seed for seeds in PLACES.values() for seed in seeds}) == 16
    for deck in DECKS:
        for n, seed in enumerate(PLACES[deck], start=1):
            assert np.allclose(players.bay.value(f"/deck/{deck}/cue/{n}/z"), z_from_seed(seed, 32))


def test_deck_a_leaves_its_place_slowly_and_b_stays(players: Players) -> None:
    begin(players)
    first = z_from_seed(PLACES["a"][0], 32)
    assert np.allclose(players.place("a"), first, atol=1e-3)
    assert np.array_equal(players.place("b"), z_from_seed(PLACES["b"][0], 32))
    players.run(5.0)
    here = players.place("a")
    players.run(5.0)
    assert 0.05 < np.linalg.norm(players.place("a") - here) / np.linalg.norm(here) < 0.6


def test_there_is_nothing_to_undo(players: Players) -> None:
    begin(players)
    before = players.snapshot().values.copy()
    players.write(("/session/undo", True))
    kept = [s.address for s in players.bay.layout.specs if recallable(s) and not s.textual]
    assert all(np.array_equal(players.snapshot().vector(a), before[_run(players, a)]) for a in kept)


def _run(players: Players, address: str) -> slice:
    target = players.bay.layout.resolve(address)
    return slice(target.start, target.stop)


def test_panic_home_is_a_panic_and_a_glide_to_the_first_cues(players: Players) -> None:
    begin(players)
    players.write(("/deck/a/cue/4/recall", True), ("/deck/b/cue/5/recall", True), ("/deck/a/eq/fine", -3.0))
    players.run(3.0)
    here = players.place("b")
    players.write(("/panic/home", True))
    assert players.number("/deck/a/eq/fine") == 1.0
    assert np.allclose(players.place("b"), here)
    players.run(1.1)
    for deck in DECKS:
        assert np.array_equal(players.place(deck), z_from_seed(PLACES[deck][0], 32))


def test_panic_home_without_cues_is_a_panic(players: Players) -> None:
    players.write(("/deck/a/eq/fine", -3.0), ("/deck/a/seed", 12))
    players.run(2.0)
    players.write(("/panic/home", True))
    assert players.number("/deck/a/eq/fine") == 1.0
    players.run(2.0)
    assert np.array_equal(players.place(), z_from_seed(12, 32))
