"""Colours, type and measures of the surface, and the style sheet for the few things Qt paints itself.

Everything is given in pixels of a 1280×800 window and grows with ``scale``, more slowly than the window does, so that
a large screen gets both larger letters and more room. GUI thread only.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QScrollBar, QToolTip

GROUND: Final = QColor("#0c0d11")
PANEL: Final = QColor("#14161b")
RAISED: Final = QColor("#1e2128")
HOVERED: Final = QColor("#272b34")
TRACK: Final = QColor("#2a2e37")
TEXT: Final = QColor("#d9d6cc")
QUIET: Final = QColor("#8c909b")
ASLEEP: Final = QColor("#565a65")
DECK_A: Final = QColor("#37d6c4")
DECK_B: Final = QColor("#ff8a4c")
BEYOND: Final = QColor("#ff4d8d")
WARNING: Final = QColor("#ffb35c")
OPEN: Final = QColor("#9fd8a4")
MIDDLE: Final = QColor("#d9d6cc")

FAMILY: Final = "Inter"
GAP: Final = 10
RADIUS: Final = 8
TEXT_SIZE: Final = 13
SMALL_SIZE: Final = 11.5
ROW: Final = 26
STACKED: Final = 36

REGULAR: Final = QFont.Weight.Normal
MEDIUM: Final = QFont.Weight.Medium
SEMIBOLD: Final = QFont.Weight.DemiBold

_GROWTH = 0.6
_PLAY_GROWTH = 1.6
_STEP = 1 / 16


class _Measure:
    """The one piece of state: how large everything is now, and the smallest letters in present pixels."""

    scale = 1.0
    floor = 9.0


def scale() -> float:
    """Present size of everything; 1 in a window of 1280×800."""
    return _Measure.scale


def set_scale(value: float, floor: float = 9.0) -> bool:
    """Take another size; false when it is the present one. Widgets hear of it from the window.

    No letters are smaller than ``floor`` pixels.
    """
    if (value, floor) == (_Measure.scale, _Measure.floor):
        return False
    _Measure.scale, _Measure.floor = value, floor
    _font.cache_clear()
    _metrics.cache_clear()
    return True


def scale_for(width: int, height: int) -> float:
    """The size that suits a window, in steps, so that dragging its corner does not relayout at every pixel."""
    fit = min(width / 1280, height / 800)
    grown = 1 + (fit - 1) * (_GROWTH if fit > 1 else 0.85)
    return max(0.8, min(4.0, round(grown / _STEP) * _STEP))


def play_scale(width: int, height: int) -> float:
    """The size for PLAY, read at two metres: everything larger than in the studio."""
    fit = _PLAY_GROWTH * min(width / 1920, height / 1080)
    return max(0.8, min(6.0, round(fit / _STEP) * _STEP))


def play_floor(width: int, height: int) -> float:
    """The smallest letters of PLAY: 20 pixels on a display of 1920×1080."""
    return 20.0 * min(width / 1920, height / 1080)


def px(length: float) -> int:
    """A length of the 1280×800 drawing in present pixels, at least one."""
    return max(1, round(length * _Measure.scale))


def font(size: float = TEXT_SIZE, weight: QFont.Weight = REGULAR, spacing: float = 0.0) -> QFont:
    """Inter at ``size`` with figures of equal width; ``spacing`` in hundredths of an em between letters."""
    return _font(size, weight, spacing)


@lru_cache(maxsize=64)
def _font(size: float, weight: QFont.Weight, spacing: float) -> QFont:
    made = QFont(FAMILY)
    made.setPixelSize(round(max(_Measure.floor, size * _Measure.scale)))
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    if spacing:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100 + spacing)
    return made


@lru_cache(maxsize=64)
def _metrics(size: float, weight: QFont.Weight, spacing: float) -> QFontMetricsF:
    return QFontMetricsF(_font(size, weight, spacing))


def text_width(text: str, size: float = TEXT_SIZE, weight: QFont.Weight = REGULAR, spacing: float = 0.0) -> float:
    """How wide a text is in present pixels."""
    return _metrics(size, weight, spacing).horizontalAdvance(text)


def elided(text: str, width: float, size: float = TEXT_SIZE, weight: QFont.Weight = REGULAR) -> str:
    """``text`` shortened with an ellipsis to ``width`` present pixels."""
    return _metrics(size, weight, 0.0).elidedText(text, Qt.TextElideMode.ElideRight, width)


def deck_colour(deck: str) -> QColor:
    """The colour of deck ``a`` or ``b``."""
    return DECK_A if deck == "a" else DECK_B


def faded(colour: QColor, alpha: float) -> QColor:
    """The colour with opacity 0..1."""
    made = QColor(colour)
    made.setAlphaF(max(0.0, min(1.0, alpha)))
    return made


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """``first`` with ``share`` 0..1 of ``second``, for grounds that must stay opaque."""
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )


def load_fonts() -> list[str]:
    """Make the bundled Inter known to Qt; the names of files that could not be read."""
    folder = Path(__file__).parent / "fonts"
    files = [folder / f"Inter-{cut}.otf" for cut in ("Regular", "Medium", "SemiBold")]
    return [file.name for file in files if QFontDatabase.addApplicationFont(str(file)) < 0]


def install(app: QApplication) -> list[str]:
    """Fonts and palette for the application; the fonts that are missing."""
    missing = load_fonts()
    app.setStyle("Fusion")
    palette = QPalette(GROUND)
    for role, colour in (
        (QPalette.ColorRole.Window, GROUND),
        (QPalette.ColorRole.Base, RAISED),
        (QPalette.ColorRole.Button, RAISED),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.PlaceholderText, QUIET),
        (QPalette.ColorRole.ToolTipBase, RAISED),
        (QPalette.ColorRole.ToolTipText, TEXT),
        (QPalette.ColorRole.Highlight, mixed(RAISED, TEXT, 0.35)),
        (QPalette.ColorRole.HighlightedText, TEXT),
    ):
        palette.setColor(role, colour)
    app.setPalette(palette)
    app.setFont(font())
    restyle()
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark)
    return missing


def restyle() -> None:
    """Tooltips at the present scale. No style sheet lies on the application: it would have every widget styled again
    whenever the size changes, and ours paint themselves."""
    QToolTip.setFont(font(12))


def dress(widget: QMenu | QLineEdit | QScrollBar) -> None:
    """Our look, at the present scale, for the few things that Qt paints."""
    widget.setStyleSheet(_sheet())


def _sheet() -> str:
    small = px(4)
    return f"""
    QMenu {{ background: {RAISED.name()}; color: {TEXT.name()}; border: 1px solid {TRACK.name()};
        border-radius: {px(6)}px; padding: {small}px; font-size: {font().pixelSize()}px; }}
    QMenu::item {{ padding: {px(5)}px {px(18)}px {px(5)}px {px(12)}px; border-radius: {small}px; }}
    QMenu::item:selected {{ background: {TRACK.name()}; }}
    QMenu::item:disabled {{ color: {QUIET.name()}; }}
    QMenu::separator {{ height: 1px; background: {TRACK.name()}; margin: {small}px {px(8)}px; }}
    QLineEdit {{ background: {GROUND.name()}; color: {TEXT.name()}; border: 1px solid {TRACK.name()};
        border-radius: {small}px; padding: 0 {px(5)}px; selection-background-color: {TRACK.name()};
        font-size: {font().pixelSize()}px; }}
    QLineEdit:focus {{ border-color: {QUIET.name()}; }}
    QLineEdit[refused="true"] {{ border-color: {WARNING.name()}; }}
    QScrollBar {{ background: transparent; width: {px(8)}px; height: {px(8)}px; margin: 0; border: none; }}
    QScrollBar::handle {{ background: {TRACK.name()}; border-radius: {px(3)}px; margin: {px(1)}px;
        min-height: {px(24)}px; min-width: {px(24)}px; }}
    QScrollBar::handle:hover {{ background: {ASLEEP.name()}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page
        {{ background: none; border: none; width: 0; height: 0; }}
    """
