"""What the conductor does for modulation: nothing jumps, targets are found again, sources press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from latentjockey.control.layout import Layout
from latentjockey.control.source import AUDIO, HAND, MODULATION, RECALL, Rank, Source
from latentjockey.control.values import Value
from latentjockey.models.card import ModelCard
from latentjockey.modulation import routes as described
from latentjockey.modulation.lfo import lfo_of
from latentjockey.modulation.matrix import for_engine, modulated
from latentjockey.modulation.transport import transport_of
from latentjockey.presets.motion import held, rebase
from latentjockey.presets.preset import Resolved, batch, capture
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.routes import Presses, is_record

Players = Any
CARD = ("cppn", ModelCard("cppn"))


def route(target: str, amount: float = 0.25, source: str = "lfo 1", n: int = 1) -> list[tuple[str, Value]]:
    at = f"/mod/{n}"
    return [(f"{at}/target", target), (f"{at}/source", source), (f"{at}/amount", amount), (f"{at}/on", True)]


def level(players: Players, n: int = 1) -> float:
    now = players.snapshot()
    return lfo_of(now, n).value(players.clock.now(), transport_of(now))


def shown(players: Players, address: str) -> float:
    return modulated(players.snapshot(), players.clock.now()).number(address)


@pytest.fixture
def presses(players: Players) -> Sequence[str]:
    """What was pressed by a source, as the conductor heard it."""
    heard: list[str] = []
    bay = players.bay
    outside = Outside(
        publish=lambda snapshot: None,
        commands={"/deck/a/cue/1/recall": lambda event: heard.append(event.source.name)},
        movers=[Presses(bay)],
    )
    players.conductor = Conductor(bay, players.clock, players.messages, outside)
    players.conductor.begin()
    return heard


# -- records ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [("/lfo/1/rate", 3.0), ("/lfo/1/rate", -0.4), ("/lfo/1/sync", True), ("/lfo/1/beats", 1.0), ("/lfo/2/rate", 5.0)],
)
def test_no_change_of_pace_makes_an_lfo_jump(players: Players, change: tuple[str, Value]) -> None:
    players.write(("/lfo/1/rate", 0.7))
    players.run(1.37)
    before = level(players)
    players.write(change)
    assert level(players) == pytest.approx(before, abs=1e-9)
    players.run(0.05)
    assert level(players) != before


def test_another_tempo_turns_a_synced_lfo_faster_from_where_it_is(players: Players) -> None:
    players.write(("/lfo/1/sync", True), ("/lfo/1/beats", 4.0))
    players.run(0.8)
    before = level(players)
    players.write(("/transport/bpm", 60.0))
    assert level(players) == pytest.approx(before, abs=1e-9)


def test_a_restart_begins_a_turn(players: Players) -> None:
    players.write(("/lfo/1/shape", "ramp up"), ("/lfo/1/rate", 0.3))
    players.run(1.1)
    players.write(("/lfo/1/restart", 1))
    assert level(players) == pytest.approx(-1.0)
    players.write(("/lfo/1/sync", True), ("/lfo/1/beats", 2.0), ("/lfo/1/restart", 1))
    beat = transport_of(players.snapshot()).beat_at(players.clock.now())
    assert level(players) == pytest.approx((beat / 2.0 % 1.0) * 2.0 - 1.0)


def test_undo_of_a_rate_does_not_throw_the_lfo_back(players: Players) -> None:
    players.write(("/lfo/1/rate", 2.0))
    players.run(2.0)
    players.write(("/lfo/1/rate", 0.5))
    players.run(1.3)
    before = level(players)
    players.write(("/session/undo", 1))
    assert players.number("/lfo/1/rate") == 2.0
    assert level(players) == pytest.approx(before, abs=1e-9)


def test_a_recalled_preset_brings_bases_and_routes_and_the_lfo_goes_on_from_there(players: Players) -> None:
    players.write(("/mix/crossfade", 0.4), ("/lfo/1/rate", 0.9), *route("/mix/crossfade"))
    players.run(0.4)
    now = players.clock.now()
    then = level(players)
    preset = capture(players.snapshot(), {}, CARD, "here", now=now)
    assert preset.values["/mix/crossfade"] == 0.4, "never the effective value"
    assert "/mod/1/index" not in preset.values
    players.write(*described.ended(1), ("/lfo/1/rate", 4.0), ("/mix/crossfade", 0.9))
    players.run(3.3)
    players.write(*batch(rebase(preset, players.clock.now()), players.bay.layout).writes, source=RECALL)
    assert level(players) == pytest.approx(then, abs=1e-9)
    assert shown(players, "/mix/crossfade") == pytest.approx(0.4 + 0.25 * then)


def test_a_still_comes_back_held_without_its_routes(players: Players) -> None:
    players.write(*route("/mix/crossfade"))
    moment = Resolved(np.zeros((1, 1), np.float32), players.clock.now())
    still = capture(players.snapshot(), {}, CARD, "still", now=players.clock.now(), resolved=moment)
    assert held(still, 500.0).values["/mod/1/on"] is False
    assert held(still, 500.0).values["/mod/1/target"] == "/mix/crossfade"


# -- targets ----------------------------------------------------------------------------------------------------------


def places(players: Players, *numbers: int) -> list[float]:
    return [players.number(f"/mod/{n}/index") for n in numbers]


def test_the_place_of_a_target_is_kept_right_through_changes_and_another_model(players: Players) -> None:
    layout = players.bay.layout
    players.write(*route("/gen/zoom"), *route("/deck/a/z/3", n=2))
    assert places(players, 1, 2) == [layout.resolve("/gen/zoom").start, layout.resolve("/deck/a/z/3").start]
    players.write(("/mod/2/target", "/deck/b/reach"))
    assert places(players, 2) == [layout.resolve("/deck/b/reach").start]
    other: Layout = players.layout(2, model="testcard", directions=0)
    players.bay.install(other)
    players.conductor.tick()
    assert places(players, 1, 2) == [-1, other.resolve("/deck/b/reach").start]
    players.bay.install(players.layout(3))
    players.conductor.tick()
    assert places(players, 1) == [players.bay.layout.resolve("/gen/zoom").start]
    players.write(("/mod/1/target", "/deck/a/centre"))
    assert places(players, 1) == [-1]


def test_a_panic_ends_every_route_within_its_tick_and_keeps_what_hands_set(players: Players) -> None:
    players.write(("/mix/crossfade", 0.4), *route("/mix/crossfade", 3.0), *route("/deck/a/z/0", 9.0, n=2))
    players.run(0.3)
    players.write(("/panic", 1))
    assert modulated(players.snapshot(), players.clock.now()) is players.snapshot()
    assert players.number("/mix/crossfade") == 0.4
    players.write(("/session/undo", 1))
    assert players.number("/mod/1/on") == 1.0


def test_hands_and_loops_play_the_base_under_a_route(players: Players) -> None:
    players.write(("/lfo/1/shape", "square"), ("/lfo/1/rate", 0.0), *route("/mix/crossfade", 0.5))
    for value in (0.1, 0.7):
        players.write(("/mix/crossfade", value))
        players.run(0.2)
        assert players.number("/mix/crossfade") == value
        assert shown(players, "/mix/crossfade") == pytest.approx(value + 0.5)


# -- presses ----------------------------------------------------------------------------------------------------------


def test_an_lfo_presses_once_a_turn(players: Players, presses: list[str]) -> None:
    players.write(("/lfo/1/rate", 2.0), *route("/deck/a/cue/1/recall"))
    players.run(2.0)
    assert presses == [MODULATION.name] * 4
    players.write(("/mod/1/on", False))
    players.run(2.0)
    assert len(presses) == 4


def test_an_onset_presses_and_a_quiet_one_does_not(players: Players, presses: list[str]) -> None:
    players.write(*route("/deck/a/cue/1/recall", 0.1, "onset"))
    for value in (0.3, 0.0, 1.0, 0.7, 0.2, 0.45, 0.0, 0.9):
        players.write(("/audio/onset", value), source=AUDIO)
        players.run(0.05)
    assert len(presses) == 2


def test_a_negative_amount_presses_in_the_other_half(players: Players, presses: list[str]) -> None:
    players.write(("/lfo/1/shape", "ramp up"), ("/lfo/1/rate", 1.0), *route("/deck/a/cue/1/recall", -1.0))
    players.run(0.2)
    assert not presses, "it begins there, which is no rise"
    players.run(1.0)
    assert len(presses) == 1


# -- what is heard ----------------------------------------------------------------------------------------------------


def test_what_is_heard_concerns_the_engine_only_through_a_route(players: Players) -> None:
    def seen(value: float) -> bool:
        """Whether the engine gets anything to see of a sound."""
        before = for_engine(players.snapshot()).copy()
        players.write(("/audio/low", value), source=AUDIO)
        return not np.array_equal(before, for_engine(players.snapshot()))

    assert not seen(0.5)
    players.write(*route("/mix/crossfade", 0.5, "low"))
    assert seen(0.6)
    players.write(("/mod/1/target", "/deck/a/cue/1/recall"))
    assert not seen(0.7)
    players.write(("/mod/1/target", "/mix/crossfade"), ("/mod/1/source", "lfo 1"))
    assert not seen(0.8)
    assert players.number("/audio/low") == 0.8


def test_what_is_heard_is_no_touch_no_move_and_in_no_preset(players: Players) -> None:
    players.write(("/ghost/playing", True))
    players.run(0.5)
    for value in np.linspace(0, 1, 20):
        players.write(("/audio/level", value), ("/audio/onset", 1.0 - value), source=AUDIO)
        players.run(0.02)
    assert players.number("/ghost/playing") == 1.0
    assert "/audio/level" not in capture(players.snapshot(), {}, CARD, "x", now=0.0).values


# -- morphs -----------------------------------------------------------------------------------------------------------


def test_a_morph_lets_the_old_route_fade_before_the_new_one_comes(players: Players) -> None:
    players.write(("/lfo/1/shape", "square"), ("/lfo/1/rate", 0.0), *route("/mix/crossfade", 0.5))
    recall = [*route("/deck/a/psi", 0.25, "lfo 1"), ("/mix/crossfade", 0.0)]
    players.morph.begin(recall, 2.0)
    heard: list[tuple[float, float]] = []
    players.run(2.1, lambda: heard.append((shown(players, "/mix/crossfade"), shown(players, "/deck/a/psi"))))
    crossfade, psi = np.array(heard).T
    assert np.abs(np.diff(crossfade)).max() < 0.02
    assert np.abs(np.diff(psi)).max() < 0.02
    middle = len(heard) // 2
    assert (psi[: middle - 10] == 1.0).all()
    assert (crossfade[middle + 10 :] == 0.0).all()
    assert crossfade[0] == pytest.approx(0.5, abs=0.01)
    assert psi[-1] == pytest.approx(1.75)


def test_a_morph_to_another_rate_turns_on_without_a_jump(players: Players) -> None:
    players.write(("/lfo/1/rate", 0.5))
    players.run(0.7)
    preset = capture(players.snapshot(), {}, CARD, "slow", now=players.clock.now())
    players.write(("/lfo/1/rate", 2.0))
    players.run(1.9)
    players.morph.begin(batch(rebase(preset, players.clock.now()), players.bay.layout).writes, 1.0)
    heard: list[float] = []
    players.run(1.2, lambda: heard.append(level(players)))
    assert np.abs(np.diff(heard)).max() < 2.0 * np.pi * 2.0 * players.tick_s * 1.05
    assert players.number("/lfo/1/rate") == 0.5


# -- routes as people see them ----------------------------------------------------------------------------------------


def test_a_route_is_made_changed_and_ended(players: Players) -> None:
    players.write(*described.assigned(players.snapshot(), "/mix/crossfade", "lfo 2"))
    made = described.route_to(players.snapshot(), "/mix/crossfade")
    assert made == described.Route(1, True, "lfo 2", "/mix/crossfade", 0.25, True)
    players.write(*described.assigned(players.snapshot(), "/gen/palette", "onset"))
    assert described.route_to(players.snapshot(), "/gen/palette").amount == 1.0
    players.write(("/mod/1/amount", -2.5), *described.assigned(players.snapshot(), "/mix/crossfade", "low"))
    changed = described.route_to(players.snapshot(), "/mix/crossfade")
    assert (changed.number, changed.source, changed.amount) == (1, "low", -2.5)
    players.write(*described.ended(1))
    assert described.route_to(players.snapshot(), "/mix/crossfade") is None
    players.write(*described.assigned(players.snapshot(), "/deck/a/psi", "level"))
    assert [(r.number, r.target) for r in described.routes(players.snapshot())] == [
        (1, "/deck/a/psi"),
        (2, "/gen/palette"),
    ]


def test_when_all_are_taken_it_says_so_and_what_a_panic_ended_gives_its_place(players: Players) -> None:
    for i in range(16):
        players.write(*described.assigned(players.snapshot(), f"/deck/a/z/{i}", "lfo 1"))
    with pytest.raises(ValueError, match="16 routes are taken"):
        described.assigned(players.snapshot(), "/mix/crossfade", "lfo 1")
    players.write(("/panic", 1))
    players.write(*described.assigned(players.snapshot(), "/mix/crossfade", "lfo 1"))
    assert described.route_to(players.snapshot(), "/mix/crossfade").number == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/deck/a/z", "512 numbers|32 numbers"),
        ("/deck/a/drift/speed", "spread"),
        ("/deck/a/seed", "randomise"),
        ("/deck/a/centre", "words"),
        ("/lfo/1/rate", "what makes it"),
        ("/mix/travel", "record"),
        ("/engine/fps", "read"),
        ("/panic", "presses"),
        ("/stage/fit", "no picture"),
        ("/nowhere", "waits"),
    ],
)
def test_what_cannot_be_a_target_says_why_in_a_sentence(players: Players, address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        described.assigned(players.snapshot(), address, "lfo 1")
    assert str(refusal.value).endswith(".")


def test_a_sender_that_names_a_target_that_is_none_is_told_why(players: Players) -> None:
    players.write(("/mod/1/target", "/deck/a/drift/speed"), source=Source("osc 127.0.0.1:9", Rank.OSC))
    assert "modulate the spread" in players.said()
    count = players.messages.total
    players.write(("/mod/1/target", "/mix/crossfade"))
    players.write(("/mod/1/target", "/deck/a/drift/speed"), source=RECALL)
    assert players.messages.total == count


def test_records_are_of_lfos_alone() -> None:
    assert is_record("/lfo/2/since")
    assert not is_record("/deck/a/drift/since")
    assert HAND.rank > MODULATION.rank
