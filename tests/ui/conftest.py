"""A bay with a small model, a source of known pictures, and hands that click and drag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base import paths
from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.control.values import Value
from latentjockey.frames.frame import Frame, Pixels, Stamp
from latentjockey.mapping.event import Key
from latentjockey.mapping.rows import DeviceRow, Row
from latentjockey.mapping.table import MidiBinding
from latentjockey.models.album import Note
from latentjockey.models.library import Entry
from latentjockey.presets.store import StoredPreset
from latentjockey.session.shelf import PresetContent
from latentjockey.ui.actions import Actions
from latentjockey.ui.application import application
from latentjockey.ui.binder import Binder
from latentjockey.ui.window import MainWindow

Z = 512
NATIVE = (
    ControlSpec("/gen/zoom", Kind.FLOAT, 1.0, 0.125, 8.0, taper=Taper.LOG, label="Zoom"),
    ControlSpec("/gen/hue", Kind.FLOAT, 0.0, -180.0, 180.0, label="Hue", unit="°"),
    ControlSpec("/gen/weights", Kind.INT, 7, 0, 999, label="Weights"),
    ControlSpec("/gen/palette", Kind.CHOICE, 0, 0, 2, choices=("harbour", "moss", "ember"), label="Palette"),
    ControlSpec("/gen/mirror", Kind.BOOL, False, label="mirror"),
    ControlSpec("/gen/blink", Kind.TRIGGER, label="blink"),
    ControlSpec("/gen/word", Kind.TEXT, "moon", label="Word"),
)


def specs(native: tuple[ControlSpec, ...] = NATIVE) -> tuple[ControlSpec, ...]:
    return catalogue.builtin(Z, (256, 256), native)


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return application([])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1.0)


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(Layout(1, specs()), clock, seed_from=len)


@pytest.fixture
def make_bay(clock: ManualClock) -> Callable[[], Bay]:
    """As when the application starts anew."""
    return lambda: Bay(Layout(1, specs()), clock, seed_from=len)


@pytest.fixture
def binder(qapp: QApplication, bay: Bay) -> Binder:
    """Not started: a test polls when it wants to."""
    return Binder(bay)


class Pictures:
    """A FrameSource that shows what it is told to, and counts leases."""

    def __init__(self, rgb: Pixels | None = None) -> None:
        self.number = 0
        self.out = 0
        self.taken = 0
        self.held = False
        self._pixels: Pixels | None = None
        if rgb is not None:
            self.show(rgb)

    def show(self, rgb: Pixels) -> None:
        self._pixels = np.ascontiguousarray(rgb.transpose(2, 0, 1))
        self.number += 1

    def acquire(self) -> Frame | None:
        if self._pixels is None:
            return None
        self.out += 1
        self.taken += 1
        stamp = Stamp(1, self.number, 1, 1, 0.0, 0, 0, 0, 0, 0)
        position = np.zeros((0, 0), np.float32)
        return Frame(self._pixels, stamp, np.zeros(0), position, True, self.held, self._back)

    def _back(self) -> None:
        self.out -= 1

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return self._pixels is not None and after != (1, self.number)


@pytest.fixture
def pictures() -> Pictures:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:16] = (250, 20, 30)
    rgb[16:] = (10, 40, 240)
    return Pictures(rgb)


class SmallPictures:
    """Previews that make each picture when the test says so; what was asked for is kept for looking at."""

    def __init__(self) -> None:
        self.wanted: dict[str, Sequence[tuple[str, Value]]] = {}
        self.orders: list[str] = []
        self.made: dict[str, Pixels] = {}
        self.solos: dict[str, tuple[int, Pixels]] = {}
        self.solo_wanted = False

    def solo(self, deck: str) -> tuple[int, Pixels] | None:
        return self.solos.get(deck)

    def want_solo(self, on: bool) -> None:
        self.solo_wanted = on

    def want(self, key: str, writes: Sequence[tuple[str, Value]]) -> None:
        self.wanted[key] = writes
        self.orders.append(key)

    def picture(self, key: str) -> Pixels | None:
        return self.made.get(key)

    def make(self, level: int = 200) -> None:
        """Every picture that was asked for is there, all of one grey."""
        for key in self.wanted:
            self.made.setdefault(key, np.full((24, 32, 3), level, np.uint8))


@pytest.fixture
def previews() -> SmallPictures:
    return SmallPictures()


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def dropped() -> list[str]:
    return []


@pytest.fixture
def actions(dropped: list[str]) -> Actions:
    return Actions(
        on_drop=dropped.append,
        presets=lambda: ["Low tide", "Paper moon"],
        osc_status=lambda: "127.0.0.1:9000",
        midi_status=lambda: "none",
    )


class Presets:
    """A shelf of two presets that hold nothing."""

    def __init__(self) -> None:
        self._all = tuple(StoredPreset(name, Path(f"/p/{name}.json"), True, 1) for name in ("Low tide", "Paper moon"))

    def presets(self) -> tuple[StoredPreset, ...]:
        return self._all

    def look(self) -> None:
        """Nothing new."""

    def playing(self) -> str:
        return "cppn"

    def content(self, preset: StoredPreset) -> PresetContent | None:
        return PresetContent("cppn", ())

    def delete(self, name: str) -> None:
        raise AssertionError(f"nobody deletes {name} here")

    def undelete(self, name: str) -> None:
        raise AssertionError(f"nobody undeletes {name} here")


class Learning:
    """Mappings without a controller: what is being learnt, and nothing else."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[str] = []

    def arm(self, address: str, instead: Row | None = None) -> None:
        self.address = address
        self.asked.append(address)

    def disarm(self) -> None:
        self.address = ""
        self.asked.append("")

    def armed(self) -> str:
        return self.address

    def mapped(self, address: str) -> str:
        return ""

    def waiting(self) -> Mapping[str, float]:
        return {}

    def forget(self, address: str) -> None:
        raise AssertionError(f"nobody forgets {address} here")

    def rows(self) -> Sequence[Row]:
        return ()

    def last(self) -> str:
        return ""

    def delete(self, row: Row) -> None:
        raise AssertionError(f"there is no {row} here")

    def change(self, row: Row, new: MidiBinding) -> None:
        raise AssertionError(f"there is no {row} here")

    def duplicate(self, row: Row) -> None:
        raise AssertionError(f"there is no {row} here")

    def armed_row(self) -> Row | None:
        return None

    def heard(self) -> tuple[str, Key, float] | None:
        return None

    def device_rows(self) -> Sequence[DeviceRow]:
        return ()

    def maps(self) -> Sequence[str]:
        return ()

    def choose_map(self, device: str, name: str) -> None:
        raise AssertionError(f"there is no {device} here")

    def choose_bank(self, device: str, bank: str) -> None:
        raise AssertionError(f"there is no {device} here")

    def add_bank(self, device: str) -> None:
        raise AssertionError(f"there is no {device} here")

    def reset(self, device: str) -> None:
        raise AssertionError(f"there is no {device} here")

    def take_in(self, path: str, device: str = "") -> None:
        raise AssertionError(f"nobody takes in {path} here")

    def export_map(self, device: str) -> str:
        raise AssertionError(f"there is no {device} here")

    def undo_last(self) -> str:
        return ""


