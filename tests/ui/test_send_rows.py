"""The ways out to other programs on the surface: switched, named, sized, and what is said of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from latentjockey.base import paths
from latentjockey.control.bay import Bay
from latentjockey.control.source import ENGINE
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder
from latentjockey.ui.send_memory import SendMemory
from latentjockey.ui.send_rows import SendRow, SendSection, elsewhere_words, parsed_size, size_words
from latentjockey.ui.top_bar import TopBar

Shown = Callable[[Any, int, int], None]


@pytest.fixture
def section(binder: Binder, shown: Shown) -> SendSection:
    made = SendSection(binder, "linux")
    shown(made, 460, 200)
    return made


@pytest.fixture
def ndi(section: SendSection) -> SendRow:
    return section.rows[0]


def say(bay: Bay, binder: Binder, kind: str, words: str) -> None:
    bay.write([(f"/send/{kind}/state", words)], ENGINE)
    binder.poll()


@pytest.mark.parametrize(
    ("platform", "names", "elsewhere"),
    [
        ("linux", ["NDI", "camera"], "Not on this system: Spout is for Windows, Syphon is for macOS."),
        ("win32", ["NDI", "Spout"], "Not on this system: Syphon is for macOS, camera is for Linux."),
        ("darwin", ["NDI", "Syphon"], "Not on this system: Spout is for Windows, camera is for Linux."),
    ],
)
def test_each_system_has_its_ways_and_names_the_others(
    binder: Binder, platform: str, names: list[str], elsewhere: str
) -> None:
    section = SendSection(binder, platform)
    assert [row.cable.name for row in section.rows] == names
    assert elsewhere_words(platform) == elsewhere


def test_a_click_switches_it(ndi: SendRow, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(ndi.on)
    binder.poll()
    assert bay.number("/send/ndi/on") == 1.0
    assert bay.number("/send/v4l2/on") == 0.0
    hand.click(ndi.on)
    binder.poll()
    assert bay.number("/send/ndi/on") == 0.0


def test_its_name_is_typed(ndi: SendRow, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(ndi.title)
    editor = ndi.title.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "night set")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    binder.poll()
    assert bay.value("/send/ndi/name") == "night set"


def test_sizes_and_fits_are_chosen_from_the_list(ndi: SendRow, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(ndi.size_choice)
    menu = ndi.size_choice.findChild(QMenu)
    assert menu is not None
    words = {action.text().strip("● "): action for action in menu.actions()}
    assert list(words) == ["stage size", "720p", "1080p", "type a size …", "", "letterbox", "crop", "stretch"]
    assert words["stage size"].text().startswith("●")
    words["1080p"].trigger()
    words["crop"].trigger()
    menu.close()
    binder.poll()
    assert [bay.number(f"/send/ndi/{part}") for part in ("width", "height", "fit")] == [1920.0, 1080.0, 1.0]
    assert ndi.size_choice.text == "1080p · crop"


def test_a_size_is_typed_and_nonsense_stays_in_the_line(ndi: SendRow, binder: Binder, bay: Bay) -> None:
    editor = ndi.size_choice.begin_typing()
    QTest.keyClicks(editor, "wide")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    binder.poll()
    assert bay.number("/send/ndi/width") == 0.0
    editor.clear()
    QTest.keyClicks(editor, "800x600")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    binder.poll()
    assert (bay.number("/send/ndi/width"), bay.number("/send/ndi/height")) == (800.0, 600.0)
    assert ndi.size_choice.text == "800×600"


def test_its_state_is_shown_as_it_is_said(ndi: SendRow, binder: Binder, bay: Bay) -> None:
    assert ndi.state.words == "off"
    say(bay, binder, "ndi", "sending 512×512 at 60 fps, 2 receivers")
    assert ndi.state.words == "sending 512×512 at 60 fps, 2 receivers"
    assert ndi.state.toolTip() == ndi.state.words


@pytest.mark.parametrize("width", [280, 400, 720, 1300])
def test_every_part_is_inside_at_every_width(binder: Binder, shown: Shown, width: int) -> None:
    section = SendSection(binder, "linux")
    shown(section, width, 300)
    for row in section.rows:
        parts = (row.on, row.title, row.size_choice, row.fps, row.state)
        for part in parts:
            assert row.rect().contains(part.geometry())
            assert part.width() > 40
        boxes = [part.geometry() for part in parts]
        assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_the_top_line_has_a_lamp_only_while_something_goes_out(
    binder: Binder, bay: Bay, actions: Actions, shown: Shown
) -> None:
    bar = TopBar(binder, actions)
    shown(bar, 1280, 44)
    assert not bar.out.isVisible()
    say(bay, binder, "ndi", "sending 512×512 at 60 fps")
    assert bar.out.isVisible()
    assert bar.out.value == "NDI"
    say(bay, binder, "v4l2", "failed: the device is gone")
    assert bar.out.value == "NDI, camera fails"
    say(bay, binder, "ndi", "off")
    say(bay, binder, "v4l2", "off")
    assert not bar.out.isVisible()


# -- this machine -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kept() -> Iterator[Callable[[], QSettings]]:
    path = str(paths.state_dir() / f"send-{os.getpid()}.ini")

    def settings() -> QSettings:
        return QSettings(path, QSettings.Format.IniFormat)

    settings().clear()
    yield settings
    settings().clear()


def test_name_size_and_rate_come_back_and_never_that_it_was_on(
    make_bay: Callable[[], Bay], binder: Binder, bay: Bay, hand: Any, kept: Callable[[], QSettings]
) -> None:
    SendMemory(binder, kept).start()
    for part, value in (("on", True), ("name", "night set"), ("width", 1280), ("fps", 25.0), ("fit", 2)):
        binder.write(f"/send/ndi/{part}", value)
    binder.poll()
    again = Binder(make_bay())
    SendMemory(again, kept).start()
    held = [again.bay.value(f"/send/ndi/{part}") for part in ("on", "name", "width", "fps", "fit")]
    assert held == [0.0, "night set", 1280.0, 25.0, 2.0]
    assert again.bay.value("/send/spout/name") == "latentjockey"


def test_what_was_asked_for_since_wins_and_a_spoilt_file_harms_nothing(
    make_bay: Callable[[], Bay], binder: Binder, kept: Callable[[], QSettings]
) -> None:
    kept().setValue("send/ndi/name", "old")
    kept().setValue("send/ndi/fps", "often")
    binder.write_now("/send/ndi/name", "from the command line")
    SendMemory(binder, kept).start()
    assert binder.bay.value("/send/ndi/name") == "from the command line"
    assert binder.bay.value("/send/ndi/fps") == 60.0


@pytest.mark.parametrize(
    ("text", "size"),
    [("800x600", (800, 600)), (" 1024 × 768 ", (1024, 768)), ("640 480", (640, 480)), ("0", (0, 0)), ("", (0, 0)),
     ("big", None), ("12", None), ("1x2x3", None)],
)  # fmt: skip
def test_sizes_as_they_are_typed(text: str, size: tuple[int, int] | None) -> None:
    assert parsed_size(text) == size


def test_sizes_as_they_are_said() -> None:
    assert [size_words(s) for s in ((0, 0), (1280, 720), (640, 0), (64, 48))] == [
        "stage size", "720p", "640×auto", "64×48",
    ]  # fmt: skip
