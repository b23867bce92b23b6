"""The bay as its readers and writers meet it: batches, revisions, snapshots, events, epochs, companions, ranges."""

from __future__ import annotations

import math
import threading
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND, RECALL, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value

OSC = Source("osc", Rank.OSC, streams=True)
SPECS = (
    ControlSpec("/x", Kind.FLOAT, 0.5, lo=-1.0, hi=2.0),
    ControlSpec("/y", Kind.FLOAT),
    ControlSpec("/z", Kind.VECTOR, size=64),
    ControlSpec("/seed", Kind.INT, 1, unit="seed"),
    ControlSpec("/name", Kind.TEXT, "first"),
    ControlSpec("/go", Kind.TRIGGER),
    ControlSpec("/say", Kind.COMMAND, ""),
    ControlSpec("/fps", Kind.READOUT),
    ControlSpec("/state", Kind.READOUT, "starting"),
)


def fill(spec: ControlSpec, number: float) -> list[tuple[str, Value]]:
    return [("/z", np.full(64, number))]


def new_bay(specs: tuple[ControlSpec, ...] = SPECS) -> Bay:
    return Bay(Layout(1, specs), ManualClock(), {"/seed": fill})


def z_of(bay: Bay) -> list[float]:
    return np.asarray(bay.value("/z")).tolist()


# -- batches and revisions -------------------------------------------------------------------------------------------


def test_a_reader_never_sees_half_of_a_batch() -> None:
    bay = new_bay()
    done = threading.Event()
    torn: list[tuple[float, float, float, str]] = []
    seen = 0

    def read() -> None:
        nonlocal seen
        last = -1
        while not done.is_set() or seen == 0:
            snapshot = bay.snapshot()
            x, y, name = snapshot.number("/x"), snapshot.number("/y"), snapshot.text("/name")
            if snapshot.revision and (snapshot.vector("/z") != x).any() | (x != y) | (name != f"{x:g}"):
                torn.append((x, y, snapshot.vector("/z")[0], name))
            if snapshot.revision < last:
                torn.append((last, snapshot.revision, 0.0, "revisions fell"))
            last = snapshot.revision
            seen += 1

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for i in range(1, 2001):
        bay.write([("/x", float(i)), ("/z", [float(i)] * 64), ("/name", str(i)), ("/y", float(i))], HAND)
    done.set()
    for reader in readers:
        reader.join(30)
        assert not reader.is_alive()
    assert seen > 0
    assert not torn


def test_revisions_grow_with_every_change_and_with_nothing_else() -> None:
    bay = new_bay()
    start = bay.revision
    one = bay.write([("/x", 0.1), ("/y", 0.2)], HAND).revision
    assert one > start
    assert bay.write([("/x", math.nan), ("/nobody", 1.0)], HAND).revision == one
    assert bay.write([], HAND).revision == one
    two = bay.write([("/x", 0.3), ("/y", math.nan)], HAND).revision
    assert two > one
    assert bay.revision == two