class Library:
    """Models from nowhere, ``entries``; what is asked of it is kept, and played as the application would."""

    def __init__(self, bay: Bay, entries: Sequence[Entry] = ()) -> None:
        self.bay = bay
        self.entries = tuple(entries)
        self.known: Mapping[str, Note] = {}
        self.pictures: dict[str, np.ndarray] = {}
        self.trusted: list[str] = []
        self.brought: list[Path] = []
        self.saved_anew = False
        self.under_way = self.gone = ""

    def models(self) -> tuple[Entry, ...]:
        return self.entries

    def look(self) -> None:
        """Nothing new."""

    def folder(self) -> Path:
        return Path("/m")

    def play(self, name: str, deck: str = "") -> None:
        self.bay.write([(f"/deck/{deck}/model" if deck else "/model", name)], HAND)

    def newer(self) -> bool:
        return self.saved_anew

    def bring(self, path: Path) -> None:
        self.brought.append(path)

    def reading(self) -> str:
        return self.under_way

    def notes(self) -> Mapping[str, Note]:
        return self.known

    def picture(self, entry: Entry) -> np.ndarray | None:
        return self.pictures.get(entry.name)

    def trust(self, entry: Entry) -> None:
        self.trusted.append(entry.name)

    def remove(self, entry: Entry) -> None:
        self.entries = tuple(other for other in self.entries if other != entry)
        self.gone = entry.title

    def removed(self) -> str:
        return self.gone

    def bring_back(self) -> None:
        self.gone = ""


@pytest.fixture
def make_models(bay: Bay) -> Callable[[Sequence[Entry]], Library]:
    return lambda entries: Library(bay, entries)


@pytest.fixture
def mappings() -> Learning:
    return Learning()


@pytest.fixture
def decked() -> list[tuple[str, str]]:
    """What was dropped on a deck, with its letter."""
    return []


