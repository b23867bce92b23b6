"""A recall that takes its time: no jump on the way, exactly the preset at its end, and a touch wins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.control.values import Value
from latentjockey.models.card import ModelCard
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import Preset, Resolved, batch, capture
from latentjockey.session.routes import is_record

Players = Any
Evening = Any
SECONDS = 2.0
MIDI = Source("midi", Rank.MIDI)
ELSEWHERE: dict[str, Value] = {
    "/deck/a/psi": -2.0,
    "/deck/b/eq/fine": 5.0,
    "/mix/crossfade": 0.8,
    "/gen/zoom": 4.0,
    "/gen/weights": 90,
    "/gen/palette": "moss",
    "/mix/even": False,
    "/deck/a/drift/speed": 0.3,
    "/deck/a/dir": [1.0, -2.0, 0.0, 3.0],
    "/deck/a/centre": "mean",
}


def preset_of(players: Players, *, now: float | None = None, resolved: Resolved | None = None) -> Preset:
    """What a preset keeps of this moment: without what belongs to the evening."""
    model = ("cppn", ModelCard("x"))
    kept = capture(
        players.snapshot(), {}, model, "p", now=players.clock.now() if now is None else now, resolved=resolved
    )
    values = {a: v for a, v in kept.values.items() if "/cue/" not in a and not a.startswith(("/engine", "/transport"))}
    return Preset("p", "cppn", kept.card, values, {}, kept.saved_at, resolved)


def somewhere_else(players: Players) -> Preset:
    """Go to another place, keep it as a preset, and come back to where it was."""
    here = preset_of(players)
    players.write(("/deck/a/seed", 40), ("/deck/b/seed", 41), *ELSEWHERE.items())
    players.run(2.7)
    there = preset_of(players)
    players.write(*batch(rebase(here, players.clock.now()), players.bay.layout).writes, source=RECALL)
    players.run(0.5)
    return there


def recall(players: Players, preset: Preset, seconds: float = SECONDS) -> tuple[tuple[str, Value], ...]:
    on_our_clock = (held if preset.resolved is not None else rebase)(preset, players.clock.now())
    writes = batch(on_our_clock, players.bay.layout).writes
    players.morph.begin(writes, seconds)
    players.conductor.tick()
    return writes


def test_at_its_end_everything_is_as_the_preset_says(players: Players) -> None:
    writes = recall(players, somewhere_else(players))
    players.run(SECONDS + 0.1)
    for address, value in writes:
        if is_record(address):
            continue  # an LFO goes on from where it is
        now = players.bay.value(address)
        if isinstance(value, str) and not isinstance(now, str):
            value = float(players.bay.layout.spec(address).choices.index(value))
        assert np.array_equal(now, value), address


def test_it_ends_where_a_cut_would_be_by_then(players: Players, evening: Evening) -> None:
    other = evening()
    there = somewhere_else(players)
    assert np.array_equal(preset_of(other).values["/deck/a/z"], preset_of(players).values["/deck/a/z"])
    other.clock.advance(players.clock.now() - other.clock.now())
    other.write(*batch(rebase(there, other.clock.now()), other.bay.layout).writes, source=RECALL)
    recall(players, there)
    for _ in range(2):
        players.run(SECONDS)
        other.run(SECONDS)
        for deck in "ab":
            assert np.array_equal(players.place(deck), other.place(deck))


def test_places_and_numbers_go_over_without_a_jump(players: Players) -> None:
    there = somewhere_else(players)
    players.write(("/deck/a/drift/speed", 0.5))
    players.run(1.5)
    watched = ("/deck/a/psi", "/deck/b/eq/fine", "/mix/crossfade", "/gen/zoom")
    before = {a: players.number(a) for a in watched}
    places, numbers = [players.place()], [dict(before)]
    recall(players, there)
    places.append(players.place())

    def look() -> None:
        places.append(players.place())
        numbers.append({a: players.number(a) for a in watched})

    players.run(SECONDS + 0.5, look)
    steps = np.linalg.norm(np.diff(np.array(places), axis=0), axis=1)
    # a half turn at most, eased by half as much again, and the walk itself
    assert steps.max() < 1.6 * np.pi * np.linalg.norm(places[-1]) * players.tick_s / SECONDS
    for address in watched:
        way = np.array([n[address] for n in numbers])
        assert np.abs(np.diff(way)).max() <= 2.6 * abs(way[-1] - way[0]) * players.tick_s / SECONDS + 1e-9, address


def test_ratios_go_over_evenly_by_their_logarithm(players: Players) -> None:
    there = somewhere_else(players)
    recall(players, there)
    players.run(SECONDS / 2)
    assert players.number("/gen/zoom") == pytest.approx(2.0, rel=0.03)
    assert players.number("/deck/a/psi") == pytest.approx(-0.5, abs=0.05)


def test_switches_choices_and_whole_numbers_turn_half_way(players: Players) -> None:
    there = somewhere_else(players)
    recall(players, there)
    turning = ("/gen/weights", "/gen/palette", "/mix/even")
    before = [players.number(a) for a in turning]
    players.run(SECONDS / 2 - 0.05)
    assert [players.number(a) for a in turning] == before
    players.run(0.1)
    assert [players.number(a) for a in turning] == [90.0, 3.0, 0.0]


def test_a_touched_control_is_the_hands_from_then_on(players: Players) -> None:
    there = somewhere_else(players)
    recall(players, there)
    players.run(0.7)
    players.write(("/gen/zoom", 0.5))
    players.write(("/mix/crossfade", 0.1), source=MIDI)
    heard = players.trace("/gen/zoom", SECONDS)
    assert set(heard) == {0.5}
    assert players.number("/mix/crossfade") == 0.1
    assert players.number("/deck/a/psi") == -2.0


def test_a_control_that_is_held_without_moving_stays_with_the_hand(players: Players) -> None:
    there = somewhere_else(players)
    recall(players, there)
    players.run(0.7)
    players.bay.touch("/gen/zoom", HAND)
    here = players.number("/gen/zoom")
    players.run(0.3)
    players.bay.release("/gen/zoom", HAND)
    assert set(players.trace("/gen/zoom", SECONDS)) == {here}


@pytest.mark.parametrize("touch", ["cue", "seed", "z"])
def test_a_deck_that_is_moved_leaves_the_morph_and_the_other_one_arrives(players: Players, touch: str) -> None:
    there = somewhere_else(players)
    players.write(("/deck/a/cue/2/store", True))
    recall(players, there)
    players.run(0.7)
    here = players.place()
    move = {"cue": ("/deck/a/cue/2/recall", True), "seed": ("/deck/a/seed", 5), "z": ("/deck/a/z/0", 4.0)}[touch]
    players.write(move)
    moved = players.place()
    assert np.linalg.norm(np.delete(moved - here, 0)) < 1e-4
    players.run(SECONDS + 0.2)
    assert np.array_equal(players.bay.value("/deck/b/z"), there.values["/deck/b/z"])
    ends = {"cue": players.bay.value("/deck/a/cue/2/z"), "seed": z_from_seed(5, 32)}
    z = players.bay.value("/deck/a/z")
    if touch == "z":
        assert z[0] == 4.0
        assert np.allclose(z[1:], here[1:], atol=1e-5)
    else:
        assert np.allclose(z, ends[touch])


@settings(max_examples=12)
@given(when=st.floats(0.05, 1.9), speed=st.floats(-2, 2), spread=st.floats(0, 2))
def test_whoever_changes_the_walk_on_the_way_makes_no_jump(
    evening: Evening, when: float, speed: float, spread: float
) -> None:
    players = evening()
    there = somewhere_else(players)
    recall(players, there)
    players.run(when)
    players.write(("/deck/a/drift/speed", speed), ("/deck/a/drift/spread", spread))
    places = [players.place()]
    players.run(SECONDS, lambda: places.append(players.place()))
    steps = np.linalg.norm(np.diff(np.array(places), axis=0), axis=1)
    assert steps.max() < 0.6, "the place jumped"
    assert players.number("/deck/a/drift/speed") == speed


def test_a_new_recall_starts_from_where_things_are(players: Players) -> None:
    home = preset_of(players)
    there = somewhere_else(players)
    recall(players, there)
    players.run(0.9)
    here, psi = players.place(), players.number("/deck/a/psi")
    recall(players, home)
    assert np.linalg.norm(players.place() - here) < 0.2
    assert players.number("/deck/a/psi") == pytest.approx(psi, abs=0.02)
    players.run(SECONDS + 0.1)
    assert players.number("/deck/a/psi") == home.values["/deck/a/psi"]
    assert np.array_equal(players.bay.value("/deck/a/z"), home.values["/deck/a/z"])


def test_a_cut_in_the_middle_is_final(players: Players) -> None:
    home = preset_of(players)
    recall(players, somewhere_else(players))
    players.run(0.9)
    players.write(*batch(rebase(home, players.clock.now()), players.bay.layout).writes, source=RECALL)
    players.run(SECONDS)
    assert players.number("/deck/a/psi") == home.values["/deck/a/psi"]
    assert np.array_equal(players.bay.value("/deck/a/z"), home.values["/deck/a/z"])


def test_a_still_comes_back_held_and_exact(players: Players) -> None:
    players.write(("/deck/a/drift/speed", 0.7), ("/deck/a/seed", 30))
    players.run(0.6)  # in the middle of a glide
    shown = players.place()
    resolved = Resolved(np.zeros((9, 512), np.float32), players.clock.now())
    still = preset_of(players, resolved=resolved)
    players.write(("/deck/a/seed", 3), ("/gen/zoom", 3.0))
    players.run(3.0)
    recall(players, still)
    players.run(SECONDS + players.tick_s)
    for _ in range(3):
        assert np.array_equal(players.place(), shown)
        assert players.number("/gen/zoom") == 1.0
        players.run(1.3)


def test_one_undo_takes_a_whole_morph_back(players: Players) -> None:
    there = somewhere_else(players)
    before = {a: players.bay.value(a) for a in ("/deck/a/psi", "/gen/zoom", "/mix/crossfade", "/deck/a/z")}
    recall(players, there)
    players.run(SECONDS + 1.0)
    players.write(("/session/undo", True))
    players.run(1.5)
    for address, value in before.items():
        assert np.allclose(players.bay.value(address), value, atol=1e-5), address


def test_a_loop_is_left_alone(players: Players) -> None:
    there = somewhere_else(players)
    players.write(("/loop/hold", "/gen/zoom"))
    players.beats(3.5, lambda: players.write(("/gen/zoom", 1.0 + players.clock.now() % 1)))
    players.write(("/loop/release", "/gen/zoom"))
    players.beats(1.0)
    recall(players, there)
    players.run(SECONDS + 0.5)
    assert np.ptp(players.trace("/gen/zoom", 2.0)) > 0.5
    assert players.number("/deck/a/psi") == -2.0


def test_panic_ends_it(players: Players) -> None:
    recall(players, somewhere_else(players))
    players.run(0.9)
    players.write(("/panic", True))
    players.run(SECONDS)
    assert players.number("/deck/a/psi") == 1.0
    assert players.number("/gen/zoom") == 1.0


def test_even_travel_stays_the_presets_until_somebody_moves(players: Players) -> None:
    recall(players, somewhere_else(players))
    players.run(0.5)
    kept = players.bay.value("/mix/travel")
    players.conductor.set_travel(tuple(np.sqrt(np.linspace(0, 1, kept.size))))
    players.run(SECONDS + 1.0)
    assert np.array_equal(players.bay.value("/mix/travel"), kept)
    players.write(("/mix/crossfade", 0.4))
    players.run(1.0)
    assert not np.array_equal(players.bay.value("/mix/travel"), kept)


def test_another_model_ends_it(players: Players) -> None:
    recall(players, somewhere_else(players))
    players.run(0.5)
    players.bay.install(players.layout(2, model="testcard"))
    psi = players.number("/deck/a/psi")
    players.run(SECONDS)
    assert players.number("/deck/a/psi") == psi