def test_a_snapshot_is_kept_until_something_changes_and_never_changes_itself() -> None:
    bay = new_bay()
    before = bay.snapshot()
    assert bay.snapshot() is before
    bay.write([("/x", 0.9), ("/z/3", 5.0), ("/name", "second")], HAND)
    after = bay.snapshot()
    assert after is not before
    assert (before.number("/x"), before.vector("/z")[3], before.text("/name")) == (0.5, 0.0, "first")
    assert (after.number("/x"), after.vector("/z/3").tolist(), after.text("/name")) == (0.9, [5.0], "second")
    assert (after.revision, after.changed_ns > before.changed_ns) == (bay.revision, True)
    with pytest.raises(ValueError, match="read-only"):
        after.values[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        after.vector("/z")[0] = 1.0
    with pytest.raises(TypeError):
        after.texts["/name"] = "third"  # type: ignore[index]


def test_a_snapshot_says_what_it_does_not_have() -> None:
    snapshot = new_bay().snapshot()
    for ask in (snapshot.number, snapshot.vector, snapshot.text):
        with pytest.raises(KeyError):
            ask("/nobody")
    with pytest.raises(KeyError):
        snapshot.number("/name")  # a text has no number, nor has it its neighbour's


def test_values_come_as_their_kind() -> None:
    bay = new_bay()
    assert (bay.value("/x"), bay.value("/name"), bay.number("/seed")) == (0.5, "first", 1.0)
    copy = bay.value("/z")
    assert isinstance(copy, np.ndarray)
    copy[:] = 9
    assert z_of(bay) == [0.0] * 64
    with pytest.raises(KeyError):
        bay.value("/nobody")
    for address in ("/name", "/z"):
        with pytest.raises(TypeError, match=address):
            bay.number(address)


def test_writing_wakes_who_waits_and_being_refused_does_not() -> None:
    bay = new_bay()
    bay.write([("/nobody", 1.0)], HAND)
    assert not bay.wake.is_set()
    bay.write([("/x", 1.0)], HAND)
    assert bay.wake.is_set()


# -- changes ---------------------------------------------------------------------------------------------------------


def test_changes_are_those_of_others_since() -> None:
    bay = new_bay()
    first, changes = bay.changes_since(bay.revision)
    assert changes == []
    bay.write([("/x", 0.1)], OSC)
    bay.write([("/y", 0.2), ("/name", "n")], HAND)
    second, changes = bay.changes_since(first)
    assert {(c.spec.address, c.value, c.source) for c in changes} == {
        ("/x", 0.1, "osc"),
        ("/y", 0.2, "surface"),
        ("/name", "n", "surface"),
    }
    assert [c.spec.address for c in bay.changes_since(first, not_from="surface")[1]] == ["/x"]
    assert [c.spec.address for c in bay.changes_since(first, not_from="osc")[1]] == ["/y", "/name"]
    assert bay.changes_since(second) == (second, [])
    bay.write([("/x", 0.3)], HAND)
    assert [c.source for c in bay.changes_since(second)[1]] == ["surface"]


def test_an_own_component_does_not_hide_those_of_others() -> None:
    bay = new_bay()
    since = bay.revision
    bay.write([("/z/3", 3.0)], HAND)
    bay.write([("/z/5", 5.0)], OSC)
    (change,) = bay.changes_since(since, not_from="osc")[1]
    assert np.asarray(change.value)[[3, 5]].tolist() == [3.0, 5.0]
    now = bay.revision
    bay.write([("/z/5", 6.0)], OSC)
    assert bay.changes_since(now, not_from="osc")[1] == []
    assert len(bay.changes_since(now, not_from="surface")[1]) == 1


@given(
    st.lists(st.tuples(st.sampled_from(["/x", "/y", "/z/1", "/z/2"]), st.sampled_from("abc")), max_size=30), st.data()
)
def test_every_source_hears_of_all_that_others_did_last(moves: list[tuple[str, str]], data: st.DataObject) -> None:
    bay = new_bay()
    ears = data.draw(st.integers(0, len(moves)))
    for i, (address, who) in enumerate(moves):
        if i == ears:
            since = bay.revision
        bay.write([(address, float(i))], Source(who, Rank.HAND))
    since = bay.revision if ears == len(moves) else since
    for who in "abc":
        heard = {c.spec.address for c in bay.changes_since(since, not_from=who)[1]}
        late = moves[ears:]
        last = {address: by for address, by in late if not address.startswith("/z")}
        wanted = {address for address, by in last.items() if by != who}
        if any(address.startswith("/z") and by != who for address, by in late):
            wanted.add("/z")
        assert heard == wanted


# -- events ----------------------------------------------------------------------------------------------------------


def test_no_press_is_lost_and_each_thread_keeps_its_order() -> None:
    bay = new_bay()
    barrier = threading.Barrier(5)

    def press(who: int) -> None:
        source = Source(f"pad {who}", Rank.MIDI)
        barrier.wait()
        for i in range(2500):
            bay.write([("/go", 1)] if i % 2 else [("/say", str(i))], source)

    threads = [threading.Thread(target=press, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    events = []
    while any(thread.is_alive() for thread in threads):
        events += bay.drain_events()
    events += bay.drain_events()
    assert bay.number("/go") == 5000
    assert Counter(e.address for e in events) == {"/go": 5000, "/say": 5000}
    for who in range(4):
        said = [int(e.text) for e in events if e.source.name == f"pad {who}" and e.address == "/say"]
        assert said == list(range(0, 2500, 2))
    assert bay.drain_events() == []


def test_two_equal_commands_are_two() -> None:
    bay = new_bay()
    bay.write([("/say", "again"), ("/go", 1), ("/say", "again")], OSC)
    assert [(e.address, e.text, e.time) for e in bay.drain_events()] == [
        ("/say", "again", 0.0),
        ("/go", "", 0.0),
        ("/say", "again", 0.0),
    ]


# -- readouts and companions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [HAND, OSC, RECALL, Source("s", Rank.SCRIPT)])
def test_readouts_are_the_engines(source: Source) -> None:
    bay = new_bay()
    assert len(bay.write([("/fps", 60.0), ("/state", "playing")], source).refused) == 2
    assert (bay.number("/fps"), bay.value("/state")) == (0.0, "starting")
    assert not bay.write([("/fps", 60.0), ("/state", "playing")], ENGINE).refused
    assert (bay.number("/fps"), bay.value("/state")) == (60.0, "playing")


def test_a_hand_on_the_seed_fills_z_in_the_same_batch_before_what_follows() -> None:
    bay = new_bay()
    before = bay.revision
    bay.write([("/seed", 7), ("/z/0", 1.0)], HAND)
    assert z_of(bay) == [1.0] + [7.0] * 63
    assert bay.revision == before + 1


@pytest.mark.parametrize("source", [RECALL, CONDUCTOR])
def test_a_recalled_seed_leaves_z(source: Source) -> None:
    bay = new_bay()
    bay.write([("/seed", 7)], source)
    assert (bay.number("/seed"), z_of(bay)) == (7.0, [0.0] * 64)


def test_a_seed_that_had_to_wait_fills_z_when_it_is_let_in() -> None:
    clock = ManualClock()
    bay = Bay(Layout(1, SPECS), clock, {"/seed": fill})
    bay.write([("/seed", 7)], HAND)
    bay.write([("/seed", 8)], OSC)
    assert z_of(bay) == [7.0] * 64
    for _ in range(200):
        clock.advance(0.01)
        bay.advance()
    assert (bay.number("/seed"), z_of(bay)) == (8.0, [8.0] * 64)


# -- epochs ----------------------------------------------------------------------------------------------------------


def test_values_keep_by_address_sleep_and_wake() -> None:
    bay = new_bay()
    bay.write([("/x", 7.5), ("/z", np.arange(64.0)), ("/name", "mine"), ("/go", 1)], HAND)
    held = bay.snapshot()
    revision = bay.revision
    bay.install(Layout(2, (ControlSpec("/gen/new", Kind.FLOAT, 0.25), ControlSpec("/x", Kind.FLOAT, 0.1))))
    assert (bay.layout.epoch, bay.number("/x"), bay.number("/gen/new")) == (2, 7.5, 0.25)
    assert set(bay.asleep()) == {s.address for s in SPECS} - {"/x"}
    assert bay.revision > revision
    assert held.layout.epoch == 1
    assert held.number("/x") == 7.5
    assert {c.spec.address for c in bay.changes_since(revision)[1]} == {"/gen/new", "/x"}
    assert bay.write([("/z/3", 1.0)], HAND).refused
    bay.write([("/gen/new", 0.75)], HAND)
    bay.install(Layout(3, SPECS))
    assert bay.asleep() == ("/gen/new",)
    assert (bay.number("/x"), bay.value("/name"), bay.number("/go")) == (7.5, "mine", 1.0)
    assert z_of(bay) == np.arange(64.0).tolist()
    bay.install(Layout(4, (*SPECS, ControlSpec("/gen/new", Kind.FLOAT, 0.25))))
    assert (bay.number("/gen/new"), bay.asleep()) == (0.75, ())


def test_a_vector_of_another_width_keeps_its_beginning() -> None:
    bay = new_bay()
    bay.write([("/z", np.arange(64.0))], HAND)
    bay.install(Layout(2, (ControlSpec("/z", Kind.VECTOR, -1.0, size=66),)))
    assert z_of(bay) == [*range(64), -1.0, -1.0]
    bay.install(Layout(3, (ControlSpec("/z", Kind.VECTOR, -1.0, size=3),)))
    assert z_of(bay) == [0.0, 1.0, 2.0]


def test_an_old_value_is_made_fit_for_another_kind_or_left() -> None:
    bay = new_bay()
    bay.write([("/x", 2.6), ("/y", -5.0), ("/name", "words"), ("/seed", 12)], HAND)
    bay.install(
        Layout(
            2,
            (
                ControlSpec("/x", Kind.INT, 0),
                ControlSpec("/y", Kind.FLOAT, 2.0, guard=(1.0, None)),
                ControlSpec("/name", Kind.FLOAT, 0.25),
                ControlSpec("/seed", Kind.TEXT, "default"),
                ControlSpec("/z", Kind.FLOAT, 0.75),
                ControlSpec("/go", Kind.BOOL, True),
            ),
        )
    )
    assert (bay.number("/x"), bay.number("/y"), bay.number("/name")) == (3.0, 1.0, 0.25)
    assert (bay.value("/seed"), bay.number("/z"), bay.number("/go")) == ("default", 12.0, 0.0)


def test_the_whole_catalogue_survives_a_change_of_model_and_back() -> None:
    bay = Bay(Layout(1, builtin(512, (256, 256))), ManualClock())
    rng = np.random.default_rng(3)
    bay.write([("/deck/a/z", rng.normal(size=512)), ("/mix/crossfade", 0.3), ("/deck/b/psi", -2.0)], HAND)
    before = bay.snapshot()
    native = ControlSpec("/gen/own", Kind.FLOAT)
    bay.install(Layout(2, builtin(512, (1024, 1024), [native])))
    bay.write([("/gen/own", 0.5)], HAND)
    bay.install(Layout(3, builtin(512, (256, 256))))
    after = bay.snapshot()
    assert np.array_equal(before.values, after.values)
    assert (after.texts, bay.asleep()) == (before.texts, ("/gen/own",))


# -- ranges ----------------------------------------------------------------------------------------------------------


def test_ranges_widen_and_are_heard_of() -> None:
    bay = new_bay()
    revision = bay.revision
    assert bay.range("/x") == (-1.0, 2.0)
    assert bay.ranges() == {}
    bay.set_range("/x", -10.0, 10.0)
    bay.set_range("/z/3", -9.0, 9.0)
    assert (bay.range("/x"), bay.range("/z")) == ((-10.0, 10.0), (-9.0, 9.0))
    assert bay.ranges() == {"/x": (-10.0, 10.0), "/z": (-9.0, 9.0)}
    assert {c.spec.address for c in bay.changes_since(revision)[1]} == {"/x", "/z"}
    assert bay.number("/x") == 0.5


@pytest.mark.parametrize(("lo", "hi"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_a_range_that_is_none_is_refused(lo: float, hi: float) -> None:
    bay = new_bay()
    with pytest.raises(ValueError, match="/x"):
        bay.set_range("/x", lo, hi)
    assert bay.range("/x") == (-1.0, 2.0)


def test_a_range_needs_a_control() -> None:
    with pytest.raises(KeyError):
        new_bay().set_range("/nobody", 0.0, 1.0)
    with pytest.raises(KeyError):
        new_bay().range("/nobody")
