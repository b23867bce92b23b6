"""The ghost performer: begins when nobody touches anything, plays what nobody holds, and steps aside without a jump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latentjockey.control.bay import Bay
from latentjockey.control.source import COMMAND_LINE, CONDUCTOR, ENGINE, HAND, RECALL, Rank, Source
from latentjockey.session.ghost import PLAYING, UNTOUCHED_S, Ghost
from latentjockey.session.opening import opening

Players = Any
Evening = Any
MIDI = Source("midi: pad", Rank.MIDI)
OSC = Source("osc 127.0.0.1:7000", Rank.OSC, streams=True)


def waiting(bay: Bay) -> Ghost:
    return Ghost(bay, seed=3, waits=True)


def rehearsing(bay: Bay) -> Ghost:
    return Ghost(bay, seed=3, rehearses=True)


def played(players: Players) -> np.ndarray:
    """All numbers that are not records or readouts."""
    snapshot = players.snapshot()
    specs = [s for s in snapshot.layout.specs if not s.internal and not s.textual and s.kind.value != "trigger"]
    return np.concatenate([snapshot.vector(s.address) for s in specs if s.address != PLAYING])


def test_it_waits_for_something_to_look_at(evening: Evening) -> None:
    there: list[bool] = []
    players = evening(lambda bay: Ghost(bay, seed=3, waits=True, seen=lambda: bool(there)))
    players.run(3 * UNTOUCHED_S)
    assert players.number(PLAYING) == 0
    there.append(True)
    players.run(UNTOUCHED_S - 1.0)
    assert players.number(PLAYING) == 0
    players.run(2.0)
    assert players.number(PLAYING) == 1


def test_it_begins_after_ten_untouched_seconds_and_not_before(evening: Evening) -> None:
    players = evening(waiting)
    before = played(players)
    players.run(UNTOUCHED_S - 0.1)
    assert players.number(PLAYING) == 0
    assert np.array_equal(played(players), before)
    players.run(0.3)
    assert players.number(PLAYING) == 1
    players.run(4.0)
    assert not np.array_equal(played(players), before)


def test_without_being_told_to_wait_it_never_begins_by_itself(players: Players) -> None:
    before = played(players)
    players.run(30.0)
    assert players.number(PLAYING) == 0
    assert np.array_equal(played(players), before)


TOUCHES = {
    "a hand's value": (("/deck/b/eq/fine", 0.5), HAND),
    "a press": (("/deck/a/mutate", True), HAND),
    "a command": (("/loop/clear", ""), HAND),
    "midi": (("/gen/hue", 3.0), MIDI),
    "osc": (("/gen/zoom", 3.0), OSC),
    "a script": (("/deck/a/dir/2", 3.0), COMMAND_LINE),
    "a recall": (("/deck/a/psi", 3.0), RECALL),
    "its own switch": ((PLAYING, False), HAND),
}


@pytest.mark.parametrize("touch", TOUCHES, ids=str)
def test_it_yields_at_the_first_touch_by_anybody_without_a_jump(evening: Evening, touch: str) -> None:
    write, source = TOUCHES[touch]
    players = evening(waiting)
    players.run(UNTOUCHED_S + 7.0)
    assert players.number(PLAYING) == 1
    crossfade = players.number("/mix/crossfade")
    players.write(write, source=source)
    players.run(players.tick_s)
    assert players.number(PLAYING) == 0
    stopped = players.number("/mix/crossfade")
    assert abs(stopped - crossfade) < 0.01
    players.run(0.5)
    still = played(players)
    players.run(UNTOUCHED_S + 1.0)
    assert players.number(PLAYING) == 0
    assert players.number("/mix/crossfade") == stopped
    assert np.array_equal(played(players), still)


def test_a_touch_while_it_waits_is_enough(evening: Evening) -> None:
    players = evening(waiting)
    players.run(5.0)
    players.write(("/gen/hue", 5.0))
    players.run(2 * UNTOUCHED_S)
    assert players.number(PLAYING) == 0


def test_who_is_no_hand_does_not_disturb_it(evening: Evening) -> None:
    players = evening(waiting)
    for _ in range(130):
        players.run(0.1)
        players.write(("/engine/fps", 30.0 + players.clock.now()), source=ENGINE)
        players.write(("/deck/a/drift/phase", 0.1), source=CONDUCTOR)
        players.write(("/surface/view", 1), source=HAND)
    assert players.number(PLAYING) == 1


def test_switched_on_by_hand_it_plays_and_yields_again(players: Players) -> None:
    players.write((PLAYING, True))
    players.run(6.0)
    assert players.number(PLAYING) == 1
    assert players.number("/mix/crossfade") != 0
    players.write(("/gen/hue", 5.0))
    players.run(0.1)
    assert players.number(PLAYING) == 0
    players.write((PLAYING, True))
    players.run(0.1)
    assert players.number(PLAYING) == 1


def test_it_begins_where_things_are_and_nothing_jumps(players: Players) -> None:
    players.write(("/mix/crossfade", -3.0), ("/deck/a/eq/coarse", 9.0))
    players.run(1.0)
    players.write((PLAYING, True))
    for address, most in (("/mix/crossfade", 0.1), ("/deck/a/eq/coarse", 0.2)):
        assert np.abs(np.diff(players.trace(address, 6.0))).max() < most


def test_a_control_that_a_hand_holds_is_left_to_it(players: Players) -> None:
    players.write((PLAYING, True))
    players.run(4.0)
    players.bay.touch("/mix/crossfade", HAND)
    here = players.number("/mix/crossfade")
    players.run(10.0)
    assert players.number("/mix/crossfade") == here
    assert players.number(PLAYING) == 1
    players.bay.release("/mix/crossfade", HAND)
    assert np.abs(np.diff(players.trace("/mix/crossfade", 6.0))).max() < 0.1


def test_nothing_of_it_arrives_after_it_has_yielded(players: Players) -> None:
    players.write((PLAYING, True))
    players.run(4.0)
    players.bay.touch("/mix/crossfade", HAND)
    here = players.number("/mix/crossfade")
    players.run(3.0)
    players.write(("/gen/hue", 5.0))
    players.bay.release("/mix/crossfade", HAND)
    assert set(players.trace("/mix/crossfade", 1.0)) == {here}


def test_it_is_the_same_for_the_same_seed_and_beat(evening: Evening) -> None:
    one, two = evening(waiting), evening(waiting)
    for players in (one, two):
        players.run(30.0)
    assert np.array_equal(played(one), played(two))
    assert np.array_equal(one.place(), two.place())


def test_it_recalls_cues_within_bars_and_leaves_the_glide_time_as_it_was(players: Players) -> None:
    players.bay.write(opening(players.bay.layout, players.clock.now()), COMMAND_LINE)
    players.write(("/deck/a/glide/time", 1.5))
    players.run(1.0)
    players.write((PLAYING, True))
    times, places = set(), set()

    def look() -> None:
        times.add(players.number("/deck/a/glide/duration"))
        places.add(players.bay.value("/deck/a/z").tobytes())

    players.run(60.0, look)
    assert times & {2.0, 4.0}
    assert len(places) > 3
    assert players.number("/deck/a/glide/time") == 1.5


def test_undo_does_not_know_of_it(players: Players) -> None:
    players.write(("/gen/hue", 30.0))
    players.run(1.0)
    players.write((PLAYING, True))
    players.run(20.0)
    players.write(("/session/undo", True))
    assert players.number("/gen/hue") == 0.0


def test_panic_stops_it(players: Players) -> None:
    players.write((PLAYING, True))
    players.run(9.0)
    players.write(("/panic", True))
    players.run(20.0)
    assert players.number(PLAYING) == 0
    assert players.number("/deck/a/eq/fine") == 1.0


def test_in_a_rehearsal_it_plays_at_once_and_comes_back_after_a_touch(evening: Evening) -> None:
    players = evening(rehearsing)
    players.run(1.0)
    assert players.number(PLAYING) == 1
    players.write(("/gen/zoom", 3.0))
    players.run(UNTOUCHED_S - 0.2)
    assert players.number(PLAYING) == 0
    players.run(0.5)
    assert players.number(PLAYING) == 1


def test_in_a_rehearsal_it_plays_the_whole_surface(evening: Evening) -> None:
    heard: list[str] = []
    players = evening(lambda bay: Ghost(bay, seed=3, rehearses=True, presets=lambda: ("one", "two")))
    presses = [s.address for s in players.bay.layout.specs if s.kind.value == "trigger"]
    before = {a: players.number(a) for a in presses}
    loops: set[str] = set()

    def look() -> None:
        heard.append(str(players.bay.value("/preset/recall")))
        loops.update(players.looper.addresses())

    players.run(150.0, look)
    pressed = {a for a in presses if players.number(a) != before[a]}
    for verb in ("mutate", "randomise", "breed"):
        assert {f"/deck/a/{verb}", f"/deck/b/{verb}"} & pressed, verb
    assert {"one", "two"} & set(heard)
    assert loops
    assert players.number(PLAYING) == 1