@pytest.fixture
def everything(actions: Actions, previews: SmallPictures, mappings: Learning, decked: list[tuple[str, str]]) -> Actions:
    """Actions with nothing left out."""
    return replace(
        actions,
        set_name="test night",
        previews=previews,
        shelf=Presets(),
        mappings=mappings,
        on_drop_deck=lambda deck, what: decked.append((deck, what)),
    )


def _close(windows: Sequence[MainWindow]) -> None:
    for window in windows:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def open_window(
    qapp: QApplication,
    bay: Bay,
    pictures: Pictures,
    messages: Messages,
    everything: Actions,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[..., MainWindow]]:
    """Opens a window; each opens as the one before was left, the first as new."""
    monkeypatch.setattr(paths, "state_dir", lambda: tmp_path)
    kept: list[MainWindow] = []

    def opened(width: int = 1280, height: int = 800, played: Bay = bay, asks: Actions = everything) -> MainWindow:
        made = MainWindow(played, pictures, messages, asks, clock, "painter")
        made.resize(width, height)
        made.show()
        kept.append(made)
        QApplication.processEvents()
        return made

    yield opened
    _close(kept)


@pytest.fixture
def open_in(
    bay: Bay, pictures: Pictures, messages: Messages, everything: Actions, clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> Iterator[Callable[[QWidget], MainWindow]]:  # fmt: skip
    """Opens a window within another one, as the application does: made, and painted, a part at a time."""
    monkeypatch.setattr(paths, "state_dir", lambda: tmp_path)
    kept: list[MainWindow] = []

    def opened(holder: QWidget) -> MainWindow:
        holder.resize(1280, 800)
        made = MainWindow(bay, pictures, messages, everything, clock, "painter", holder)
        while made.grow():
            pass
        holder.show()
        made.show()
        kept.append(made)
        QApplication.processEvents()
        return made

    yield opened
    _close(kept)


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """Everything a player touches."""
    return open_window()


class Hand:
    """Sends the events that a mouse would, with their modifiers."""

    none = Qt.KeyboardModifier.NoModifier
    shift = Qt.KeyboardModifier.ShiftModifier
    alt = Qt.KeyboardModifier.AltModifier
    left = Qt.MouseButton.LeftButton

    def _send(
        self,
        widget: QWidget,
        kind: QEvent.Type,
        at: QPointF,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
    ) -> None:
        where = QPointF(widget.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(widget, QMouseEvent(kind, at, where, button, buttons, modifiers))

    def press(self, widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = none) -> None:
        self._send(widget, QEvent.Type.MouseButtonPress, at, self.left, self.left, modifiers)

    def move(self, widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = none) -> None:
        self._send(widget, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, self.left, modifiers)

    def release(self, widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = none) -> None:
        self._send(widget, QEvent.Type.MouseButtonRelease, at, self.left, Qt.MouseButton.NoButton, modifiers)

    def click(self, widget: QWidget, at: QPointF | None = None, modifiers: Qt.KeyboardModifier = none) -> None:
        where = QPointF(widget.rect().center()) if at is None else at
        self.press(widget, where, modifiers)
        self.release(widget, where, modifiers)

    def double_click(self, widget: QWidget, at: QPointF) -> None:
        self.click(widget, at)
        self._send(widget, QEvent.Type.MouseButtonDblClick, at, self.left, self.left, self.none)
        self.release(widget, at)

    def drag(self, widget: QWidget, pixels: float, modifiers: Qt.KeyboardModifier = none) -> None:
        """Press in the middle, move to the side in four steps, let go."""
        start = QPointF(widget.rect().center())
        self.press(widget, start, modifiers)
        for step in range(1, 5):
            self.move(widget, start + QPointF(pixels * step / 4, 0), modifiers)
        self.release(widget, start + QPointF(pixels, 0), modifiers)

    def wheel(
        self, widget: QWidget, notches: float, modifiers: Qt.KeyboardModifier = none, at: QPointF | None = None
    ) -> None:
        where = QPointF(widget.rect().center()) if at is None else at
        event = QWheelEvent(
            where,
            QPointF(widget.mapToGlobal(where.toPoint())),
            QPoint(),
            QPoint(0, round(notches * 120)),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def shown(qtbot: object) -> Iterator[Callable[[QWidget, int, int], None]]:
    """Give a widget a size and let it be shown without waiting for a screen."""
    kept: list[QWidget] = []

    def show(widget: QWidget, width: int, height: int) -> None:
        widget.resize(width, height)
        widget.show()
        kept.append(widget)
        QApplication.processEvents()

    yield show
    for widget in kept:
        widget.close()
        widget.deleteLater()
    QApplication.processEvents()
