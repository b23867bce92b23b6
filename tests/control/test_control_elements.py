"""Named components: their addresses, and values that go by name from one model to the next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.elements import by_name, homeless, places, slug
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind

KINDS = ("Bloom", "Moth", "Marbled ink", "7", "été")
NAMES = st.lists(st.text(min_size=1, max_size=6), max_size=8, unique=True).map(tuple)


def layout(epoch: int, classes: tuple[str, ...]) -> Layout:
    return Layout(epoch, builtin(4, (64, 64), (), 3, classes))


def test_a_name_is_written_as_addresses_are() -> None:
    assert [slug(name) for name in KINDS] == ["bloom", "moth", "marbled_ink", "7", "ete"]
    assert slug("…") == ""


@given(NAMES)
def test_every_written_name_leads_to_its_own_component_and_is_no_number(names: tuple[str, ...]) -> None:
    for word, index in places(names).items():
        assert slug(names[index]) == word
        assert not word.isdigit()


def test_a_component_has_an_address_by_number_and_by_name() -> None:
    bay = Bay(layout(1, KINDS), ManualClock())
    here = bay.layout
    assert here.resolve("/deck/a/class/marbled_ink") == here.resolve("/deck/a/class/2")
    assert here.resolve("/deck/a/class/7") is None, "the class called 7 is the fourth; the eighth is not there"
    assert here.resolve("/deck/a/class/wolf") is None
    assert [here.element(f"/deck/a/{part}") for part in ("class/2", "class/moth", "class", "z/0", "psi")] == [
        "Marbled ink", "Moth", "", "", "",
    ]  # fmt: skip
    assert not bay.write([("/deck/b/class/moth", -2.5), ("/deck/b/class/2-3", [0.1, 7.0])], HAND).refused
    assert np.asarray(bay.value("/deck/b/class")).tolist() == [0.0, -2.5, 0.1, 7.0, 0.0]


def test_each_deck_begins_as_another_class() -> None:
    def begins(classes: tuple[str, ...]) -> list[list[float]]:
        bay = Bay(layout(1, classes), ManualClock())
        return [np.asarray(bay.value(f"/deck/{deck}/class")).tolist() for deck in "ab"]

    assert begins(("x", "y", "z")) == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert begins(("x",)) == [[1.0], [1.0]]
    assert layout(1, ()).resolve("/deck/a/class") is None


def test_names_stay_with_the_show_and_offsets_are_the_same_without_them() -> None:
    whole = layout(1, KINDS)
    there = Layout(1, whole.engine_specs())
    assert all(not spec.elements for spec in there.specs)
    assert there.offsets == whole.offsets[: len(there.specs) + 1]
    assert there.resolve("/deck/a/class/4") == whole.resolve("/deck/a/class/4")


def test_only_a_vector_has_names_and_one_for_each() -> None:
    for kind, size, names in ((Kind.FLOAT, 1, ("a",)), (Kind.VECTOR, 2, ("a",))):
        with pytest.raises(ValueError, match="named components"):
            ControlSpec("/x", kind, size=size, elements=names)


def test_values_go_by_name() -> None:
    values = np.array([1.0, -2.0, 0.5])
    assert by_name(values, ("a", "b", "c"), ("c", "x", "a")) == pytest.approx([0.5, 0.0, 1.0])
    assert by_name(values, ("a", "b", "c"), ("x", "y")) is None
    assert by_name(values, ("a", "b"), ("a", "b")) is None, "not as many as names"
    assert by_name(np.zeros(1), ("a",), ("x", "y")) == pytest.approx([0.0, 0.0])
    assert homeless(values, ("a", "b", "c"), ("a",)) == ("b", "c")


@given(NAMES, NAMES, st.data())
def test_what_both_know_goes_over_and_comes_back(a: tuple[str, ...], b: tuple[str, ...], data: st.DataObject) -> None:
    values = np.array([data.draw(st.floats(-9, 9)) for _ in a])
    there = by_name(values, a, b)
    kept = {name: value for name, value in zip(a, values.tolist(), strict=True) if name in b and value}
    if there is None:
        assert not kept
    else:
        assert {name: value for name, value in zip(b, there.tolist(), strict=True) if value} == kept


def test_another_model_gets_the_classes_it_knows_and_this_one_its_own_again() -> None:
    bay = Bay(layout(1, ("bloom", "moth", "mask")), ManualClock())
    bay.write([("/deck/a/class", [0.2, -1.5, 3.0]), ("/deck/a/cue/2/class", [0.0, 0.0, 1.0])], HAND)
    bay.install(layout(2, ("mask", "wolf", "moth", "pine")))
    assert np.asarray(bay.value("/deck/a/class")).tolist() == [3.0, 0.0, -1.5, 0.0]
    assert np.asarray(bay.value("/deck/a/cue/2/class")).tolist() == [1.0, 0.0, 0.0, 0.0]
    bay.install(layout(3, ()))
    bay.install(layout(4, ("wolf", "moth")))
    assert np.asarray(bay.value("/deck/a/class")).tolist() == [0.0, -1.5], "what slept knows its names"


def test_where_nothing_is_called_alike_the_classes_begin_anew() -> None:
    bay = Bay(layout(1, ("bloom", "moth")), ManualClock())
    bay.write([("/deck/a/class", [0.2, -1.5])], HAND)
    bay.install(layout(2, ("wolf", "pine", "tench")))
    assert np.asarray(bay.value("/deck/a/class")).tolist() == [1.0, 0.0, 0.0]
