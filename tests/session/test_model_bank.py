"""Steps through the bank of models: every press counts, the slot follows, and what is nearest is asked for first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND
from latentjockey.control.values import Value
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.session.model_bank import MOST, STEPS, ModelBank, named, nearest

NAMES: tuple[str, ...] = ("ants", "bees", "cats", "dogs")


class Desk:
    """A conductor with a bank, and what was asked to be kept."""

    def __init__(self, path: Path | None = None) -> None:
        self.clock = ManualClock(1.0)
        self.messages = Messages()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.bay.write([("/model", "ants")], HAND)
        self.kept: list[tuple[tuple[str, ...], int]] = []
        self.wanted: list[str] = []
        self.bank = ModelBank(self.bay, self.messages, self.clock, self._keep, lambda job: job(), path)
        self.bank.recall()
        self.bank.begin()
        outside = Outside(
            lambda snapshot: None,
            commands=dict.fromkeys(STEPS, self.bank.step),
            watchers={
                "/bank": self.bank.listed,
                "/bank/slot": self.bank.chosen,
                "/bank/mb": self.bank.tell,
                "/model": self._model,
            },
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()

    def _keep(self, names: tuple[str, ...], budget: int) -> None:
        self.kept.append((names, budget))

    def _model(self, name: float | str) -> None:
        self.wanted.append(str(name))
        self.bank.follow(name)

    def write(self, *writes: tuple[str, Value], ticks: int = 4) -> None:
        self.bay.write(writes, HAND)
        self.tick(ticks)

    def tick(self, ticks: int = 4) -> None:
        for _ in range(ticks):
            self.clock.advance(0.01)
            self.conductor.tick()

    @property
    def model(self) -> str:
        return str(self.bay.value("/model"))

    @property
    def slot(self) -> int:
        return int(self.bay.number("/bank/slot"))


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.write(("/bank", ", ".join(NAMES)))
    return made


def test_next_and_previous_go_round(desk: Desk) -> None:
    for name, slot in (("bees", 2), ("cats", 3), ("dogs", 4), ("ants", 1)):
        desk.write(("/bank/next", True))
        assert (desk.model, desk.slot) == (name, slot)
    desk.write(("/bank/previous", True))
    assert (desk.model, desk.slot) == ("dogs", 4)


def test_every_press_counts_also_within_one_moment(desk: Desk) -> None:
    desk.write(("/bank/next", True), ("/bank/next", True), ("/bank/next", True))
    assert desk.model == "dogs"
    desk.write(("/bank/next", True), ticks=1)
    desk.write(("/bank/next", True), ticks=1)
    desk.write(("/bank/previous", True), ticks=6)
    assert desk.model == "ants"
    assert desk.slot == 1


def test_a_slot_plays_its_model_and_numbers_beyond_begin_again(desk: Desk) -> None:
    for slot, name in ((3, "cats"), (6, "bees"), (-1, "cats"), (4, "dogs")):
        desk.write(("/bank/slot", slot))
        assert (desk.model, desk.slot) == (name, slot)
    desk.write(("/bank/slot", 0))
    assert desk.model == "dogs", "none of them is no change"


def test_the_slot_follows_what_is_chosen_elsewhere_and_what_could_not_be(desk: Desk) -> None:
    desk.write(("/model", "cats"))
    assert desk.slot == 3
    desk.write(("/model", "moths"))
    assert (desk.slot, desk.model) == (0, "moths")
    desk.write(("/bank/slot", 2))
    assert desk.model == "bees"
    desk.bay.write([("/model", "moths")], CONDUCTOR)  # as when bees could not be loaded
    desk.tick()
    assert (desk.slot, desk.model) == (0, "moths")
    desk.write(("/bank/slot", 2))
    assert desk.model == "bees", "it may be tried again"


@pytest.mark.parametrize(("press", "name"), [("/bank/next", "ants"), ("/bank/previous", "dogs")])
def test_from_outside_a_step_leads_to_an_end(desk: Desk, press: str, name: str) -> None:
    desk.write(("/model", "moths"))
    desk.write((press, True))
    assert desk.model == name


def test_without_a_bank_a_step_leads_to_what_played_before() -> None:
    desk = Desk()
    desk.write(("/bank/next", True))
    assert desk.model == "ants"
    assert "bank is empty" in desk.messages.recent()[-1].text
    desk.write(("/model", "bees"))
    desk.write(("/bank/previous", True))
    assert desk.model == "ants"
    desk.write(("/bank/next", True))
    assert desk.model == "bees"


def test_what_is_nearest_is_kept_first(desk: Desk) -> None:
    assert desk.kept[-1] == (("ants", "bees", "dogs", "cats"), 0)
    desk.write(("/bank/mb", 100))
    assert desk.kept[-1][1] == 100 << 20
    desk.write(("/model", "moths"))
    assert desk.kept[-1][0] == ("moths", *NAMES)


def test_it_is_there_again_in_the_next_session(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "bank.json"
    first = Desk(path)
    first.write(("/bank", "bees  cats,dogs+ants;bees"))
    again = Desk(path)
    assert again.bank.models == ("bees", "cats", "dogs+ants")
    again.write(("/bank", ""))
    assert Desk(path).bank.models == ()


@pytest.mark.parametrize("text", [b"", b"[]", b'{"models": 3}', b"\xff\xfe", b'{"models": ["' + b"x" * 100])
def test_a_strangers_file_is_one_sentence(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "bank.json"
    path.write_bytes(text)
    desk = Desk(path)
    assert desk.bank.models == ()
    assert [m.text.startswith("bank.json does not hold a bank") for m in desk.messages.recent()] == [True]


@given(st.text(max_size=200))
def test_any_text_is_a_bank(text: str) -> None:
    names = named(text)
    assert len(names) <= MOST
    assert len(set(names)) == len(names)
    assert named(", ".join(names)) == names


@given(st.lists(st.sampled_from(NAMES), unique=True), st.sampled_from((*NAMES, "moths")))
def test_nearest_holds_all_once_and_begins_with_what_plays(models: list[str], wanted: str) -> None:
    order = nearest(models, wanted)
    assert order[0] == wanted
    assert sorted(order) == sorted({wanted, *models})
    if wanted in models and len(models) > 1:
        assert order[1] == models[(models.index(wanted) + 1) % len(models)]


@given(st.lists(st.sampled_from(["/bank/next", "/bank/previous"]), min_size=1, max_size=12), st.data())
def test_presses_add_up_however_they_fall_into_ticks(presses: list[str], data: st.DataObject) -> None:
    desk = Desk()
    desk.write(("/bank", ", ".join(NAMES)))
    for press in presses:
        desk.write((press, True), ticks=data.draw(st.integers(0, 2)))
    desk.tick(4)
    assert desk.model == NAMES[sum(STEPS[press] for press in presses) % len(NAMES)]
    assert desk.slot == NAMES.index(desk.model) + 1
