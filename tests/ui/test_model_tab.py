"""The model tab: every model can be seen, read and played; the credit stands under the stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND
from latentjockey.models import library
from latentjockey.models.album import Note
from latentjockey.models.builtin import CPPN
from latentjockey.models.card import ModelCard, Source
from latentjockey.models.library import Entry
from latentjockey.models.spec import ModelSpec
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder
from latentjockey.ui.card_view import CardView
from latentjockey.ui.dropping import dropped_model
from latentjockey.ui.model_tab import ModelTab
from latentjockey.ui.model_tile import told
from latentjockey.ui.provenance import pill_width
from latentjockey.ui.window import MainWindow

CARD = ModelCard(
    "Portraits",
    "us",
    "Apache-2.0",
    "drawn portraits",
    "CC0 1.0",
    "licensed, not asked",
    sources=(
        Source("Lorelei", "A <b>Maker</b>", "CC0 1.0", "licensed, not asked", images=1200),
        Source("Pixel Art", "Another", "CC BY 4.0", "withdrawn"),
    ),
    training="20,000 steps",
    weak="Glasses smear.",
)
SPEC = ModelSpec("portraits", CARD, 8, 10, 8, (3, 7), "lerp", (64, 64), classes=("Lorelei", "Pixel Art"))
ENTRIES = (
    Entry("portraits", "Portraits", "bundled", SPEC, Path("/m/p.safetensors"), 5_200_000, family="style network"),
    Entry("cppn", CPPN.card.name, "built in", CPPN, family="CPPN"),
    Entry("torn", "torn", "own", None, Path("/m/torn.safetensors"), 9, "torn.safetensors was cut short."),
)


@pytest.fixture
def models(make_models: Callable[[Sequence[Entry]], Any]) -> Any:
    return make_models(ENTRIES)


@pytest.fixture
def tab(binder: Binder, models: Any, shown: Callable[[QWidget, int, int], None]) -> ModelTab:
    made = ModelTab(binder, models)
    shown(made, 1200, 400)
    return made


def row(tab: ModelTab, index: int) -> QPointF:
    return tab.list.row_box(index).center()


def look(tab: ModelTab, index: int) -> None:
    """Move the pointer over a row: straight to the list, since where the platform's own pointer is may not matter."""
    at, none = row(tab, index), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, tab.list.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(tab.list, move)


def test_a_click_plays_a_model(tab: ModelTab, bay: Bay) -> None:
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 0).toPoint())
    assert bay.value("/model") == "portraits"
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 1).toPoint())
    assert bay.value("/model") == "cppn"


def test_what_cannot_be_played_is_not_played_and_says_why(tab: ModelTab, bay: Bay) -> None:
    before = bay.value("/model")
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, 2).toPoint())
    assert bay.value("/model") == before
    assert "torn.safetensors was cut short." in tab.card.text


def test_keys_look_first_and_play_on_enter(tab: ModelTab, bay: Bay) -> None:
    tab.list.setFocus()
    before = bay.value("/model")
    QTest.keyClick(tab.list, Qt.Key.Key_Right)
    QTest.keyClick(tab.list, Qt.Key.Key_Left)
    assert bay.value("/model") == before
    assert "Glasses smear." in tab.card.text
    QTest.keyClick(tab.list, Qt.Key.Key_Return)
    assert bay.value("/model") == "portraits"


def test_the_card_names_every_source_and_hides_no_markup(tab: ModelTab) -> None:
    look(tab, 1)
    look(tab, 0)
    text = tab.card.text
    for said in (
        "A <b>Maker</b>", "licensed, not asked", "consent withdrawn", "1,200", "20,000 steps", "Glasses smear.",
        "CC BY 4.0", "Lorelei, Pixel Art", "not a share of influence",
    ):  # fmt: skip
        assert said in text


def test_without_a_look_the_card_is_that_of_the_model_that_plays(tab: ModelTab, bay: Bay) -> None:
    bay.write([("/engine/model", "cppn")], ENGINE)
    tab.refresh()
    assert "nobody’s pictures" in tab.card.text
    for index in (1, 0):
        look(tab, index)
    assert "Glasses smear." in tab.card.text
    QApplication.sendEvent(tab, QEvent(QEvent.Type.Leave))
    assert "nobody’s pictures" in tab.card.text


