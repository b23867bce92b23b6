"""The training page: what is filled in becomes what is started, what is told is shown, and what came of it plays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.jobs import wish as wishes
from latentjockey.jobs.account import Report
from latentjockey.jobs.desk import JobDesk
from latentjockey.jobs.events import Progress, Saved, Sheet, Started
from latentjockey.jobs.material import Material
from latentjockey.jobs.runs import TrainingRun
from latentjockey.jobs.wish import Wish
from latentjockey.models.library import Entry
from latentjockey.ui.binder import Binder
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.path_dialog import choose_path
from latentjockey.ui.train_figures import apart, counts, figures, lines, span_of
from latentjockey.ui.train_sheet import LargeSheet, read_sheet
from latentjockey.ui.train_tab import TrainTab
from latentjockey.ui.train_words import SHARED, minutes_text, parsed_minutes, stepped_minutes

DOUBLE = Path(__file__).resolve().parents[1] / "jobs" / "double.py"
Show = Callable[[QWidget, int, int], None]
LONG_MS = 60_000
MINE = Material("/pictures/mine", "20 pictures, one class", 20, ("mine",), asks=True)
GARDEN = Material("night-garden", "drawn")
RUN = TrainingRun(Path("/data/training/moths"), "Moths", "/pictures/mine", 128, 24_000, 20.0, 60.0)


class Jobs:
    """A desk that keeps what it is asked for and tells what it is told to tell."""

    def __init__(self) -> None:
        self.told: Report | None = None
        self.known = {found.data: found for found in (MINE, GARDEN)}
        self.found: tuple[TrainingRun, ...] = ()
        self.losses: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self.asked: list[object] = []

    def start(self, wish: Wish) -> str:
        self.asked.append(wish)
        self.told = Report(wish.name)
        return ""

    def resume(self, run: TrainingRun, minutes: float) -> str:
        self.asked.append((run, minutes))
        self.told = Report(run.name)
        return ""

    def stop(self) -> None:
        self.asked.append("stop")

    def end_now(self) -> None:
        self.asked.append("end")

    def report(self) -> Report | None:
        return self.told

    def curves(self) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return self.losses

    def recipes(self) -> Sequence[str]:
        return ("night-garden",)

    def look(self, data: str) -> None:
        self.asked.append(("look", data))

    def material(self, data: str) -> Material | None:
        return self.known.get(data)

    def look_for_runs(self) -> None:
        pass

    def runs(self) -> Sequence[TrainingRun]:
        return self.found

    def missing(self, wish: Wish) -> str:
        return wishes.missing(wish, self.material(wish.data), tuple(self.runs()))


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def tab(qapp: QApplication, binder: Binder, jobs: Jobs, shown: Show) -> TrainTab:
    made = TrainTab(binder, jobs, None)
    shown(made, 1260, 170)
    return made


def press(widget: QWidget) -> None:
    assert widget.isVisible()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def type_into(field: QWidget, text: str) -> None:
    """Click, type, Enter: as a hand does."""
    press(field)
    (line,) = (line for line in field.findChildren(LineEditor) if line.isVisible())
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def choose(pick: QWidget, words: str) -> None:
    """Open the list and take the entry with these words."""
    menu = pick.open_list()  # type: ignore[attr-defined]
    action = next(a for a in menu.actions() if words in a.text())
    action.trigger()
    menu.close()


def drop(widget: QWidget, path: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    at, left, none = QPoint(60, 60), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(at, Qt.DropAction.CopyAction, data, left, none))
    QApplication.sendEvent(widget, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, left, none))


def learning(**more: object) -> Report:
    started = Started("Moths", "/data/training/moths", 128, ("mine",), "processor", 20)
    told = Progress(9, 240, 60.0, "64 px, copying", {"kl": 1.0}, 4.0, 540.0)
    made = Report("Moths", "running", "Moths is learning.", started, told, left="about 9 minutes left")
    return replace(made, **more)  # type: ignore[arg-type]


# -- the form ---------------------------------------------------------------------------------------------------------


def test_a_recipe_needs_a_name_and_nothing_else(tab: TrainTab, jobs: Jobs) -> None:
    form = tab.form
    assert not form.button.isEnabled()
    assert "Choose" in form.missing.text
    choose(form.data, "night-garden")
    assert not form.consent.isVisible()
    assert form.missing.text == "Give the model a name."
    type_into(form.name, "Night moths")
    form.refresh()
    press(form.button)
    assert jobs.asked == [("look", "night-garden"), Wish("night-garden", "Night moths", 128, 120.0)]
    assert tab.running.isVisible()


def test_everything_that_is_filled_in_is_started(tab: TrainTab, jobs: Jobs, hand: object) -> None:
    form = tab.form
    drop(form, MINE.data)
    assert "20 pictures" in form.about.text
    assert form.missing.text != ""
    type_into(form.name, "mine")
    QTest.mouseClick(form.side, Qt.MouseButton.LeftButton, pos=form.side.box(2).center().toPoint())
    type_into(form.minutes, "1.5 h")
    choose(form.consent, "asked")
    type_into(form.author, "A. Painter")
    type_into(form.licence, "CC BY 4.0")
    form.refresh()
    press(form.button)
    expected = Wish(MINE.data, "mine", 256, 90.0, "", "A. Painter", "CC BY 4.0", "asked")
    assert jobs.asked[-1] == expected


def test_another_kind_offers_what_it_knows_and_no_more(tab: TrainTab, jobs: Jobs) -> None:
    form = tab.form
    form.start.set_value("night-garden", "night garden")
    choose(form.data, "night-garden")
    type_into(form.name, "Night moths")
    form.refresh()
    assert form.wish == Wish("night-garden", "Night moths", 128, 120.0, "night-garden")
    assert form.start.isVisible()
    assert not form.steps.isVisible()
    generator = form.about_kind.text

    QTest.mouseClick(form.kind, Qt.MouseButton.LeftButton, pos=form.kind.box(1).center().toPoint())
    assert not form.start.isVisible()
    assert form.about_kind.text != generator
    press(form.steps)  # in its middle
    QTest.mouseClick(form.steps, Qt.MouseButton.LeftButton, pos=form.steps.box(2).center().toPoint())
    assert form.wish == Wish("night-garden", "Night moths", 128, 120.0, kind="diffusion", steps=4)

    QTest.keyClick(form.kind, Qt.Key.Key_Left)
    assert form.wish == Wish("night-garden", "Night moths", 128, 120.0, "night-garden")
    QTest.keyClick(form.kind, Qt.Key.Key_Right)
    press(form.button)
    assert jobs.asked[-1] == Wish("night-garden", "Night moths", 128, 120.0, kind="diffusion", steps=4)


def test_a_diffusion_that_can_go_on_is_called_one(tab: TrainTab, jobs: Jobs) -> None:
    jobs.found = (replace(RUN, kind="diffusion"),)
    tab.refresh()
    choose(tab.form.again, "128 px · diffusion")
    assert jobs.asked[-1] == (jobs.found[0], 120.0)


def test_whose_pictures_they_are_has_to_be_said(tab: TrainTab, jobs: Jobs) -> None:
    form = tab.form
    drop(form, MINE.data)
    type_into(form.name, "mine")
    form.refresh()
    assert "whose pictures" in form.missing.text
    choose(form.consent, "withdrawn")
    form.refresh()
    assert "cannot be trained on" in form.missing.text
    QTest.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert jobs.told is None
    choose(form.consent, "undisclosed")
    form.refresh()
    assert form.missing.text == ""
    assert form.button.isEnabled()


def test_an_answer_for_other_pictures_is_not_told_of_a_recipe(tab: TrainTab, jobs: Jobs) -> None:
    form = tab.form
    drop(form, MINE.data)
    choose(form.consent, "own")
    choose(form.data, "night-garden")
    assert form.wish.consent == ""


def test_nonsense_for_a_time_is_refused_and_the_line_stays(tab: TrainTab, qtbot: QtBot) -> None:
    field = tab.form.minutes
    before = field.text
    type_into(field, "soon")
    assert any(line.isVisible() for line in field.findChildren(LineEditor))
    assert field.text == before


def test_the_wheel_steps_through_round_times(tab: TrainTab, hand: object) -> None:
    field = tab.form.minutes
    hand.wheel(field, 1)  # type: ignore[attr-defined]
    assert parsed_minutes(field.text) == 180
    hand.wheel(field, -2)  # type: ignore[attr-defined]
    hand.wheel(field, -1)  # type: ignore[attr-defined]
    assert parsed_minutes(field.text) < 120


def test_a_path_can_be_typed_and_must_be_whole(tab: TrainTab, jobs: Jobs) -> None:
    line = tab.form.type_path()
    QTest.keyClicks(line, "somewhere")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert tab.form.data.value == ""
    line.selectAll()
    QTest.keyClicks(line, MINE.data)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert tab.form.wish.data == MINE.data


def test_the_dialog_waits_for_nothing(tab: TrainTab, tmp_path: Path) -> None:
    chosen: list[str] = []
    dialog = choose_path(tab, "Learn from a folder", chosen.append, folder=True)
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert chosen == [str(tmp_path)]


def test_what_was_begun_can_go_on(tab: TrainTab, jobs: Jobs) -> None:
    assert not tab.form.again.isVisible()
    jobs.found = (RUN,)
    tab.refresh()
    type_into(tab.form.minutes, "45")
    choose(tab.form.again, "Moths · 24k pictures in 20 min")
    assert jobs.asked[-1] == (RUN, 45.0)
    assert tab.running.isVisible()


# -- while it runs ----------------------------------------------------------------------------------------------------


def test_how_it_goes_is_told_in_words(tab: TrainTab, jobs: Jobs) -> None:
    jobs.told = learning()
    tab.refresh()
    assert tab.running.head.words == "learning · 64 px, copying"
    assert tab.running.outlook.text == "about 9 minutes left"
    assert tab.running.numbers.text == "240 seen · 4 a second · 128 px · 20 to learn from · processor"
    assert tab.running.saved.text == "nothing is saved yet"
    assert tab.running.notice.text == SHARED
    assert not tab.running.play.isVisible()
    jobs.told = learning(notices=("a.png is no picture.",), saved=Saved("/x", 200), model="moths")
    tab.refresh()
    assert tab.running.notice.text == "a.png is no picture."
    assert tab.running.saved.text == "saved at 200 in /data/training/moths"


def test_stop_saves_first_and_a_second_press_ends_it(tab: TrainTab, jobs: Jobs) -> None:
    jobs.told = learning()
    tab.refresh()
    press(tab.running.stop)
    assert jobs.asked == ["stop"]
    assert tab.running.stop.text == "end it now"
    press(tab.running.stop)
    assert jobs.asked == ["stop", "end"]


def test_a_model_can_be_played_as_soon_as_it_was_saved(tab: TrainTab, jobs: Jobs, bay: Bay, binder: Binder) -> None:
    jobs.told = learning(saved=Saved("/x", 200), model="moths")
    tab.refresh()
    assert tab.running.play.text == "play it so far"
    press(tab.running.play)
    binder.flush()
    assert bay.value("/model") == "moths"


class Shelf:
    """A library in which the model that plays was saved anew."""

    def models(self) -> tuple[Entry, ...]:
        return ()

    def look(self) -> None:
        """Nothing new."""

    def folder(self) -> Path:
        return Path("/m")

    def play(self, name: str) -> None:
        raise AssertionError(name)

    def newer(self) -> bool:
        return True

    def bring(self, path: Path) -> None:
        raise AssertionError(path)


def test_a_model_that_plays_and_was_saved_again_is_loaded_anew(
    binder: Binder, jobs: Jobs, bay: Bay, shown: Show
) -> None:
    made = TrainTab(binder, jobs, Shelf())
    shown(made, 1260, 170)
    jobs.told = Report("Moths", state="running", model="moths")
    made.refresh()
    assert made.running.play.text == "play it so far"
    press(made.running.play)
    binder.flush()
    assert (bay.value("/model"), bay.number("/model/reload")) == ("moths", 0)
    made.refresh()
    assert made.running.play.text == "play the newer"
    press(made.running.play)
    assert bay.number("/model/reload") == 1


def test_losses_are_plotted(tab: TrainTab, jobs: Jobs, qtbot: QtBot) -> None:
    jobs.told = learning()
    jobs.losses = {"kl": (np.arange(1.0, 50.0), np.linspace(2.0, 0.5, 49))}
    tab.refresh()
    qtbot.waitUntil(lambda: _refreshed(tab).place.plot is not None, timeout=LONG_MS)
    jobs.told = learning(progress=Progress(10, 300, 61.0))
    tab.refresh()
    plot = tab.place.plot
    assert plot is not None
    assert plot.isVisible()
    x, y = plot._raw[0].getData()
    assert x[-1] == 49.0
    assert y[0] == pytest.approx(np.log10(2.0))


def test_the_newest_sheet_is_shown_and_grows(tab: TrainTab, jobs: Jobs, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    _save(path, 400, 300)
    jobs.told = learning(sheet=Sheet(str(path), 100))
    tab.refresh()
    qtbot.waitUntil(lambda: not tab.sheet.image.isNull(), timeout=LONG_MS)
    press(tab.sheet)
    large = tab.window().findChild(LargeSheet)
    assert large is not None
    assert large.isVisible()
    _save(path, 200, 600)
    jobs.told = learning(sheet=Sheet(str(path), 200))
    tab.refresh()
    qtbot.waitUntil(lambda: tab.sheet.image.width() == 200, timeout=LONG_MS)
    QTest.mouseClick(large, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.sheet.large is None, timeout=LONG_MS)


def test_a_sheet_that_is_none_leaves_the_last_one(tab: TrainTab, jobs: Jobs, qtbot: QtBot, tmp_path: Path) -> None:
    good, bad, good2 = (tmp_path / name for name in ("good.png", "bad.png", "good2.png"))
    _save(good, 40, 30)
    _save(good2, 50, 30)
    bad.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    for n, path in enumerate((good, bad)):
        jobs.told = learning(sheet=Sheet(str(path), n))
        tab.refresh()
    jobs.told = learning(sheet=Sheet(str(good2), 7))
    tab.refresh()
    qtbot.waitUntil(lambda: tab.sheet.image.width() == 50, timeout=LONG_MS)


def test_a_sheet_is_bounded(qapp: QApplication, tmp_path: Path) -> None:
    _save(tmp_path / "wide.png", 3200, 100)
    image = read_sheet(str(tmp_path / "wide.png"))
    assert (image.width(), image.height()) == (1600, 50)
    _save(tmp_path / "long.png", 20_000, 1)
    assert read_sheet(str(tmp_path / "long.png")).isNull()


# -- after ------------------------------------------------------------------------------------------------------------


def test_what_broke_off_can_go_on_from_its_last_save(tab: TrainTab, jobs: Jobs) -> None:
    said = "Moths broke off: out of memory."
    jobs.told = learning(state="failed", sentence=said, saved=Saved("/x", 200), model="moths")
    jobs.found = (RUN,)
    tab.refresh()
    assert tab.running.outlook.text == said
    assert not tab.running.stop.isVisible()
    type_into(tab.running.minutes, "2 h")
    press(tab.running.resume)
    assert jobs.asked == [(RUN, 120.0)]


def test_another_can_be_trained_after_it(tab: TrainTab, jobs: Jobs) -> None:
    jobs.told = learning(state="finished", sentence="Done.", model="moths")
    tab.refresh()
    assert not tab.form.isVisible()
    press(tab.running.new)
    assert tab.form.isVisible()
    jobs.told = learning()
    tab.refresh()
    assert tab.running.isVisible()


def test_a_hidden_page_asks_for_nothing(tab: TrainTab, jobs: Jobs, qtbot: QtBot) -> None:
    jobs.told = learning()
    tab.hide()
    assert not tab._timer.isActive()
    tab.show()
    assert tab._timer.isActive()
    assert tab.running.isVisible()


# -- with a real desk and a real process ------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[JobDesk]:
    def command(wish: Wish) -> list[str]:
        return [sys.executable, str(DOUBLE), wish.name, str(tmp_path)]

    made = JobDesk(Messages(), SystemClock(), lambda: tmp_path, command)
    yield made
    made.end_now()
    made.close()


def test_from_the_form_to_the_stage(
    qapp: QApplication, binder: Binder, bay: Bay, desk: JobDesk, shown: Show, qtbot: QtBot
) -> None:
    tab = TrainTab(binder, desk, None)
    shown(tab, 1260, 170)
    choose(tab.form.data, "night-garden")
    type_into(tab.form.name, "obeys")
    qtbot.waitUntil(lambda: _refreshed(tab).form.button.isEnabled(), timeout=LONG_MS)
    press(tab.form.button)
    qtbot.waitUntil(lambda: _refreshed(tab).running.head.words.startswith("learning"), timeout=LONG_MS)
    press(tab.running.stop)
    qtbot.waitUntil(lambda: _refreshed(tab).running.play.isVisible() and tab.running.new.isVisible(), timeout=LONG_MS)
    press(tab.running.play)
    binder.flush()
    assert bay.value("/model") == "night-moths"


# -- figures and words ------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 1e5))
def test_a_time_is_read_as_it_is_written(minutes: float) -> None:
    text = minutes_text(minutes)
    assert parsed_minutes(text) == pytest.approx(minutes, rel=1e-4)


@given(st.floats(0.5, 1e4), st.sampled_from((1, -1)))
def test_a_step_goes_the_way_it_is_asked(minutes: float, by: int) -> None:
    text = minutes_text(minutes)
    assert (parsed_minutes(stepped_minutes(text, by)) - parsed_minutes(text)) * by > 0


@pytest.mark.parametrize("text", ["", "soon", "-3", "0", "nan", "inf", "3 parsecs", "1e9"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a time is"):
        parsed_minutes(text)


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=5),
    st.floats(0.01, 0.2),
)
def test_names_lie_apart_and_in_order(places: list[float], gap: float) -> None:
    moved = apart(places, gap, -6.0, 6.0)
    order = sorted(range(len(places)), key=lambda i: places[i])
    for a, b in pairwise(order):
        assert moved[b] - moved[a] >= gap - 1e-9
    assert all(-6.0 - 1e-9 <= place <= 6.0 + 1e-9 for place in moved)


@given(st.floats(-6, 5), st.floats(0.6, 6))
def test_a_logarithmic_scale_has_a_few_figures_in_order(lo: float, wide: float) -> None:
    found = figures(lo, lo + wide)
    assert 1 <= len(found) <= 6
    assert [place for place, _ in found] == sorted(place for place, _ in found)
    assert all(float(text) == pytest.approx(10**place) for place, text in found)


@given(st.floats(1, 1e8))
def test_counts_reach_from_nothing_to_near_the_end(end: float) -> None:
    found = counts(end)
    assert found[0] == (0.0, "0")
    assert len(found) <= 5
    assert end / 2 <= found[-1][0] <= end * (1 + 1e-9) or len(found) == 2


def test_what_is_not_above_nothing_is_not_on_the_scale() -> None:
    x = np.arange(4.0)
    drawn = lines({"hinge": (x, np.array([1.0, -1.0, 0.0, 10.0])), "never": (x, -np.ones(4))})
    assert [line.name for line in drawn] == ["hinge"]
    assert np.isnan(drawn[0].raw[1:3]).all()
    lo, hi = span_of(drawn)
    assert lo < 0.0 < 1.0 < hi
    assert span_of(()) == (-0.3, 0.3)


def _refreshed(tab: TrainTab) -> TrainTab:
    tab.refresh()
    return tab


def _save(path: Path, width: int, height: int) -> None:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    assert image.save(str(path))
