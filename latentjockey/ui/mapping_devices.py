"""The line of a device over its mappings, and its menu: maps, banks, changes, files. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QMenu, QWidget

from latentjockey.mapping import page
from latentjockey.mapping.rows import DeviceRow
from latentjockey.ui import theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.painted import CENTRE, fill, write

SIZE_NAME = 12.0
_SIZE = 11.5
_MAP = "map…"


def parts(box: QRectF, device: DeviceRow) -> dict[str, QRectF]:
    """Where the name, the words, ``bank NAME`` for each bank, ``shift`` and ``map`` lie on a device's line."""
    high, top = box.height() - theme.px(8), box.top() + theme.px(4)
    left = box.left() + theme.px(12)
    made = {"name": QRectF(left, box.top(), theme.text_width(device.name, SIZE_NAME, theme.SEMIBOLD), box.height())}
    left = made["name"].right() + theme.px(10)
    words = state_words(device)
    made["words"] = QRectF(left, box.top(), theme.text_width(words, _SIZE) + theme.px(2), box.height())
    left = made["words"].right() + theme.px(12)
    end = box.right() - theme.px(6)
    wide = theme.text_width(_MAP, _SIZE, theme.MEDIUM) + theme.px(18)
    made["map"] = QRectF(end - wide, top, wide, high)
    end = made["map"].left() - theme.px(10)
    chips = [(f"bank {bank}", bank) for bank in device.banks] + ([("shift", "shift")] if device.shift else [])
    for name, text in chips:
        wide = theme.text_width(text, _SIZE, theme.MEDIUM) + theme.px(16)
        if left + wide > end:
            break
        made[name] = QRectF(left, top, wide, high)
        left += wide + theme.px(4)
    made["words"].setRight(min(made["words"].right(), end))
    return made


def state_words(device: DeviceRow) -> str:
    """What a device plays by, and whether it is there."""
    own = f" and {device.learnt} of your own" if device.learnt else ""
    here = "" if device.plugged else "unplugged, its map waits · "
    return f"{here}plays by {device.behind}{own}"


def paint_head(painter: QPainter, box: QRectF, device: DeviceRow, part: str) -> None:
    """The line; ``part`` is what the mouse is over."""
    at = parts(box, device)
    ink = theme.TEXT if device.plugged else theme.QUIET
    write(painter, at["name"].adjusted(0, 0, theme.px(2), 0), device.name, ink, SIZE_NAME, theme.SEMIBOLD)
    write(painter, at["words"], state_words(device), theme.QUIET, _SIZE)
    for name, where in at.items():
        if name in ("name", "words"):
            continue
        text = _MAP if name == "map" else name.removeprefix("bank ")
        here = name == f"bank {device.bank}" or name == "shift"
        ground = theme.TRACK if here else theme.HOVERED if name == part else theme.RAISED
        fill(painter, where, ground, where.height() / 2 if name != "map" else theme.px(5))
        write(painter, where, text, theme.TEXT if here else theme.QUIET, _SIZE, theme.MEDIUM, CENTRE)
        if here and name != "shift":  # a mark as well as the ground: never colour alone
            mark = where.adjusted(theme.px(8), where.height() - theme.px(3), -theme.px(8), -theme.px(1))
            fill(painter, mark, theme.TEXT, 1)


def device_menu(
    parent: QWidget, mappings: Mappings, device: DeviceRow, changed: Callable[[], None], type_path: Callable[[], object]
) -> QMenu:
    """The menu of a device, for ``popup``; it deletes itself when it closes."""
    menu = empty_menu(parent)

    def act(text: str, call: Callable[[], object], *, chosen: bool | None = None) -> None:
        mark = "" if chosen is None else "●  " if chosen else "    "
        action = menu.addAction(mark + text)
        action.triggered.connect(lambda _=False: call())
        action.triggered.connect(lambda _=False: changed())

    menu.addAction(f"{device.name} plays by").setEnabled(False)
    act(
        f"what its name asks for ({device.suits})",
        partial(mappings.choose_map, device.name, ""),
        chosen=not device.chosen,
    )
    for name in mappings.maps():
        act(name, partial(mappings.choose_map, device.name, name), chosen=device.chosen and name == device.behind)
    menu.addSeparator()
    for bank in device.banks:
        act(f"Turn to bank {bank}", partial(mappings.choose_bank, device.name, bank), chosen=bank == device.bank)
    act("Add a bank", partial(mappings.add_bank, device.name))
    act("Learn: next bank", partial(mappings.arm, page.NEXT))
    act("Learn: shift", partial(mappings.arm, page.SHIFT))
    menu.addSeparator()
    act("Take in a map file…", type_path)
    act("Write this map to a file", lambda: copy(mappings.export_map(device.name)))
    if device.learnt or device.chosen:
        act("Take all of my changes back", partial(mappings.reset, device.name))
    return menu
