"""The gesture looper: what was moved while a control was held goes round with the beat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.navigation.seeds import z_from_seed

Players = Any
"""The fixture's; test modules do not import each other."""

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
X = "/mix/crossfade"


def swing(players: Players, address: str = X, beats: float = 4.0, depth: float = 0.5) -> None:
    """Hold, move up and down once, release; the hand has let go a moment later."""
    players.write(("/loop/hold", address))
    begin = players.clock.now()
    seconds = beats * 60.0 / players.number("/transport/bpm")
    players.beats(
        beats - 0.05,
        lambda: players.write((address, depth * np.sin(np.pi * (players.clock.now() - begin) / seconds))),
    )
    players.write(("/loop/release", address))


def test_the_movement_goes_round_with_the_bar(players: Players) -> None:
    swing(players)
    assert players.looper.addresses() == (X,)
    players.beats(2.0)  # the hand has let go and the loop has come back softly
    first = players.trace(X, 2.0)
    again = players.trace(X, 2.0)
    assert np.ptp(first) > 0.4
    assert np.abs(first[:-1] - again[:-1]).max() < 0.02


def test_nothing_jumps_when_a_hand_lets_go_nor_at_the_seam(players: Players) -> None:
    swing(players)
    heard = players.trace(X, 8.0)
    assert np.abs(np.diff(heard)).max() < 0.03  # the whole swing in a bar of two seconds, at 128 ticks a second


def test_a_hand_wins_at_once_and_the_loop_comes_back_softly(players: Players) -> None:
    swing(players)
    players.beats(6.0)
    for _ in range(20):
        players.write((X, 3.0))
        players.run(players.tick_s)
        assert players.number(X) == 3.0
    heard = players.trace(X, 2.0)
    assert np.abs(np.diff(heard)).max() < 0.25
    assert heard[-1] < 0.7


def test_another_tempo_stretches_it_without_a_jump(players: Players) -> None:
    swing(players)
    players.beats(4.0)
    players.write(("/transport/bpm", 60.0))
    heard = players.trace(X, 4.0)
    assert np.abs(np.diff(heard)).max() < 0.03
    assert np.ptp(heard) > 0.4
    phase, beats, recording = players.looper.state(X) or (0, 0, True)
    assert (beats, recording) == (4.0, False)
    players.run(1.0)
    assert (players.looper.state(X) or (0,))[0] == pytest.approx((phase + 0.25) % 1.0, abs=0.01)


def test_a_tap_sets_the_beat_and_nothing_jumps(players: Players) -> None:
    swing(players)
    players.beats(4.3)
    heard = [players.number(X)]
    for _ in range(4):
        players.write(("/transport/tap", True))
        players.run(0.41, lambda: heard.append(players.number(X)))
    assert np.abs(np.diff(heard)).max() < 0.06


@pytest.mark.parametrize("verb", ["reverse", "halve", "double"])
def test_what_is_done_to_a_loop_does_not_jump(players: Players, verb: str) -> None:
    swing(players)
    players.beats(5.5)
    before = players.looper.state(X)
    players.write((f"/loop/{verb}", X))
    heard = players.trace(X, 4.0)
    assert np.abs(np.diff(heard)).max() < 0.06
    after = players.looper.state(X)
    assert before is not None
    assert after is not None
    assert after[1] == {"reverse": 4.0, "halve": 2.0, "double": 8.0}[verb]


def test_reversed_it_goes_the_other_way(players: Players) -> None:
    players.write(("/loop/hold", X))
    begin = players.clock.now()
    players.beats(3.9, lambda: players.write((X, players.clock.now() - begin)))  # a ramp up
    players.write(("/loop/release", X))
    players.beats(6.0)
    assert np.diff(players.trace(X, 0.3)).mean() > 0
    players.write(("/loop/reverse", X))
    players.beats(2.0)
    assert np.diff(players.trace(X, 0.3)).mean() < 0


def test_an_overdub_replaces_what_was_touched_and_keeps_the_rest(players: Players) -> None:
    swing(players, depth=0.5)
    players.beats(4.05)  # the loop has come round
    before = players.trace(X, 2.0)
    players.write(("/loop/hold", X))
    players.beats(2.0)  # nobody touches it yet
    players.beats(0.5, lambda: players.write((X, 4.0)))
    players.beats(1.45)
    players.write(("/loop/release", X))
    players.beats(4.05)
    after = players.trace(X, 2.0)
    apart = np.abs(after - before) > 0.1
    assert after.max() > 2.0
    assert 0.1 < apart.mean() < 0.45
    assert np.abs(after - before)[: int(0.4 * len(after))].max() < 0.05


def test_one_component_of_a_vector_loops_alone_and_glides_still_arrive(players: Players) -> None:
    swing(players, "/deck/a/z/3", depth=2.0)
    players.beats(2.0)
    players.write(("/deck/a/seed", 9))
    players.run(1.5)
    expected = z_from_seed(9, 32)
    place = players.place()
    assert np.allclose(np.delete(place, 3), np.delete(expected, 3), atol=1e-5)
    assert np.ptp(players.trace("/deck/a/z/3", 2.0)) > 1.0


