"""A clip is rendered by addresses alone, and what cannot be is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, HAND, Rank, Source
from latentjockey.control.values import Value
from latentjockey.jobs.clip_controls import ClipControls
from latentjockey.jobs.clip_wish import ClipWish, command, missing, parsed
from latentjockey.jobs.clips_desk import ClipsDesk, Making
from latentjockey.models.library import Entry
from latentjockey.models.video_folder import renders
from latentjockey.session.conductor import Conductor, Outside

OSC = Source("osc 127.0.0.1:9", Rank.SCRIPT)
LTX = Entry("ltx", "LTX", "own", trouble=renders("LTX", "ltx"), renders=True)
"""As the library has them: no deck plays them, which is their trouble."""
WAN = replace(LTX, name="wan")
STILL = Entry("night-garden", "Night garden", "own")


class Desk(ClipsDesk):
    """A desk that keeps what it is asked for and is told how it goes."""

    def __init__(self, messages: Messages, clock: ManualClock) -> None:
        super().__init__(messages, clock)
        self.asked: list[ClipWish] = []
        self.stops = 0
        self.now: Making | None = None

    def start(self, wish: ClipWish) -> str:
        self.asked.append(wish)
        self.now = Making(wish)
        return ""

    def stop(self) -> None:
        self.stops += 1

    def making(self) -> Making | None:
        return self.now


class Rig:
    """A bay and a conductor with the controls; the library is ``entries``."""

    def __init__(self, *entries: Entry) -> None:
        self.clock, self.messages = ManualClock(1.0), Messages()
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.desk = Desk(self.messages, self.clock)
        self.jobs: list[Callable[[], None]] = []
        self.controls = ClipControls(
            self.bay, self.desk, self.messages, self.clock, self.jobs.append, lambda: self.library
        )
        self.library: Sequence[Entry] = entries
        outside = Outside(
            publish=lambda snapshot: None,
            commands={"/clip/render": self.controls.render},
            watchers={"/clip/cancel": self.controls.cancel},
            movers=[self.controls],
        )
        self.conductor = Conductor(self.bay, self.clock, self.messages, outside)
        self.conductor.begin()

    def write(self, *writes: tuple[str, Value]) -> list[str]:
        """Written as by a network; why what was refused was. Then all is done that is to be done."""
        report = self.bay.write(list(writes), OSC)
        self.turn()
        return [why for _, why in report.refused]

    def turn(self) -> None:
        self.conductor.tick()
        while self.jobs:
            self.jobs.pop(0)()
        self.clock.advance(1.0)
        self.conductor.tick()

    def told(self, name: str) -> Value:
        return self.bay.value(f"/clip/{name}")  # type: ignore[return-value]

    def goes(self, **more: object) -> None:
        assert self.desk.now is not None
        self.desk.now = replace(self.desk.now, **more)  # type: ignore[arg-type]
        self.turn()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig(STILL, LTX)
    yield made
    made.desk.close()


def test_a_text_is_enough_where_there_is_one_video_model(rig: Rig) -> None:
    rig.turn()
    assert (rig.told("state"), rig.told("words"), rig.told("made")) == ("idle", "", "")
    assert rig.write(("/clip/render", "a wave at night")) == []
    assert rig.desk.asked == [ClipWish(model="ltx", prompt="a wave at night")]
    assert rig.told("state") == "starting"


def test_everything_that_is_set_is_wished_for(rig: Rig) -> None:
    rig.bay.write([("/engine/model", "night-garden")], CONDUCTOR)
    rig.write(("/deck/b/z", [0.5, -1.0, 2.0, 0.0]))
    rig.write(
        ("/clip/model", "ltx"), ("/clip/prompt", "a wave"), ("/clip/negative", "foam"), ("/clip/name", "Wave"),
        ("/clip/seed", -7), ("/clip/begins", "deck b"), ("/clip/frames", 97), ("/clip/width", 704),
        ("/clip/height", 480), ("/clip/fps", 12.5), ("/clip/steps", 8), ("/clip/guidance", -3.5), ("/clip/render", 1),
    )  # fmt: skip
    (wish,) = rig.desk.asked
    assert wish == ClipWish(
        "Wave", "ltx", "", "a wave", "foam", -7, 704, 480, 97, 12.5, 8, -3.5, (0.5, -1.0, 2.0, 0.0), "night-garden"
    )


def test_how_it_goes_is_told_and_what_came_of_it_can_be_played(rig: Rig) -> None:
    rig.write(("/clip/render", "a wave"))
    rig.goes(state="running", phase="step 2 of 8", done=0.25, left="about 4 minutes")
    assert (rig.told("state"), rig.told("progress")) == ("running", 0.25)
    assert rig.told("words") == "step 2 of 8 · about 4 minutes left"
    rig.goes(state="finished", sentence="The clip a wave is made.", clip="a-wave")
    assert (rig.told("state"), rig.told("progress"), rig.told("made")) == ("finished", 1.0, "a-wave")
    assert rig.told("words") == "The clip a wave is made."
    rig.write(("/clip/render", "another"))
    assert (rig.told("state"), rig.told("progress"), rig.told("made")) == ("starting", 0.0, "a-wave")


def test_it_is_given_up(rig: Rig) -> None:
    rig.write(("/clip/render", "a wave"))
    rig.write(("/clip/cancel", 1))
    assert rig.desk.stops == 1
    rig.write(("/clip/cancel", 0))
    assert rig.desk.stops == 1


@pytest.mark.parametrize(
    ("library", "model", "why"),
    [
        ([STILL], "", "There is no video model"),
        ([LTX, WAN], "", "Say in /clip/model which of the video models renders: ltx, wan."),
        ([LTX, WAN], "night-garden", "No video model is called 'night-garden'; there are: ltx, wan."),
        ([LTX], "../../ltx", "No video model is called '../../ltx'"),
        ([LTX], "/somewhere/ltx", "No video model is called '/somewhere/ltx'"),
        ([replace(LTX, renders=False)], "ltx", "There is no video model"),
    ],
)
def test_only_what_the_library_calls_a_video_model_renders(library: list[Entry], model: str, why: str) -> None:
    rig = Rig(*library)
    rig.write(("/clip/model", model), ("/clip/render", "a wave"))
    assert rig.desk.asked == []
    assert rig.told("state") == "refused"
    assert str(rig.told("words")).startswith(why)
    assert [message.text for message in rig.messages.recent()] == [rig.told("words")]
    rig.library = [WAN]
    rig.write(("/clip/model", ""), ("/clip/render", "a wave"))
    assert rig.told("state") == "starting"


def test_one_at_a_time_and_a_button_that_is_let_go_is_no_press(rig: Rig) -> None:
    assert rig.write(("/clip/render", 0)) == []
    assert rig.desk.asked == []
    rig.write(("/clip/render", "a"), ("/clip/render", "b"))
    assert [wish.prompt for wish in rig.desk.asked] == ["a"]
    rig.goes(state="running", phase="step 1", done=0.5)
    rig.write(("/clip/render", "c"))
    assert len(rig.desk.asked) == 1
    assert rig.told("state") == "running"
    assert "The clip a is being made" in rig.messages.recent()[-1].text


def test_a_button_that_is_sent_all_the_time_presses_once(rig: Rig) -> None:
    def sent(value: int, times: int = 1) -> int:
        for _ in range(times):
            rig.bay.write([("/clip/render", value)], OSC)
            rig.conductor.tick()
            while rig.jobs:
                rig.jobs.pop(0)()
            rig.clock.advance(0.1)
            if rig.desk.now is not None:
                rig.desk.now = replace(rig.desk.now, state="finished")
        return len(rig.desk.asked)

    assert sent(1, 40) == 1
    assert sent(0, 40) == 1
    assert sent(1, 40) == 2
    rig.clock.advance(2.0)
    assert sent(1) == 3
    assert sent(0) == 3
    assert sent(1) == 4


def test_hands_cannot_write_how_it_goes(rig: Rig) -> None:
    assert rig.bay.write([("/clip/progress", 1.0), ("/clip/state", "finished")], HAND).refused
    assert rig.write(("/clip/made", "x"))


NUMBERS = st.one_of(st.floats(), st.integers(-(10**30), 10**30))


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=40),
    st.text(max_size=40),
    st.dictionaries(
        st.sampled_from(["seed", "begins", "frames", "width", "height", "fps", "steps", "guidance"]), NUMBERS
    ),
)
def test_whatever_comes_is_rendered_or_refused_in_a_sentence(text: str, name: str, numbers: dict[str, float]) -> None:
    rig = Rig(LTX)
    started: list[ClipWish] = []

    def start(wish: ClipWish) -> str:
        why = missing(wish)
        if not why:
            assert parsed(command(wish)[-1].removeprefix("--wish=")) == wish
            assert not wish.film
            started.append(wish)
        return why

    rig.desk.start = start  # type: ignore[method-assign]
    rig.write(("/clip/name", name), *((f"/clip/{key}", value) for key, value in numbers.items()))
    rig.write(("/clip/render", text))
    released = text.strip() == "0"
    if not started and not released:
        assert rig.told("state") == "refused"
        assert str(rig.told("words")).endswith(".")
    assert released or bool(started) != (rig.told("state") == "refused")


def test_there_is_no_address_for_a_path(rig: Rig) -> None:
    addresses = [spec.address for spec in rig.bay.layout.specs if spec.address.startswith("/clip/")]
    assert "/clip/render" in addresses
    rig.write(("/clip/name", "../../etc/passwd"), ("/clip/prompt", str(Path("/etc/passwd"))), ("/clip/render", ""))
    (wish,) = rig.desk.asked
    assert (wish.film, wish.model, wish.device) == ("", "ltx", "")
    assert "/" not in wish.called
    assert "." not in wish.called


def test_half_a_character_is_none(rig: Rig) -> None:
    rig.write(("/clip/prompt", "a \ud800 wave"), ("/clip/render", ""))
    assert [wish.prompt for wish in rig.desk.asked] == ["a ? wave"]
