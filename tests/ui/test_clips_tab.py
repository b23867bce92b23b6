"""The clips page and a deck's clip: what is filled in is what is started, what is made plays, a hand scrubs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.clips_desk import Making
from latentjockey.models.builtin import TESTCARD
from latentjockey.models.clip_folder import MadeOf
from latentjockey.models.clip_spec import controls_of
from latentjockey.models.library import Entry
from latentjockey.ui import clip_words, theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.clip_strip import ClipStrip
from latentjockey.ui.clips_tab import ClipsTab
from latentjockey.ui.deck_strip import DeckStrip
from latentjockey.ui.dropping import dropped_model
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.model_list import ModelList
from latentjockey.ui.model_tile import told

Show = Callable[[QWidget, int, int], None]
LTX = Entry(
    "ltx", "LTX", "own", path=Path("/models/LTX"), trouble="It renders clips.", family="LTX-Video", renders=True
)
WAVE = Entry("wave", "Wave", "own", spec=replace(TESTCARD, name="wave"), path=Path("/models/Wave"), family="clip")
MADE = MadeOf(
    model="LTX", prompt="a wave", negative="mud", seed=7, steps=3, guidance=-2.5, frames=9, width=64, height=32,
    fps=8.0, place=(1.0, 2.0), place_of="cppn", place_share=0.5,
)  # fmt: skip


class Clips:
    """A desk that keeps what it is asked for and tells what it is told to tell."""

    def __init__(self) -> None:
        self.told: Making | None = None
        self.wishes: list[ClipWish] = []
        self.films: list[Path] = []
        self.stops = 0

    def start(self, wish: ClipWish) -> str:
        self.wishes.append(wish)
        self.told = Making(wish)
        return ""

    def convert(self, film: Path) -> str:
        self.films.append(film)
        return "There is no such film."

    def stop(self) -> None:
        self.stops += 1

    def making(self) -> Making | None:
        return self.told

    def made_of(self, entry: Entry) -> MadeOf | None:
        return MADE


class Models:
    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = (LTX, WAVE)
        self.played: list[tuple[str, str]] = []

    def models(self) -> tuple[Entry, ...]:
        return self.entries

    def look(self) -> None:
        pass

    def play(self, name: str, deck: str = "") -> None:
        self.played.append((name, deck))


@pytest.fixture
def clips() -> Clips:
    return Clips()


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
def tab(qapp: QApplication, binder: Binder, clips: Clips, models: Models, shown: Show) -> ClipsTab:
    made = ClipsTab(binder, clips, models)  # type: ignore[arg-type]
    shown(made, 1260, 190)
    return made


def fill_in(field: QWidget, text: str) -> None:
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    editor = field.findChild(LineEditor)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_is_filled_in_is_what_is_started(tab: ClipsTab, clips: Clips, bay: Bay) -> None:
    form = tab.form
    assert form.model.value == "ltx", "the only one there is"
    fill_in(form.prompt, "a wave")
    fill_in(form.negative, "mud")
    fill_in(form.extent, "704 x 480")
    fill_in(form.frames, "97")
    fill_in(form.guidance, "-3,5")
    fill_in(form.seed, "-12")
    press(form.button)
    (wish,) = clips.wishes
    assert (wish.model, wish.prompt, wish.negative, wish.width, wish.height) == ("ltx", "a wave", "mud", 704, 480)
    assert (wish.frames, wish.guidance, wish.seed, wish.steps, wish.place) == (97, -3.5, -12, 0, ())


def test_it_begins_at_a_decks_place(tab: ClipsTab, clips: Clips, bay: Bay) -> None:
    bay.write([("/engine/model", "cppn")], ENGINE)
    QTest.mouseClick(tab.form.begin, Qt.MouseButton.LeftButton, pos=tab.form.begin.box(2).center().toPoint())
    press(tab.form.button)
    assert clips.wishes[0].place == tuple(bay.snapshot().vector("/deck/b/z"))
    assert clips.wishes[0].place_of == "cppn"


def test_it_shows_how_it_goes_and_gives_up(tab: ClipsTab, clips: Clips) -> None:
    press(tab.form.button)
    assert clips.told is not None
    clips.told = replace(clips.told, state="running", phase="step 3 of 50", done=0.06, left="about 2 minutes")
    tab.refresh()
    assert tab.running.isVisible()
    assert (tab.running.progress.words, tab.running.progress.done) == ("step 3 of 50 · about 2 minutes left", 0.06)
    press(tab.running.stop)
    assert clips.stops == 1
    clips.told = replace(clips.told, state="failed", sentence="Memory ran out; make it smaller.")
    tab.refresh()
    assert tab.running.outlook.text == "Memory ran out; make it smaller."
    press(tab.running.again)
    assert tab.form.isVisible()


def test_what_was_made_is_at_hand_and_plays_on_either_deck(
    tab: ClipsTab, clips: Clips, models: Models, bay: Bay
) -> None:
    clips.told = Making(
        ClipWish(name="Wave", model="ltx"), state="finished", sentence="The clip Wave is made.", clip="wave"
    )
    tab.refresh()
    assert tab.clip.value == "wave"
    assert "seed 7" in tab.about.text
    for button in (tab.on_a, tab.on_b, tab.both):
        press(button)
    assert models.played == [("wave", "a"), ("wave", "b"), ("wave", "")]
    bay.write([("/engine/model", "cppn+wave")], ENGINE)
    tab.refresh()
    assert (tab.on_a.lit, tab.on_b.lit) == (False, True)


def test_a_clip_is_wished_for_as_it_was_made(tab: ClipsTab, clips: Clips) -> None:
    tab.clip.set_value("wave", "Wave")
    tab.refresh()
    press(tab.as_it_was)
    press(tab.form.button)
    (wish,) = clips.wishes
    assert (wish.model, wish.prompt, wish.negative, wish.seed, wish.steps) == ("ltx", "a wave", "mud", 7, 3)
    assert (wish.guidance, wish.frames, wish.width, wish.height, wish.fps) == (-2.5, 9, 64, 32, 8.0)
    assert (wish.place, wish.place_of, wish.place_share) == ((1.0, 2.0), "cppn", 0.5)


def test_without_a_video_model_it_says_what_to_do(
    qapp: QApplication, binder: Binder, clips: Clips, models: Models, shown: Show
) -> None:
    models.entries = ()
    tab = ClipsTab(binder, clips, models)  # type: ignore[arg-type]
    shown(tab, 1260, 190)
    assert not tab.form.button.isEnabled()
    assert "No video model" in tab.form.missing.text


def test_a_film_is_dropped_and_why_not_is_said(tab: ClipsTab, clips: Clips) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/sea.MP4")])
    assert dropped_model(data) == "/films/sea.MP4"
    at, left, none = QPoint(60, 60), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(tab.form, QDragEnterEvent(at, Qt.DropAction.CopyAction, data, left, none))
    QApplication.sendEvent(tab.form, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, left, none))
    assert clips.films == [Path("/films/sea.MP4")]
    assert tab.form.missing.text == "There is no such film."


def test_a_video_model_in_the_list_says_what_it_does_and_can_be_asked_for(qapp: QApplication, shown: Show) -> None:
    tiles = ModelList(lambda entry: None)
    tiles.show_entries([LTX])
    shown(tiles, 300, 80)
    chosen: list[tuple[str, str]] = []
    tiles.chosen.connect(lambda name, deck: chosen.append((name, deck)))
    assert told(tiles.tile(0)) == "renders clips, in the clips tab"
    QTest.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=tiles.row_box(0).center().toPoint())
    assert chosen == [("ltx", "")], "and hears why it is not on a deck"


@pytest.mark.parametrize(("typed", "size"), [("704 x 480", (704, 480)), ("64", (64, 0)), ("", (0, 0)), ("9*8", (9, 8))])
def test_sizes_are_read_as_people_type_them(typed: str, size: tuple[int, int]) -> None:
    assert clip_words.size(typed) == size
    assert clip_words.size(clip_words.kept_size(typed)) == size


@pytest.mark.parametrize("typed", ["wide", "1 x", "0x", "-3 x 4"])
def test_what_is_no_size_says_what_would_do(typed: str) -> None:
    with pytest.raises(ValueError, match="704 x 480"):
        clip_words.size(typed)


# -- a deck's clip ----------------------------------------------------------------------------------------------------


def playing(clock: ManualClock, *, both: bool = True) -> Bay:
    """A bay in which both decks play a clip of four seconds, or deck B alone."""
    controls = controls_of(4.0)
    own, other = (controls, ()) if both else (TESTCARD.controls, controls)
    return Bay(Layout(1, catalogue.builtin(8, (64, 64), own, native_b=other)), clock)


@pytest.mark.parametrize("both", [True, False])
def test_a_hand_scrubs_along_the_time_of_a_clip(
    qapp: QApplication, clock: ManualClock, shown: Show, both: bool
) -> None:
    bay = playing(clock, both=both)
    at = "/gen" if both else "/deck/b/gen"
    binder = Binder(bay)
    strip = ClipStrip(binder, "b", theme.MIDDLE, clock=clock)
    shown(strip, 400, 200)
    binder.poll()
    line = strip.timeline
    assert line is not None
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() // 4, 20))
    binder.flush()
    assert bay.number(f"{at}/scrub") == pytest.approx(0.25, abs=0.01)
    QTest.mouseMove(line, QPoint(line.width() * 3 // 4, 20))
    binder.flush()
    assert bay.number(f"{at}/scrub") == pytest.approx(0.75, abs=0.02)
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() * 3 // 4, 20))
    bay.write([(f"{at}/since", clock.now()), (f"{at}/scrub", 0.5)], CONDUCTOR)
    clock.advance(1.0)
    line.look()
    assert line.place == pytest.approx(0.75)
    assert line.words == "3.0 of 4.0 s"


def test_a_deck_shows_its_clip_and_something_else_again(
    qapp: QApplication, clock: ManualClock, shown: Show, tmp_path: Path
) -> None:
    from PySide6.QtCore import QSettings

    bay = playing(clock)
    binder = Binder(bay)
    strip = DeckStrip(
        binder, "a", theme.MIDDLE, settings=QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    )
    shown(strip, 300, 200)
    assert strip.strip is strip.clip
    assert strip.switch.words == ("clip", "z")
    assert not strip.offer.isVisible(), "a clip has no directions to be found"
    bay.install(Layout(2, catalogue.builtin(8, (64, 64), TESTCARD.controls)))
    binder.poll()
    assert strip.strip is strip.raw
