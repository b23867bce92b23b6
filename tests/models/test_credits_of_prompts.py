"""Prompts in the credit: as the player wrote them, quoted, on one line and not without end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.prompts import PROMPTS, negative_of, texts_of
from latentjockey.control.source import HAND
from latentjockey.models.card import ModelCard
from latentjockey.models.card_text import facts, plain_text, spaces
from latentjockey.models.credits import asked, asked_text, credit_line, credit_text, quoted
from latentjockey.models.library import Entry
from latentjockey.models.lora_file import lora_controls
from tests.models.prompting import layout_of, plain, prompting

CARD = ModelCard("turbo")


def bay(layout: Layout | None = None) -> Bay:
    return Bay(layout or layout_of(prompting()), ManualClock())


def weights(**said: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    made = np.zeros(PROMPTS)
    for name, weight in said.items():
        made[int(name.removeprefix("p")) - 1] = weight
    return made


def test_the_line_says_what_the_prompts_say() -> None:
    held = bay()
    held.write([("/deck/a/class", weights(p4=0.61, p3=-0.4))], HAND)
    line = credit_line(asked(held.snapshot(), 0.0), CARD)
    assert line.startswith("asked for +0.61 ‘moss’ −0.40 ‘fire’ · learned from: ")
    held.write([("/gen/prompt/4", "a moth")], HAND)
    assert "+0.61 ‘a moth’ −0.40 ‘fire’" in credit_line(asked(held.snapshot(), 0.0), CARD)


def test_both_decks_share_the_texts_and_have_weights_of_their_own() -> None:
    held = bay()
    held.write(
        [("/deck/a/class", weights(p1=1.0)), ("/deck/b/class", weights(p1=0.5, p2=1.0)), ("/mix/crossfade", 0.5)], HAND
    )
    assert asked(held.snapshot(), 0.0).classes == (("‘water’", 0.75), ("‘stone’", 0.5))


def test_loras_that_are_heard_are_named() -> None:
    more = tuple(lora_controls(["dusk", "dawn", "noon"]))
    spec = replace(prompting(), controls=(*prompting().controls, *more))
    held = bay(layout_of(spec))
    held.write([("/gen/lora/1", 0.8), ("/gen/lora/3", -1.5)], HAND)
    assert asked_text(asked(held.snapshot(), 0.0)).endswith(", with LoRA noon −1.50, LoRA dusk +0.80")
    two = bay(layout_of(plain("moss"), spec))
    two.write([("/deck/b/gen/lora/2", 1.0)], HAND)
    assert asked_text(asked(two.snapshot(), 0.0)).endswith(", with LoRA dawn B +1.00")


def test_nothing_asked_and_nothing_written_are_said() -> None:
    held = bay()
    held.write([("/deck/a/class", np.zeros(PROMPTS))], HAND)
    assert asked_text(asked(held.snapshot(), 0.0)) == "asked for no prompt"
    held.write([("/deck/a/class", weights(p2=1.0)), ("/gen/prompt/2", " \n ")], HAND)
    assert asked_text(asked(held.snapshot(), 0.0)) == "asked for +1.00 an empty prompt"


def test_a_line_shortens_what_a_text_in_full_says() -> None:
    held = bay()
    long = "a moth on a window at night, seen from far away, in rain"
    held.write([("/gen/prompt/1", long)], HAND)
    told = asked(held.snapshot(), 0.0)
    assert credit_line(told, CARD).startswith("asked for +1.00 ‘a moth on a window at night, seen f…’ · ")
    assert credit_text(told, CARD).startswith(f"asked for +1.00 ‘{long}’ · ")


@given(st.text(max_size=300))
def test_any_text_is_one_short_line(text: str) -> None:
    said = quoted(text)
    assert len(said) <= 120
    assert said.isprintable()
    assert said == "an empty prompt" or (said[0], said[-1]) == ("‘", "’")


def test_two_models_have_texts_of_their_own() -> None:
    held = bay(layout_of(prompting(), prompting("other")))
    assert texts_of(held.layout, "b")[0] == "/deck/b/gen/prompt/1"
    assert negative_of(held.layout, "b") == "/deck/b/gen/negative"
    held.write(
        [
            ("/gen/prompt/1", "one"), ("/deck/b/gen/prompt/1", "two"), ("/mix/crossfade", 0.25),
            ("/deck/a/class", weights(p1=1.0)), ("/deck/b/class", weights(p1=1.0)),
        ],
        HAND,
    )  # fmt: skip
    assert asked(held.snapshot(), 0.0).classes == (("‘one’", 0.75), ("‘two’", 0.25))


def test_classes_beside_a_model_with_prompts_are_no_prompts() -> None:
    layout = layout_of(prompting(), plain("bloom", "moth"))
    assert texts_of(layout, "a")[7] == "/gen/prompt/8"
    assert (texts_of(layout, "b"), negative_of(layout, "b")) == ((), "")
    held = bay(layout)
    held.write([("/mix/crossfade", 0.5), ("/deck/a/class", weights(p1=1.0)), ("/deck/b/class", [0.0, 1.0])], HAND)
    assert asked(held.snapshot(), 0.0).classes == (("‘water’", 0.5), ("moth", 0.5))
    turned = layout_of(plain("bloom", "moth"), prompting())
    assert texts_of(turned, "a") == ()
    assert texts_of(turned, "b")[0] == "/deck/b/gen/prompt/1"


@pytest.mark.parametrize("deck", ["a", "b"])
def test_one_model_has_one_set_of_texts(deck: str) -> None:
    layout = layout_of(prompting())
    assert texts_of(layout, deck) == tuple(f"/gen/prompt/{n}" for n in range(1, 9))
    assert negative_of(layout, deck) == "/gen/negative"


def test_a_card_counts_prompts_and_does_not_list_them() -> None:
    entry = Entry("turbo", "turbo", "own", prompting())
    assert "8 prompts" in facts(entry)
    assert "8 prompts" in spaces(entry)
    assert "prompt 1" not in plain_text(entry)
    assert "2 classes" in facts(Entry("plain", "plain", "own", plain("bloom", "moth")))
