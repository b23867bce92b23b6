"""The bank of models: what is at hand, what gives way, what is said where something cannot be. With fake generators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.diagnostics import StageError
from latentjockey.engine.bank import Bank, NoRoomError
from latentjockey.engine.warming import Costs
from latentjockey.models.builtin import TESTCARD
from latentjockey.models.library import OWN, Entry

SIZE = (64, 48)
MIB = 1 << 20


class Fake:
    """A generator that takes memory until it is closed."""

    def __init__(self, world: World, name: str) -> None:
        self.spec = replace(TESTCARD, name=name, file=world.files[name][0])
        self.device = "nowhere"
        self._world = world
        self._bytes = world.files[name][1]
        self.settled: list[bool] = []
        self.busy = False
        world.used += self._bytes
        world.made.append(name)

    def settle(self, *, begin: bool) -> bool:
        self.settled.append(begin)
        return self.busy

    def close(self) -> None:
        self._world.used -= self._bytes
        self._bytes = 0


class World:
    """A machine with files of models, each (stamp, bytes it takes), and so much memory."""

    def __init__(self, memory: int = 1000 * MIB) -> None:
        self.files: dict[str, tuple[tuple[int, int, int], int]] = {}
        self.used = 0
        self.memory = memory
        self.made: list[str] = []
        self.warmed: list[str] = []
        self.bank = Bank(
            self._make, self._find, self._warm, lambda: self.used, lambda: self.memory - self.used, lambda: None
        )

    def put(self, name: str, mib: int = 10, state: int = 1) -> None:
        self.files[name] = (state, mib * MIB, 7), mib * MIB

    def _make(self, name: str) -> Any:
        if name not in self.files:
            raise StageError(f"There is no model {name!r}.")
        if self.used + self.files[name][1] > self.memory:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return Fake(self, name)

    def _find(self, name: str) -> Entry | None:
        if name not in self.files:
            return None
        stamp, size = self.files[name]
        spec = replace(TESTCARD, name=name, file=stamp)
        return Entry(name, name, OWN, spec, Path(name), size // 2)

    def _warm(self, generator: Any, width: int, height: int) -> Costs:
        self.warmed.append(generator.spec.name)
        return Costs(1.0, 0.1)

    @property
    def here(self) -> list[str]:
        return [resident.name for resident in self.bank.residents]


@pytest.fixture
def world() -> World:
    made = World()
    for name in "abcd":
        made.put(name)
    return made


def test_what_is_at_hand_is_neither_loaded_nor_warmed_again(world: World) -> None:
    (first,) = world.bank.play(["a"], SIZE)
    world.bank.play(["b"], SIZE)
    (again,) = world.bank.play(["a"], SIZE)
    assert again is first
    assert (world.made, world.warmed) == (["a", "b"], ["a", "b"])
    assert first.bytes == 10 * MIB
    world.bank.play(["a"], (128, 128))
    assert (world.made, world.warmed) == (["a", "b"], ["a", "b", "a"]), "another size is warmed for"


def test_a_pair_is_two_of_them_and_one_that_plays_on_both_decks_is_one(world: World) -> None:
    assert [each.name for each in world.bank.play(["b", "a"], SIZE)] == ["b", "a"]
    assert [each.name for each in world.bank.play(["a", "a"], SIZE)] == ["a"]


def test_a_file_that_changed_is_loaded_anew_and_one_that_is_gone_plays_on(world: World) -> None:
    (old,) = world.bank.play(["a"], SIZE)
    del world.files["a"]
    assert world.bank.play(["a"], SIZE) == (old,)
    world.put("a", state=2)
    (new,) = world.bank.play(["a"], SIZE)
    assert new is not old
    assert new.stamp == world.files["a"][0]
    assert world.used == 10 * MIB, "the old one is freed"


def test_what_is_asked_for_anew_does_not_fall_back_on_what_is_at_hand(world: World) -> None:
    world.bank.play(["a"], SIZE)
    del world.files["a"]
    with pytest.raises(StageError, match="no model 'a'"):
        world.bank.play(["a"], SIZE, anew=True)
    assert world.here == ["a"], "it is still at hand"


def test_a_file_that_is_written_to_while_it_is_read_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, states = world.bank._make, iter((2, 2, 3, 4))

    def written(name: str) -> Any:
        generator = make(name)
        world.put(name, state=next(states))
        return generator

    monkeypatch.setattr(world.bank, "_make", written)
    (here,) = world.bank.play(["a"], SIZE)
    assert here.stamp == world.files["a"][0]
    with pytest.raises(StageError, match="written to while it was loaded"):
        world.bank.play(["a"], SIZE, anew=True)
    assert world.used == 10 * MIB


def test_wishes_are_fetched_in_their_order_within_the_budget(world: World) -> None:
    world.bank.play(["a"], SIZE)
    world.bank.keep(["a", "c", "b", "d"], 31 * MIB)
    assert world.bank.missing == "c"
    assert world.bank.fetch(SIZE) == ""
    assert world.bank.fetch(SIZE) == ""
    assert "31 MiB are full" in world.bank.fetch(SIZE)
    assert sorted(world.here) == ["a", "b", "c"]
    assert world.bank.missing == "", "it is not tried again and again"
    world.bank.keep(["a", "d", "c", "b"], 31 * MIB)
    assert world.bank.fetch(SIZE) == ""
    assert sorted(world.here) == ["a", "c", "d"], "the last of the wishes gives way"


def test_what_turns_out_larger_than_the_budget_is_given_up_and_said(world: World) -> None:
    world.put("large", 60)
    world.bank.play(["a"], SIZE)
    world.bank.keep(["large"], 50 * MIB)
    assert world.bank.fetch(SIZE) == "large is not kept ready: it takes 60 MiB of the bank's 50 MiB."
    assert world.here == ["a"]
    assert world.used == 10 * MIB


def test_without_a_budget_it_is_a_share_of_what_is_free() -> None:
    world = World(memory=80 * MIB)
    world.put("a")
    world.bank.play(["a"], SIZE)
    assert world.bank.budget == 10 * MIB + 70 * MIB // 8


def test_out_of_memory_gives_up_what_does_not_play_and_then_says_so(world: World) -> None:
    world.memory = 35 * MIB
    world.bank.keep([], 1000 * MIB)
    for name in "abc":
        world.bank.play([name], SIZE)
    world.bank.play(["d"], SIZE)
    assert world.here == ["d"], "all others made room"
    world.put("huge", 60)
    with pytest.raises(NoRoomError, match="not enough memory to have huge ready"):
        world.bank.play(["huge"], SIZE)
    world.put("large", 40)
    with pytest.raises(NoRoomError):
        world.bank.play(["large"], SIZE)
    assert world.bank.play(["a"], SIZE)[0].name == "a", "and goes on"


def test_a_wish_never_takes_the_memory_of_what_is_at_hand(world: World) -> None:
    world.memory = 25 * MIB
    world.bank.play(["a"], SIZE)
    world.bank.keep(["b", "c"], 1000 * MIB)
    assert world.bank.fetch(SIZE) == ""
    assert "not enough memory" in world.bank.fetch(SIZE)
    assert sorted(world.here) == ["a", "b"]


def test_other_failures_are_not_taken_for_a_lack_of_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise RuntimeError("size mismatch")

    world.bank.play(["a"], SIZE)
    monkeypatch.setattr(world.bank, "_make", broken)
    with pytest.raises(RuntimeError, match="size mismatch"):
        world.bank.play(["b"], SIZE)
    assert world.here == ["a"]


def test_one_settles_at_a_time_and_what_plays_elsewhere_only_looks(world: World) -> None:
    world.bank.play(["a"], SIZE)
    world.bank.keep(["b", "c"], 100 * MIB)
    world.bank.fetch(SIZE), world.bank.fetch(SIZE)
    by_name: dict[str, Any] = {each.name: each.generator for each in world.bank.residents}
    by_name["b"].busy = True
    assert world.bank.settle()
    assert (by_name["b"].settled, by_name["c"].settled) == ([True], [])
    by_name["b"].busy = False
    assert not world.bank.settle()
    assert (by_name["b"].settled, by_name["c"].settled, by_name["a"].settled) == ([True, True], [True], [False])


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("play"), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=2)),
            st.tuples(st.just("keep"), st.lists(st.sampled_from("abcdef"), max_size=6)),
            st.tuples(st.just("fetch"), st.just([])),
            st.tuples(st.just("change"), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=1)),
        ),
        max_size=30,
    ),
    st.integers(1, 60),
)
def test_whatever_is_asked_what_plays_is_at_hand_and_the_rest_within_the_budget(steps: list[Any], budget: int) -> None:
    world = World()
    for n, name in enumerate("abcdef"):
        world.put(name, 5 + 7 * n)
    playing: list[str] = []
    world.bank.keep([], budget * MIB)
    for state, (what, names) in enumerate(steps):
        if what == "play":
            world.bank.play(names, SIZE)
            playing = names
        elif what == "keep":
            world.bank.keep(names, budget * MIB)
        elif what == "fetch":
            world.bank.fetch(SIZE)
        else:
            world.put(names[0], 5 + 7 * "abcdef".index(names[0]), state + 2)
        assert set(playing) <= set(world.here)
        idle = set(world.here) - set(playing)
        assert not idle or world.bank.bytes <= budget * MIB
        assert world.used == world.bank.bytes, "nothing is held in secret"
    world.bank.close()
    assert world.used == 0