def drop(widget: QWidget, name: str) -> bool:
    """Drag a file over the middle of a widget and let it fall; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/downloads/{name}")])
    at, copy = widget.rect().center(), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    fall = QDropEvent(QPointF(at), copy, data, left, none)
    QApplication.sendEvent(widget, fall)
    return fall.isAccepted()


def test_a_model_file_falls_on_the_tab(tab: ModelTab, models: Any) -> None:
    assert drop(tab, "moths.safetensors")
    assert not drop(tab, "notes.txt")
    assert models.brought == [Path("/downloads/moths.safetensors")]


def test_a_model_file_falls_anywhere_on_the_window(
    open_window: Callable[..., MainWindow], everything: Actions, models: Any, dropped: list[str]
) -> None:
    window = open_window(asks=replace(everything, models=models))
    for place in (window.stage, window.studio.deck_a, window.studio.tabs, window):
        assert drop(place, "moths.safetensors"), place
    assert len(models.brought) == 4
    assert not dropped


def test_the_page_of_the_window_is_the_library(
    open_window: Callable[..., MainWindow], everything: Actions, models: Any, bay: Bay
) -> None:
    window = open_window(asks=replace(everything, models=models))
    window.show_page("model")
    page = window.studio.tabs.page("model")
    assert isinstance(page, ModelTab)
    QTest.mouseClick(page.list, Qt.MouseButton.LeftButton, pos=row(page, 0).toPoint())
    assert bay.value("/model") == "portraits"


def test_the_credit_stands_under_the_stage(
    open_window: Callable[..., MainWindow], everything: Actions, bay: Bay
) -> None:
    window = open_window(asks=replace(everything, card=lambda deck: CARD))
    bay.write([("/model/credit", "asked for +0.61 Lorelei · learned from: Lorelei by A Maker")], CONDUCTOR)
    window.binder.poll()
    window.refresh()
    line = window.studio.mix.credit
    assert line.text == bay.value("/model/credit")
    assert line.isVisible()
    assert "Pixel Art by Another (CC BY 4.0; consent withdrawn)" in line.toolTip()
    assert "&lt;b&gt;Maker" in line.toolTip()


def test_a_newer_file_of_what_plays_is_offered_and_loaded_at_a_press(tab: ModelTab, models: Any, bay: Bay) -> None:
    assert not tab.anew.isVisible()
    models.saved_anew = True
    tab.refresh()
    assert tab.anew.isVisible()
    assert bay.number("/model/reload") == 0
    QTest.mouseClick(tab.anew, Qt.MouseButton.LeftButton)
    assert bay.number("/model/reload") == 1
    models.saved_anew = False
    tab.refresh()
    assert not tab.anew.isVisible()


def names(tab: ModelTab) -> list[str]:
    return [entry.name for entry in tab.list.entries]


def entry(name: str, origin: str = "own", **more: Any) -> Entry:
    spec = replace(SPEC, name=name, card=replace(CARD, name=name.title(), **more))
    return Entry(name, name.title(), origin, spec, Path(f"/m/{name}.safetensors"), 100, family="StyleGAN2")


def test_a_checkpoint_that_was_not_read_says_so_and_a_click_has_it_read_and_played(
    tab: ModelTab, models: Any, bay: Bay
) -> None:
    faces = Entry("faces", "Faces", "own", None, Path("/m/Faces.pkl"), 236_400_000, unread=True)
    models.entries = (faces, *ENTRIES)
    tab.refresh()
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, names(tab).index("faces")).toPoint())
    assert bay.value("/model") == "faces"
    for said in ("not read yet", "read when it is first played", "236.4 MB"):
        assert said in tab.card.text


@pytest.mark.parametrize("suffix", ["pkl", "pt", "PTH", "bin", "tar", "onnx", "safetensors"])
def test_checkpoints_can_be_dropped(tmp_path: Path, suffix: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / f"x.{suffix}"))])
    assert Path(dropped_model(data)) == tmp_path / f"x.{suffix}"


def test_a_folder_can_be_dropped_where_it_holds_a_generator(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    assert dropped_model(data) == ""
    (tmp_path / "generator.py").touch()
    (tmp_path / "model.json").touch()
    assert Path(dropped_model(data)) == tmp_path


def test_every_letter_seeks_among_names_families_and_makers(tab: ModelTab, models: Any) -> None:
    models.entries = (entry("moths"), entry("faces"), *ENTRIES)
    tab.refresh()
    for typed, found in (("mot", ["moths"]), ("stylegan2", ["moths", "faces"]), ("lorelei mo", ["moths"])):
        tab.search.line.clear()
        QTest.keyClicks(tab.search.line, typed)
        assert sorted(names(tab)) == sorted(found)
    QTest.keyClicks(tab.search.line, "zzz")
    assert names(tab) == []
    QTest.keyClick(tab.search.line, Qt.Key.Key_Escape)
    assert len(names(tab)) == 5


def test_letters_typed_in_the_list_seek_once_a_key_led_there(tab: ModelTab, models: Any, qtbot: Any) -> None:
    models.entries = (entry("moths"), entry("faces"))
    tab.refresh()
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow, timeout=30_000)
    tab.list.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.keyClick(tab.list, "m")
    assert tab.search.line.text() == ""
    tab.list.clearFocus()
    tab.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(tab.list, "m")
    assert tab.search.line.text() == "m"
    assert names(tab) == ["moths"]


def test_what_played_last_stands_first_and_stays_where_it_is_under_the_hand(tab: ModelTab, models: Any) -> None:
    models.entries = (entry("faces"), entry("moths"), entry("owls"))
    models.known = {"moths": Note("moths", played=50.0), "owls": Note("owls", played=90.0)}
    tab.refresh()
    assert names(tab) == ["owls", "moths", "faces"]
    models.known = {**models.known, "faces": Note("faces", played=99.0)}
    tab.refresh()
    assert names(tab) == ["owls", "moths", "faces"]
    tab.hide()
    tab.show()
    assert names(tab) == ["faces", "owls", "moths"]
    QTest.mouseClick(tab.recent, Qt.MouseButton.LeftButton)
    assert names(tab) == ["faces", "moths", "owls"]


def test_speed_and_spaces_stand_on_the_card_and_the_speed_on_the_tile(tab: ModelTab, models: Any) -> None:
    models.entries = (entry("moths"),)
    models.known = {"moths": Note("moths", ms=23.4, device="cpu, 2 threads", width=64, height=64)}
    tab.refresh()
    look(tab, 0)
    for said in ("23 ms a frame of 64 × 64 px, on cpu, 2 threads", "StyleGAN2", "z 8", "w+ 10 × 8", "2 classes"):
        assert said in tab.card.text
    assert "23 ms" in told(tab.list.tile(0))
    assert tab.list.tip(0).count("23 ms") == 2


def test_arrows_go_by_rows_and_columns(tab: ModelTab, models: Any, bay: Bay) -> None:
    models.entries = tuple(entry(f"m{n:02d}") for n in range(9))
    tab.refresh()
    columns = sum(tab.list.row_box(n).top() == 0 for n in range(9))
    assert columns > 1
    tab.list.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(tab.list, key)
    assert bay.value("/model") == f"m{columns + 1:02d}"


def test_one_of_the_players_is_thrown_away_and_brought_back_without_a_question(tab: ModelTab, models: Any) -> None:
    models.entries = (entry("moths"), *ENTRIES)
    tab.refresh()
    tab.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(tab.list, Qt.Key.Key_Home)
    QTest.keyClick(tab.list, Qt.Key.Key_Delete)
    tab.refresh()
    assert "moths" not in names(tab)
    assert tab.note.isVisible()
    assert "Moths is in the trash" in tab.note.text
    QTest.mouseClick(tab.note, Qt.MouseButton.LeftButton, pos=QPoint(tab.note.width() - 10, 10))
    tab.refresh()
    assert models.gone == ""
    assert not tab.note.isVisible()


@pytest.mark.parametrize("index", [0, 1])
def test_what_came_along_cannot_be_thrown_away(tab: ModelTab, models: Any, index: int) -> None:
    tab.list.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(tab.list, Qt.Key.Key_Home)
    for _ in range(index):
        QTest.keyClick(tab.list, Qt.Key.Key_Right)
    QTest.keyClick(tab.list, Qt.Key.Key_Delete)
    assert models.gone == ""
    menu = tab.list.menu(index)
    assert not [a for a in menu.actions() if a.text().startswith("Remove")]
    assert any("cannot be removed" in a.text() and not a.isEnabled() for a in menu.actions())


def test_the_menu_plays_on_one_deck_alone(tab: ModelTab, bay: Bay) -> None:
    menu = tab.list.menu(1)
    next(a for a in menu.actions() if a.text() == "Play on deck B alone").trigger()
    assert bay.value("/deck/b/model") == "cppn"


def test_two_that_play_are_marked_by_deck_and_one_that_comes_says_so(tab: ModelTab, bay: Bay) -> None:
    bay.write([("/engine/model", "portraits+cppn"), ("/model", "portraits+cppn")], ENGINE)
    tab.refresh()
    assert [tab.list.tile(i).plays for i in range(2)] == ["A", "B"]
    bay.write([("/engine/model", "portraits")], ENGINE)
    tab.refresh()
    assert [tab.list.tile(i).plays for i in range(2)] == ["AB", ""]
    assert tab.list.tile(1).comes
    assert told(tab.list.tile(1)).startswith("loading")


def test_a_picture_that_comes_is_shown(tab: ModelTab, models: Any) -> None:
    at = row(tab, 0).toPoint()
    where = QPoint(at.x() - int(tab.list.row_box(0).width() / 2) + 20, at.y())
    assert tab.list.grab().toImage().pixelColor(where).red() < 120
    models.pictures["portraits"] = np.full((24, 24, 3), (250, 20, 20), np.uint8)
    tab.refresh()
    assert tab.list.grab().toImage().pixelColor(where).red() > 200


def test_only_pictures_in_sight_are_asked_for(tab: ModelTab, models: Any) -> None:
    asked: set[str] = set()
    tab.list._picture = lambda entry: asked.add(entry.name)
    models.entries = tuple(entry(f"m{n:03d}") for n in range(400))
    tab.refresh()
    tab.list.parentWidget().grab()
    assert 0 < len(asked) < 60


def test_what_is_being_read_is_said(tab: ModelTab, models: Any) -> None:
    assert not tab.reading.isVisible()
    models.under_way = "Faces.pkl"
    tab.refresh()
    assert tab.reading.isVisible()
    assert "Faces.pkl" in tab.reading.text


@pytest.mark.parametrize(
    ("card", "word"),
    [
        (ModelCard("x", "a", "MIT", "d", "CC0", "own"), "open"),
        (ModelCard("x", "a", "MIT", "d", "CC0", "licensed, not asked"), "permissive"),
        (ModelCard("x", "a", "CC BY-NC-SA 4.0", "d", "CC0", "asked"), "non-commercial"),
        (ModelCard("x", "a", "MIT", "d", "for non-commercial research", "asked"), "non-commercial"),
        (ModelCard("x", "a", "MIT", "d", "CC BY-NC", "undisclosed"), "undisclosed"),
        (ModelCard("x", "a", "MIT", "d", "CC0", "withdrawn"), "withdrawn"),
    ],
)
def test_where_data_came_from_is_told_in_a_word_on_tile_and_card(
    tab: ModelTab, models: Any, card: ModelCard, word: str
) -> None:
    assert card.provenance == word
    models.entries = (Entry("x", "X", "own", replace(SPEC, card=card), Path("/m/x.safetensors"), 1),)
    tab.refresh()
    look(tab, 0)
    assert word in tab.card.text
    assert pill_width(models.entries[0]) > 0


def test_a_model_is_kept_at_hand_in_the_bank_and_taken_out_again(tab: ModelTab, binder: Binder, bay: Bay) -> None:
    for words, held in (("Keep at hand, in the bank", "portraits"), ("Take out of the bank", "")):
        next(a for a in tab.list.menu(0).actions() if a.text() == words).trigger()
        binder.flush()
        assert bay.value("/bank") == held
    bay.write([("/bank/ready", "cppn, portraits")], ENGINE)
    tab.refresh()
    assert [tab.list.tile(i).resident for i in range(3)] == [True, True, False]
    assert "ready in memory" in tab.list.tip(0)


def test_code_of_somebodys_own_is_trusted_by_a_press_on_a_clear_sentence(tab: ModelTab, models: Any) -> None:
    mine = Entry("mine", "Mine", "own", None, Path("/m/mine"), 5, "Mine is not trusted yet.", untrusted=True)
    models.entries = (mine, *ENTRIES)
    tab.refresh()
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, names(tab).index("mine")).toPoint())
    tab.refresh()
    assert tab.trust.isVisible()
    assert "trust the code of Mine" in tab.trust.text
    assert "not trusted yet" in tab.card.text
    QTest.mouseClick(tab.trust, Qt.MouseButton.LeftButton)
    assert models.trusted == ["mine"]
    QTest.mouseClick(tab.list, Qt.MouseButton.LeftButton, pos=row(tab, names(tab).index("cppn")).toPoint())
    tab.refresh()
    assert not tab.trust.isVisible()


def test_play_says_where_data_came_from_unless_that_is_open(
    open_window: Callable[..., MainWindow], everything: Actions, bay: Bay
) -> None:
    closed, told_ = ModelCard("Faces"), ModelCard("x", "a", "MIT", "d", "CC0", "own")
    cards = {"": closed, "a": closed, "b": told_}
    window = open_window(asks=replace(everything, card=lambda deck="": cards[deck]))
    bay.write([("/surface/view", "play")], HAND)
    window.binder.poll()
    QApplication.processEvents()
    window.refresh()
    assert window.play is not None
    a, b = window.play.deck_a.heading, window.play.deck_b.heading
    assert (a.card, b.card) == (closed, None)
    assert "undisclosed" in a.accessibleDescription()


@pytest.mark.parametrize("name", ["night-garden", "portraits"])
def test_no_source_of_a_bundled_model_is_broken_within_a_word(name: str, qtbot: Any) -> None:
    card = CardView()
    qtbot.addWidget(card)
    card.show_entry(library.get(name))
    card.heightForWidth(theme.px(380))
    block = card._document.begin()
    while block.isValid():
        laid, text = block.layout(), block.text()
        ends = [laid.lineAt(n).textStart() for n in range(1, laid.lineCount())]
        assert all(text[end - 1] in " -–/" for end in ends), text
        block = block.next()
