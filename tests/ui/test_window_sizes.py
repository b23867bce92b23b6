"""Both views at every size: nothing outside, nothing over its neighbour, no word cut away, PLAY readable from afar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND
from latentjockey.ui import theme
from latentjockey.ui.controls_tab import ControlsTab
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.window import MainWindow

SIZES = [(1024, 640), (1280, 800), (1920, 1080), (3840, 2160)]
STUDIO, PLAY = 0.0, 1.0


def open_in(window: MainWindow, value: float, size: tuple[int, int]) -> QWidget:
    window.resize(*size)
    window.binder.bay.write([("/surface/view", value)], HAND)
    window.binder.poll()
    window.refresh()
    for _ in range(3):  # sizes of sizes of sizes
        QApplication.processEvents()
    assert (window.width(), window.height()) == size
    front = window.play if window.playing else window.studio
    assert front is not None
    return front


def families(root: QWidget) -> Iterator[tuple[QWidget, list[QWidget]]]:
    """Every widget in sight with its children in sight; what scrolls, and what lies over the stage, on purpose,
    is left out."""
    children = [
        child
        for child in root.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible() and not child.isWindow()
    ]
    yield root, children
    for child in children:
        if not isinstance(child, QAbstractScrollArea | StageView):
            yield from families(child)


def name(widget: QWidget) -> str:
    words = widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} {words}".strip()


def wrong(front: QWidget) -> list[str]:
    found = []
    for parent, children in families(front):
        for child in children:
            least = child.minimumSizeHint()
            if child.width() < least.width() or child.height() < least.height():
                found.append(f"{name(child)} {child.size()} is smaller than it can be, {least}")
            if not parent.rect().contains(child.geometry()):
                found.append(f"{name(child)} {child.geometry()} leaves {name(parent)} {parent.rect()}")
        for one, other in combinations(children, 2):
            shared: QRect = one.geometry().intersected(other.geometry())
            if not shared.isEmpty():
                found.append(f"{name(one)} {one.geometry()} lies over {name(other)} {other.geometry()}")
    return found


def play_far_out(window: MainWindow, bay: Bay) -> None:
    """Long words and long numbers everywhere."""
    readouts: list[tuple[str, float | str]] = [
        ("/engine/state", "restarting"),
        ("/engine/device", "cuda:0 a card with a long name"),
        ("/engine/fps", 144.4),
        ("/engine/latency_ms", 1234.5),
        ("/engine/latency_p99_ms", 12345.6),
    ]
    bay.write(readouts, ENGINE)
    for deck in "ab":
        far = [("psi", -1e6), ("overdrive", 123456.0), ("drift/speed", 1e7), ("eq/fine", -1234.5), ("seed", 2**31)]
        bay.write([(f"/deck/{deck}/{what}", value) for what, value in far], CONDUCTOR)
    window.binder.poll()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("value", [STUDIO, PLAY], ids=["studio", "play"])
@pytest.mark.parametrize("far", [False, True], ids=["fresh", "far"])
def test_nothing_is_outside_and_nothing_lies_over_another(
    window: MainWindow, bay: Bay, value: float, size: tuple[int, int], far: bool
) -> None:
    if far:
        play_far_out(window, bay)
    assert not wrong(open_in(window, value, size))


@pytest.mark.parametrize("size", SIZES)
def test_no_tab_pushes_anything_out(window: MainWindow, size: tuple[int, int]) -> None:
    front = open_in(window, STUDIO, size)
    tabs = window.studio.tabs
    stage = 0
    for tab in tabs.heads.names:
        tabs.show_page(tab)
        QApplication.processEvents()
        window.refresh()
        QApplication.processEvents()
        assert not wrong(front), tab
        stage = stage or window.stage.height()
        assert window.stage.height() == stage  # the picture keeps its size whatever is opened
    tabs.fold(True)
    QApplication.processEvents()
    assert not wrong(front)
    assert window.stage.height() > stage


def test_going_there_and_back_changes_no_place(window: MainWindow) -> None:
    def places(front: QWidget) -> list[tuple[str, QRect]]:
        return [(name(child), child.geometry()) for _, children in families(front) for child in children]

    first = {value: places(open_in(window, value, (1280, 800))) for value in (STUDIO, PLAY)}
    for value in (STUDIO, PLAY, STUDIO):
        assert places(open_in(window, value, (1280, 800))) == first[value]
    open_in(window, PLAY, (1920, 1080))
    for value in (PLAY, STUDIO):
        assert places(open_in(window, value, (1280, 800))) == first[value]


# -- letters ----------------------------------------------------------------------------------------------------------


class Pen:
    """Listens to every text that is painted, and to every one that is shortened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: list[tuple[str, float]] = []
        self.cut: set[str] = set()
        draws: Callable[..., Any] = QPainter.drawText
        shortens = theme.elided

        def draw(painter: QPainter, *arguments: Any) -> Any:
            text = next((a for a in arguments if isinstance(a, str)), "")
            if text.strip():
                self.heard.append((text, float(painter.font().pixelSize())))  # -1 for a font in points
            return draws(painter, *arguments)

        def shorten(text: str, *arguments: Any) -> str:
            short = shortens(text, *arguments)
            if short != text:
                self.cut.add(text)
            return short

        monkeypatch.setattr(QPainter, "drawText", draw)
        monkeypatch.setattr(theme, "elided", shorten)

    def small(self, least: float) -> set[tuple[str, float]]:
        return {(text, size) for text, size in self.heard if size < least}


@pytest.mark.parametrize(("size", "least"), [((1920, 1080), 20), ((3840, 2160), 40)])
def test_play_is_read_at_two_metres(
    window: MainWindow, bay: Bay, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], least: float
) -> None:
    front = open_in(window, PLAY, size)
    pen = Pen(monkeypatch)
    for act in (all_cues, play_far_out):
        front.grab()
        act(window, bay)
        window.refresh()
        QApplication.processEvents()  # a longer word gets its room
        front.grab()
    said = {text for text, _ in pen.heard}
    assert {"PANIC", "wander", "reach", "lead", "A", "B", "restarting", "8"} <= said
    assert not pen.small(least)
    assert not pen.cut


def all_cues(window: MainWindow, bay: Bay) -> None:
    bay.write([(f"/deck/{deck}/cue/{n}/filled", True) for deck in "ab" for n in range(1, 9)], CONDUCTOR)
    bay.write([("/stage/blackout", True), ("/stage/freeze", True)], CONDUCTOR)
    window.binder.poll()


@pytest.mark.parametrize("size", SIZES)
def test_studio_letters_are_never_tiny(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    front = open_in(window, STUDIO, size)
    pen = Pen(monkeypatch)
    front.grab()
    assert len(pen.heard) > 60
    assert not pen.small(9)
    if size > (1024, 640):
        assert not pen.cut


def test_names_in_the_tab_of_everything_else_have_room(open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    window.show_page("more")
    QApplication.processEvents()
    page = window.studio.tabs.page("more")
    assert isinstance(page, ControlsTab)
    assert page.controls
    assert min(control.width() for control in page.controls) >= theme.px(106)
