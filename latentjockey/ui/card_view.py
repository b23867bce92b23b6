"""A model card to be read: what it is, whose pictures it learned from, how, and what it does badly. GUI thread only."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent, QTextDocument
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.models.album import NOTHING, Note
from latentjockey.models.card import WITHDRAWN
from latentjockey.models.card_text import (
    UNREAD,
    badge_text,
    facts,
    measured,
    passages,
    prompted,
    source_rows,
    spaces,
    state_word,
)
from latentjockey.models.credits import DISCLAIMER, consent_text
from latentjockey.models.library import Entry
from latentjockey.ui import theme
from latentjockey.ui.painted import Painted
from latentjockey.ui.provenance import provenance_colour

_SIZE = 12.0
_MARGIN = 12
_MOST_NAMES = 40


class CardView(Painted):
    """Grows downwards; put it into something that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry: Entry | None = None
        self._note = NOTHING
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("model card")

    def show_entry(self, entry: Entry | None, note: Note = NOTHING) -> None:
        """Show the card of this model, and how it played here."""
        if entry != self.entry or (note.ms, note.device) != (self._note.ms, self._note.device):
            self.entry, self._note = entry, note
            self._write()

    @property
    def text(self) -> str:
        """What it says, without its looks."""
        return self._document.toPlainText()

    def rescaled(self) -> None:
        self._write()
        super().rescaled()

    def _write(self) -> None:
        self._document.setDefaultFont(theme.font(_SIZE))
        self._document.setDefaultStyleSheet(_sheet())
        self._document.setHtml("" if self.entry is None else _page(self.entry, self._note))
        self.setAccessibleDescription(self.text)
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        self._document.setTextWidth(width - theme.px(_MARGIN))
        return round(self._document.size().height())

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(420), theme.px(120))  # how high it is, depends on the width

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(220), theme.px(60))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._document.setTextWidth(self.width() - theme.px(_MARGIN))
        painter = self.painter()
        self._document.drawContents(painter, QRectF(event.rect()))


def _sheet() -> str:
    quiet, space = theme.QUIET.name(), theme.px(5)
    return f"""
    * {{ color: {theme.TEXT.name()}; }}
    .title {{ font-size: {theme.font(17).pixelSize()}px; font-weight: 600; }}
    .quiet {{ color: {quiet}; }}
    .head {{ color: {quiet}; font-size: {theme.font(10.5).pixelSize()}px; font-weight: 600; padding-top: {space}px; }}
    .body {{ padding-top: {space}px; }}
    .small {{ font-size: {theme.font(10.5).pixelSize()}px; }}
    .cell {{ padding-right: {theme.px(8)}px; }}
    .warning {{ color: {theme.WARNING.name()}; }}
    .badge {{ font-size: {theme.font(11).pixelSize()}px; }}
    """


def _page(entry: Entry, note: Note) -> str:
    """The card as the HTML that Qt's documents know. What strangers wrote is escaped, and nothing is fetched."""
    colour = (theme.WARNING if entry.trouble else provenance_colour(entry.card)).name()
    badge = state_word(entry) or badge_text(entry.card)
    parts = [
        f'<table cellspacing="0" cellpadding="0" width="100%"><tr><td class="title">{html.escape(entry.title)}</td>'
        f'<td align="right" class="badge"><span style="color:{colour}">{html.escape(badge)}</span></td></tr></table>',
        f'<div class="quiet">{html.escape(" · ".join(facts(entry)))}</div>',
    ]
    if entry.trouble:
        return "".join([*parts, f'<p class="warning">{html.escape(entry.trouble)}</p>'])
    if entry.unread:
        return "".join([*parts, f"<p>{html.escape(UNREAD)}</p>"])
    told = [(part.heading, part.text) for part in passages(entry.card)]
    rows = [_fact(*pair) for pair in told[:2]]
    if entry.card.sources:
        rows.append(f'<tr><td class="body" colspan="2">{_sources(entry)}</td></tr>')  # the whole width: five columns
    rows += [_fact(*pair) for pair in told[2:]]
    rows.append(_fact("network", " · ".join((entry.family or "unnamed", *spaces(entry)))))
    rows.append(_fact("speed here", measured(note) or "not measured yet"))
    if entry.spec is not None and entry.spec.classes and not prompted(entry.spec):
        rows.append(_fact("classes", _few(entry.spec.classes)))
    if entry.card.sources and entry.spec is not None and entry.spec.classes:
        rows.append(_fact("credit", DISCLAIMER))
    return "".join([*parts, '<table cellspacing="0" cellpadding="0" width="100%">', *rows, "</table>"])


def _few(names: Sequence[str]) -> str:
    """Names, the first of them where they are many."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _fact(heading: str, text: str) -> str:
    wide = round(theme.text_width("LEARNED FROM", 10.5, theme.SEMIBOLD)) + theme.px(14)
    head = f'<td class="head" width="{wide}">{html.escape(heading.upper())}</td>'
    return f'<tr>{head}<td class="body">{html.escape(text)}</td></tr>'


def _sources(entry: Entry) -> str:
    """One row a source: name and maker, licence, consent, pictures."""
    withdrawn = consent_text(WITHDRAWN)
    rows = []
    for name, maker, licence, consent, pictures in source_rows(entry.card):
        ink = "warning" if consent == withdrawn else "quiet"
        cells = (("", name), ("quiet", maker), ("quiet", licence), (ink, consent), ("quiet", pictures))
        rows.append("".join(f'<td class="cell {kind}">{html.escape(text)}</td>' for kind, text in cells))
    words = ("source", "maker", "licence", "consent", "pictures")
    lines = ["".join(f'<td class="cell quiet small">{word}</td>' for word in words), *rows]
    return f'<table cellspacing="0" cellpadding="0" width="100%">{"".join(f"<tr>{row}</tr>" for row in lines)}</table>'
