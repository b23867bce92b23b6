"""Words for components: another way to write their addresses, while values go by number."""

from __future__ import annotations

import numpy as np
import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind

WORDS = ("hue", "", "Eye size", "")


def layout(epoch: int, words: tuple[str, ...]) -> Layout:
    return Layout(epoch, builtin(4, (64, 64), (), 4, ("moth", "mask"), words))


def test_a_direction_with_a_word_has_an_address_by_it_and_one_without_keeps_its_number() -> None:
    here = layout(1, WORDS)
    assert here.resolve("/deck/a/dir/eye_size") == here.resolve("/deck/a/dir/2")
    assert here.resolve("/deck/b/dir/hue") == here.resolve("/deck/b/dir/0")
    assert [here.element(f"/deck/a/dir/{n}") for n in range(4)] == list(WORDS)
    assert here.resolve("/deck/a/dir/") is None
    assert here.resolve("/deck/a/dir/moth") is None


def test_steps_stay_with_their_number_when_another_model_has_other_words() -> None:
    bay = Bay(layout(1, WORDS), ManualClock())
    assert not bay.write([("/deck/a/dir/eye_size", 2.5)], HAND).refused
    bay.install(layout(2, ("", "hue", "", "")))
    assert np.asarray(bay.value("/deck/a/dir")).tolist() == [0.0, 0.0, 2.5, 0.0]
    assert bay.holder("/deck/a/dir/2") == HAND.name


def test_words_do_not_travel_to_the_engine() -> None:
    assert not any(spec.called for spec in layout(1, WORDS).engine_specs())


def test_words_are_as_many_as_components_and_never_beside_names() -> None:
    with pytest.raises(ValueError, match="one for each"):
        ControlSpec("/x", Kind.VECTOR, size=2, words=("one",))
    with pytest.raises(ValueError, match="one for each"):
        ControlSpec("/x", Kind.VECTOR, size=2, words=("a", "b"), elements=("c", "d"))
    with pytest.raises(ValueError, match="only a VECTOR"):
        ControlSpec("/x", Kind.FLOAT, words=("one",))