def test_a_cue_sets_a_looping_direction_back_and_the_loop_returns_softly(players: Players) -> None:
    players.directions = np.eye(4, 32, dtype=np.float32)
    players.write(("/deck/a/cue/1/store", True))
    swing(players, "/deck/a/dir/0", depth=2.0)
    players.beats(5.0)
    players.write(("/deck/a/cue/1/recall", True))
    heard = players.trace("/deck/a/dir/0", 2.0)
    assert heard[0] == 0.0
    assert np.abs(np.diff(heard)).max() < 0.15
    assert heard.max() > 1.5


def test_a_switch_loops_in_steps(players: Players) -> None:
    players.write(("/loop/hold", "/mix/even"))
    players.beats(1.0)
    players.write(("/mix/even", False))
    players.beats(1.0)
    players.write(("/mix/even", True))
    players.beats(1.9)
    players.write(("/loop/release", "/mix/even"))
    players.beats(1.0)
    heard = players.trace("/mix/even", 4.0)
    assert set(heard) == {0.0, 1.0}
    assert np.abs(np.diff(heard)).sum() == 4


def test_it_follows_whoever_moves_the_control(players: Players) -> None:
    players.write(("/loop/hold", "/gen/hue"))
    begin = players.clock.now()
    players.beats(3.0, lambda: players.write(("/gen/hue", 40 * (players.clock.now() - begin)), source=OSC))
    players.write(("/loop/release", "/gen/hue"))
    players.beats(2.0)
    assert np.ptp(players.trace("/gen/hue", 2.0)) > 40


def test_a_cleared_loop_leaves_its_control_and_takes_nothing_back(players: Players) -> None:
    swing(players)
    players.beats(6.0)
    players.bay.touch(X, HAND)
    players.write((X, 2.0))
    players.beats(1.0)
    players.write(("/loop/clear", X))
    players.bay.release(X, HAND)
    assert set(players.trace(X, 2.0)) == {2.0}
    assert players.looper.addresses() == ()


def test_clear_without_an_address_and_panic_clear_all(players: Players) -> None:
    for end in (("/loop/clear", ""), ("/panic", True)):
        swing(players, X)
        swing(players, "/gen/hue")
        assert players.looper.addresses() == ("/gen/hue", X)
        players.write(end)
        assert players.looper.addresses() == ()
        assert players.looper.state(X) is None


def test_loops_are_tonights_and_survive_a_recall(players: Players) -> None:
    swing(players)
    players.beats(4.0)
    players.write((X, 0.9), ("/gen/hue", 12.0), source=RECALL)
    assert np.ptp(players.trace(X, 2.0)[2:]) > 0.4


def test_a_loop_sleeps_while_its_control_is_away(players: Players) -> None:
    swing(players, "/gen/hue", depth=50.0)
    players.beats(2.0)
    players.bay.install(players.layout(2, model="testcard"))
    players.beats(3.0)
    assert players.looper.addresses() == ("/gen/hue",)
    players.bay.install(players.layout(3))
    heard = players.trace("/gen/hue", 2.0)
    assert np.ptp(heard) > 30
    assert np.abs(np.diff(heard)).max() < 6


def test_what_cannot_loop_says_why_in_a_sentence(players: Players) -> None:
    for text, why in (
        ("/deck/a/z", "loop one of them"),
        ("/deck/a/z/0-3", "loop one of them"),
        ("/panic", "cannot loop"),
        ("/deck/a/centre", "cannot loop"),
        ("/deck/a/drift/phase", "cannot loop"),
        ("/nowhere", "no control"),
    ):
        players.write(("/loop/hold", text))
        assert why in players.said(), text
        assert players.said().endswith(".")
    assert players.looper.addresses() == ()


def test_holding_without_moving_makes_no_loop(players: Players) -> None:
    players.write(("/loop/hold", X))
    players.beats(3.0)
    players.write(("/loop/release", X))
    assert players.looper.addresses() == ()
    assert "Nothing moved" in players.said()


def test_while_the_beat_stands_nothing_is_recorded_and_loops_stand(players: Players) -> None:
    swing(players)
    players.beats(5.0)
    players.write(("/transport/playing", False))
    players.run(0.5)
    assert np.ptp(players.trace(X, 2.0)) == 0
    players.write(("/loop/hold", "/gen/hue"))
    assert "press play" in players.said()


def test_undo_takes_back_the_hands_move_and_not_the_loops(players: Players) -> None:
    swing(players)
    players.beats(4.0)
    players.bay.write([("/gen/hue", 30.0)], HAND)
    players.run(0.7)
    here = players.number(X)
    players.write(("/session/undo", True))
    assert players.number("/gen/hue") == 0.0
    assert abs(players.number(X) - here) < 0.03
    assert np.ptp(players.trace(X, 2.0)) > 0.4
